"""Label maps of other programs as labels of a case: same voxels, whatever the order of axes in the file."""

from __future__ import annotations

import colorsys
import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.exchange.labels_grid import inside, placed, shift_of
from surgitwin.exchange.labels_out import COMMENT
from surgitwin.imaging.formats.file_image import FileImage
from surgitwin.imaging.formats.nrrd_header import read_header
from surgitwin.imaging.formats.question import Answers, Frame
from surgitwin.imaging.formats.reader import open_image
from surgitwin.imaging.formats.settle import settle

LAST_LABEL = 255


def read_label_file(path: Path, grid: ImageGrid, frame: Frame | None = None) -> LabelMap:
    """Labels of a NIfTI, NRRD, MetaImage or VTI file on `grid`, the grid of the case's image.

    Frame and unit that the file does not say are those with which it fits the image; when none fits, or when
    several do, it is refused. frame: what a person says of it. Names come from Slicer's fields or from a
    table that this program wrote; else "label 1" and on. Raises the errors of `open_image`, InputError
    "labels.other_grid", "labels.ambiguous", "labels.several_volumes", "labels.not_labels", "labels.empty".
    """
    image = open_image(path)
    if image.count > 1:
        raise InputError(
            "labels.several_volumes",
            f"{path.name} holds {image.count} volumes, and a voxel of a case belongs to one segment.",
            hint="Export one label map in which every segment has a number of its own.",
            where=str(path),
        )
    found = _fitting(image, grid, frame)
    if found is None:
        raise InputError(
            "labels.other_grid",
            f"The voxels of {path.name} are not those of the case's image.",
            hint="Export the labels on the grid of the image (same size, spacing, position and axes).",
            where=str(path),
        )
    array = placed(_labels(path, image.read(0)), found, grid)
    used = [int(v) for v in np.unique(array) if v]
    if not used:
        raise InputError(
            "labels.empty",
            f"{path.name} labels no voxel of the image.",
            hint="Choose another file.",
            where=str(path),
        )
    named = _names(path)
    segments = tuple(named.get(n) or Segment(n, f"label {n}", "", colour(n)) for n in used)
    return LabelMap(array, grid, segments)


def _fitting(image: FileImage, grid: ImageGrid, frame: Frame | None) -> ImageGrid | None:
    """The file's grid under the one answer that puts its voxels on those of `grid`; one that lies wholly
    inside it goes before others. InputError "labels.ambiguous"."""
    frames: tuple[Frame | None, ...] = (frame,) if image.frame or frame else ("lps", "ras")
    transforms: tuple[Any, ...] = tuple(image.transforms) or (None,)
    unit: Any = None if image.unit else "mm"
    ways: dict[bytes, tuple[bool, ImageGrid]] = {}
    for side, transform in itertools.product(frames, transforms):
        answers = Answers(
            frame=side, spacing_unit=unit, values="other", transform=transform, accept_size=True
        )
        found = settle(replace(image, known=None), answers).grid
        shift = None if found is None else shift_of(found, grid)
        if found is not None and shift is not None:
            ways[(shift + 0.0).tobytes()] = (inside(shift, found, grid), found)
    best = [found for within, found in ways.values() if within] or [found for _, found in ways.values()]
    if len(best) > 1:
        which = "as LPS and as RAS" if len(frames) > 1 else "by its sform and by its qform"
        raise InputError(
            "labels.ambiguous",
            f"The voxels of {image.path.name} fit those of the image in two ways, {which}: the segments "
            "would lie at different places.",
            hint="Say which frame it is in: --frame lps (as most programs write) or ras."
            if len(frames) > 1
            else "Export it again with one transform.",
            where=str(image.path),
        )
    return best[0] if best else None


def _labels(path: Path, array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    whole = array.dtype.kind in "iub" or bool((array == np.rint(array)).all())
    if not whole or array.min() < 0 or array.max() > LAST_LABEL:
        raise InputError(
            "labels.not_labels",
            f"{path.name} holds values from {array.min():g} to {array.max():g}: labels are whole numbers "
            f"from 0 to {LAST_LABEL}.",
            hint="Give a label map, not an image; renumber its labels when they are larger.",
            where=str(path),
        )
    return array.astype(np.uint8)


def _names(path: Path) -> dict[int, Segment]:
    """Label -> segment as the file itself says."""
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return _nifti_names(path)
    if name.endswith((".nrrd", ".nhdr")):
        return _slicer_names(read_header(path)[1])
    return {}


def _nifti_names(path: Path) -> dict[int, Segment]:
    header: Any = nib.load(path).header
    for extension in header.extensions:
        if extension.get_code() != COMMENT:
            continue
        try:
            rows = json.loads(extension.get_content())["segments"]
            return {int(r["label"]): _segment(r) for r in rows}
        except (ValueError, KeyError, TypeError):
            continue  # a comment of another program
    return {}


def _segment(row: Mapping[str, Any]) -> Segment:
    r, g, b = (float(c) for c in row["rgb"])
    return Segment(int(row["label"]), str(row["name"]), str(row.get("code") or ""), (r, g, b))


def _slicer_names(pairs: Mapping[str, str]) -> dict[int, Segment]:
    """From Segment0_Name, Segment0_LabelValue ... (3D Slicer's segmentation files)."""
    out: dict[int, Segment] = {}
    n = 0
    while f"Segment{n}_LabelValue" in pairs:
        label, name = pairs[f"Segment{n}_LabelValue"], pairs.get(f"Segment{n}_Name", "")
        colours = pairs.get(f"Segment{n}_Color", "").split()
        code = _slicer_code(pairs.get(f"Segment{n}_Tags", ""))
        if label.isdigit() and name:
            number = int(label)
            try:
                r, g, b = (float(c) for c in colours)
            except ValueError:
                r, g, b = colour(number)
            out[number] = Segment(number, name, code, (r, g, b))
        n += 1
    return out


def _slicer_code(tags: str) -> str:
    """SNOMED CT code of the type in a terminology tag; "" for none, or for the bare category "Tissue"."""
    parts = tags.split("TerminologyEntry:")[-1].split("~")
    term = parts[2].split("^") if len(parts) > 2 else []
    return term[1] if len(term) == 3 and term[0] == "SCT" and term[1] != "85756007" else ""


def colour(label: int) -> tuple[float, float, float]:
    """A colour of its own for a label without one: steps of the golden angle round the hues."""
    r, g, b = colorsys.hsv_to_rgb(label * 0.618034 % 1.0, 0.6, 0.9)
    return r, g, b
