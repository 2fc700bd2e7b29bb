"""Which kinds of images are asked for and taken, and in which encodings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydicom import uid as sop
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from pynetdicom.presentation import PresentationContext, build_context

VERIFICATION = UID("1.2.840.10008.1.1")
FIND_PATIENT_ROOT = UID("1.2.840.10008.5.1.4.1.2.1.1")
FIND_STUDY_ROOT = UID("1.2.840.10008.5.1.4.1.2.2.1")
MOVE_STUDY_ROOT = UID("1.2.840.10008.5.1.4.1.2.2.2")
GET_STUDY_ROOT = UID("1.2.840.10008.5.1.4.1.2.2.3")
"""Services (PS3.4 A.4, C.6.1.3, C.6.2.3; PS3.6 table A-1)."""

MOST_CONTEXTS = 128
"""An association has at most so many (PS3.8 9.3.2.2: odd numbers 1 to 255)."""

PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
COMPRESSED = (JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless, JPEG2000)
"""Encodings of which this program reads the pixels; each is offered by itself, so that an archive can send
what it holds without changing it."""

CLASSES: tuple[UID, ...] = (
    sop.CTImageStorage, sop.MRImageStorage, sop.EnhancedCTImageStorage, sop.EnhancedMRImageStorage,
    sop.LegacyConvertedEnhancedCTImageStorage, sop.LegacyConvertedEnhancedMRImageStorage,
    sop.XRay3DAngiographicImageStorage, sop.XRayAngiographicImageStorage, sop.EnhancedXAImageStorage,
    sop.PositronEmissionTomographyImageStorage, sop.ComputedRadiographyImageStorage,
    sop.DigitalXRayImageStorageForPresentation, sop.UltrasoundImageStorage,
    sop.UltrasoundMultiFrameImageStorage, sop.SecondaryCaptureImageStorage,
    sop.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    sop.MultiFrameGrayscaleWordSecondaryCaptureImageStorage, sop.NuclearMedicineImageStorage,
    sop.SegmentationStorage,
)  # fmt: skip
"""Kinds of objects that are asked for and taken: images, and segmentations of them."""


def wanted_contexts() -> list[PresentationContext]:
    """For C-GET: each class plain, and as far as there is room in each compressed encoding."""
    out = [build_context(c, list(PLAIN)) for c in CLASSES]
    extra = [(c, s) for s in COMPRESSED for c in CLASSES]
    return out + [build_context(c, s) for c, s in extra[: MOST_CONTEXTS - 1 - len(out)]]


def taken_contexts() -> list[PresentationContext]:
    """For the receiver: each class in any encoding that this program reads."""
    every: list[str | UID] = [*PLAIN, DeflatedExplicitVRLittleEndian, *COMPRESSED]
    return [build_context(c, every) for c in CLASSES]


def sent_contexts(files: Iterable[tuple[str, str]]) -> list[PresentationContext]:
    """For C-STORE of files of these (SOP class, transfer syntax): each pair by itself."""
    groups: Mapping[tuple[str, str], None] = dict.fromkeys(files)
    out = []
    for kind, syntax in groups:
        plain = [s for s in PLAIN if s != syntax] if syntax in PLAIN else []
        out.append(build_context(kind, [syntax, *plain]))
    return out[:MOST_CONTEXTS]
