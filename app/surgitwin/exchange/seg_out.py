"""Segments as a DICOM Segmentation object (PS3.3 A.51) that refers to its source images, by highdicom."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.sr.codedict import codes

from surgitwin import NOTICE, __version__
from surgitwin.core.errors import InputError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.exchange.labels_codes import SCHEME, category, kind

SERIES_NUMBER = 900
"""Numerical setting: behind the numbers that scanners give; no other object depends on it."""


@dataclass(frozen=True)
class SegFacts:
    """left_out: names of segments without voxels. frames: stored. algorithm: preset and its way, in words."""

    left_out: tuple[str, ...]
    frames: int


def write_seg(labels: LabelMap, sources: Sequence[pydicom.Dataset], path: Path, preset: str = "") -> SegFacts:
    """Binary segmentation of `labels` at `path`.

    sources: headers (pixels are not needed) of the images that the labels were made on. Names, codes and
    colours go with it; patient and study are those of the sources. Empty segments are left out.
    Raises InputError "seg.empty", "seg.source" when highdicom finds the sources wrong.
    """
    kept = [s for s in labels.segments if (labels.array == s.label).any()]
    if not kept:
        raise InputError(
            "seg.empty",
            "No segment has a voxel, so there is nothing to write.",
            hint="Segment the image first.",
            where=str(path),
        )
    numbers = np.zeros(256, np.uint8)
    for n, segment in enumerate(kept, 1):
        numbers[segment.label] = n
    try:
        volume = hd.Volume(
            numbers[labels.array],
            _kji_affine(labels),
            coordinate_system="PATIENT",
            frame_of_reference_uid=str(sources[0].FrameOfReferenceUID),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on values of the sources, which are the hospital's
            made = _segmentation(volume, sources, [_describe(s, n, preset) for n, s in enumerate(kept, 1)])
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise InputError(
            "seg.source",
            f"The source images do not carry what a DICOM segmentation needs: {error}.",
            hint="Give the original images with --source, or export a NIfTI or NRRD label map.",
            where="--source",
        ) from None
    made.save_as(path)
    left = tuple(s.name for s in labels.segments if s not in kept)
    return SegFacts(left, int(made.NumberOfFrames))


def _segmentation(
    volume: hd.Volume, sources: Sequence[pydicom.Dataset], described: list[hd.seg.SegmentDescription]
) -> hd.seg.Segmentation:
    return hd.seg.Segmentation(
        source_images=list(sources),
        pixel_array=volume,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=described,
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="SurgiTwin",
        manufacturer_model_name="SurgiTwin",
        software_versions=__version__,
        device_serial_number="none",
        content_label="SURGITWIN",
        content_description=NOTICE,
        series_description=f"SurgiTwin segments. {NOTICE}.",
    )


def _kji_affine(labels: LabelMap) -> np.ndarray:
    """4x4 from (k, j, i) to LPS mm."""
    affine = labels.grid.affine
    return affine[:, [2, 1, 0, 3]]


def _describe(segment: Segment, number: int, preset: str) -> hd.seg.SegmentDescription:
    """Label, category, type and colour of one segment; a preset made it, and a hand may have edited it."""
    code = [hd.sr.CodedConcept(c, SCHEME, meaning) for c, meaning in (category(segment), kind(segment))]
    algorithm = hd.AlgorithmIdentificationSequence(
        name=f"SurgiTwin {preset}".strip(),
        family=codes.cid7162.MorphologicalOperations,
        version=__version__,
    )
    red, green, blue = (round(255 * c) for c in segment.rgb)
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.name[:64],
        segmented_property_category=code[0],
        segmented_property_type=code[1],
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=algorithm,
        tracking_uid=hd.UID(),
        tracking_id=segment.name[:64],
        display_color=hd.color.CIELabColor.from_rgb(red, green, blue),
    )
