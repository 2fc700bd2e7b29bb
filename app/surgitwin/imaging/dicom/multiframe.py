"""Frames of an enhanced multi-frame file told apart by its functional groups (PS3.3 C.7.6.16)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from surgitwin.imaging.dicom.header import MALFORMED, Header

GROUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "PlanePositionSequence": (("ImagePositionPatient", "ImagePositionPatient"),),
    "PlaneOrientationSequence": (("ImageOrientationPatient", "ImageOrientationPatient"),),
    "PixelMeasuresSequence": (("PixelSpacing", "PixelSpacing"), ("SliceThickness", "SliceThickness")),
    "PixelValueTransformationSequence": (
        ("RescaleSlope", "RescaleSlope"), ("RescaleIntercept", "RescaleIntercept"),
        ("RescaleType", "RescaleType"),
    ),
    "FrameVOILUTSequence": (("WindowCenter", "WindowCenter"), ("WindowWidth", "WindowWidth")),
    "FrameContentSequence": (
        ("TemporalPositionIndex", "TemporalPositionIndex"), ("StackID", "StackID"),
        ("FrameAcquisitionNumber", "AcquisitionNumber"), ("InStackPositionNumber", "InStackPositionNumber"),
    ),
    "CTImageFrameTypeSequence": (("FrameType", "ImageType"),),
    "MRImageFrameTypeSequence": (("FrameType", "ImageType"),),
    "PETFrameTypeSequence": (("FrameType", "ImageType"),),
    "XRay3DFrameTypeSequence": (("FrameType", "ImageType"),),
    "CTReconstructionSequence": (("ConvolutionKernel", "ConvolutionKernel"),),
    "CTXRayDetailsSequence": (("KVP", "KVP"),),
    "FrameAnatomySequence": (("FrameLaterality", "ImageLaterality"),),
    "MREchoSequence": (("EffectiveEchoTime", "EchoTime"),),
    "MRTimingAndRelatedParametersSequence": (("FlipAngle", "FlipAngle"),),
    "MRModifierSequence": (("InversionTimes", "InversionTime"),),
    "MRDiffusionSequence": (("DiffusionBValue", "DiffusionBValue"),),
    "CardiacSynchronizationSequence": (
        ("NominalPercentageOfCardiacPhase", "NominalPercentageOfCardiacPhase"),
        ("NominalCardiacTriggerDelayTime", "TriggerTime"),
    ),
}  # fmt: skip
"""Functional group: (attribute in it, the name of classic images by which this package asks for it)."""


def told_apart(header: Header) -> list[Header]:
    """One header for each frame that the functional groups place; the header itself where they do not.

    A file whose groups are damaged or describe another number of frames than it promises stays whole, and is
    refused by the checks.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are judged by the checks of this package
            return _frames(header)
    except MALFORMED:
        return [header]


def _frames(header: Header) -> list[Header]:
    each = header.values.get("PerFrameFunctionalGroupsSequence")
    if not isinstance(each, Items) or not len(each):
        return [header]
    if len(each) != (header.whole("NumberOfFrames") or 1):
        return [header]
    shared = header.values.get("SharedFunctionalGroupsSequence")
    common = _group_values(shared[0]) if isinstance(shared, Items) and len(shared) else {}
    return [
        replace(header, frame=n, own=MappingProxyType({**common, **_group_values(item)}))
        for n, item in enumerate(each)
    ]


def _group_values(item: Dataset) -> dict[str, Any]:
    """What one item says, by the names of classic images; absent values are left out."""
    out: dict[str, Any] = {}
    for group, names in GROUPS.items():
        inner = item.get(group)
        if not isinstance(inner, Items) or not len(inner):
            continue
        for there, here in names:
            value = inner[0].get(there)
            if value is not None:
                out[here] = value
        if group == "MRDiffusionSequence":
            _add_direction(inner[0], out)
    return out


def _add_direction(diffusion: Dataset, out: dict[str, Any]) -> None:
    """The gradient of a diffusion frame lies one sequence deeper (PS3.3 C.8.13.5.9)."""
    deeper = diffusion.get("DiffusionGradientDirectionSequence")
    if isinstance(deeper, Items) and len(deeper):
        value = deeper[0].get("DiffusionGradientOrientation")
        if value is not None:
            out["DiffusionGradientOrientation"] = value
