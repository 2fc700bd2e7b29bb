"""DICOM Segmentation objects of any program as labels on the grid of a case's image."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import highdicom as hd
import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.exchange.labels_codes import SCHEME, TISSUE
from surgitwin.exchange.labels_grid import placed, shift_of
from surgitwin.exchange.labels_in import LAST_LABEL, colour


def read_seg(path: Path, grid: ImageGrid, frame_uid: str = "") -> LabelMap:
    """Segments of a binary (or label map) DICOM SEG on `grid`, without resampling.

    frame_uid: FrameOfReferenceUID of the image where it is known; another one is refused. Raises InputError
    "seg.unreadable", "seg.overlap", "labels.other_grid", "labels.empty".
    """
    with _faults(path):
        seg, volume = _volume(path)
        source = _grid(volume)
    if frame_uid and str(seg.FrameOfReferenceUID) != frame_uid:
        raise _other_grid(path, "belongs to another scan (frame of reference)")
    if shift_of(source, grid) is None:
        raise _other_grid(path, "has other voxels than the case's image")
    array = placed(volume.array, source, grid)
    used = [int(n) for n in np.unique(array) if n]
    if not used:
        raise InputError(
            "labels.empty",
            f"{path.name} labels no voxel of the image.",
            hint="Choose another file.",
            where=str(path),
        )
    with _faults(path):
        segments = tuple(_segment(seg, n) for n in used)
    return LabelMap(array, grid, segments)


def _volume(path: Path) -> tuple[hd.seg.Segmentation, hd.Volume]:
    """The object, and its segments as one volume of segment numbers."""
    seg = hd.seg.segread(path)
    if seg.number_of_segments > LAST_LABEL:
        raise ValueError(f"it holds {seg.number_of_segments} segments")
    return seg, seg.get_volume(combine_segments=True, dtype=np.uint8)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Whatever pydicom and highdicom raise on a file of another program, as InputError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on values of other programs, which are not used here
            yield
    except Exception as error:  # noqa: BLE001 - a damaged file makes them raise almost any kind
        if isinstance(error, RuntimeError) and "overlap" in str(error):
            raise InputError(
                "seg.overlap",
                f"Segments of {path.name} overlap, and a voxel of a case belongs to one segment.",
                hint="Separate the segments in the program that made the file.",
                where=str(path),
            ) from None
        raise InputError(
            "seg.unreadable",
            f"{path.name} cannot be read as a DICOM segmentation: {error}.",
            hint="Export it again as a binary DICOM SEG, or as a NIfTI or NRRD label map.",
            where=str(path),
        ) from None


def _grid(volume: hd.Volume) -> ImageGrid:
    affine = np.asarray(volume.affine)[:, [2, 1, 0, 3]]
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    shape = (int(volume.shape[0]), int(volume.shape[1]), int(volume.shape[2]))
    return ImageGrid(shape, affine[:3, 3], spacing, affine[:3, :3] / spacing)


def _segment(seg: hd.seg.Segmentation, number: int) -> Segment:
    """Name, SNOMED CT code and colour; DICOM's colours are CIELab (PS3.3 C.10.7.1.1)."""
    described = seg.get_segment_description(number)
    concept = described.segmented_property_type
    known = concept.scheme_designator == SCHEME and concept.value != TISSUE
    rgb = colour(number)
    value = described.get("RecommendedDisplayCIELabValue")
    if value is not None:
        lab = hd.color.CIELabColor.from_dicom_value(tuple(int(v) for v in value))
        red, green, blue = (float(v) / 255 for v in lab.to_rgb())
        rgb = (red, green, blue)
    name = str(described.segment_label)
    return Segment(number, name, str(concept.value) if known else "", rgb)


def _other_grid(path: Path, fact: str) -> InputError:
    return InputError(
        "labels.other_grid",
        f"{path.name} {fact}.",
        hint="Open the case of the scan that the segments were made on.",
        where=str(path),
    )
