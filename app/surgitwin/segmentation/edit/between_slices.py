"""Fill between slices: shape-based interpolation of the slices that were drawn into those that were not.

Signed distances of the outlines in the neighbouring drawn slices are joined linearly by position (Raya and
Udupa, IEEE Trans Med Imaging 9:32-42, 1990). When both slices hold a single piece, the pieces are moved onto
the line between their centroids first, so that an oblique tube keeps its width.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.edit.axes import SLICES, array_axis
from surgitwin.segmentation.edit.region import Region, corner, write
from surgitwin.segmentation.edit.source import EditSource, nothing
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.patch import LabelPatch


def fill_between(source: EditSource, progress: Progress = SILENT, *, slices: str = "auto") -> LabelPatch:
    """Fill the slices between drawn ones in which the chosen segment is missing.

    slices: "axial", "coronal", "sagittal", or "auto" for those with most missing. Drawn slices stay as they
    are. Raises UsageError as `require_target`, "edit.empty", "edit.nothing" (no slice is missing).
    """
    source.require_target()
    box = source.box()
    mask = source.labels[box] == source.target
    axes = range(3) if slices == "auto" else [array_axis(source.grid, slices)]
    found = {x: np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != x))) for x in axes}
    axis = max(found, key=lambda x: _missing(found[x]))
    drawn = found[axis]
    if not (np.diff(drawn) > 1).any():
        where = "any direction" if slices == "auto" else SLICES[slices].lower()
        raise nothing(
            f"between the drawn slices of the {source.title} none is missing in {where}",
            "Draw it on some slices, leave slices between them empty, then fill.",
            "slices",
        )
    stack = np.moveaxis(mask, axis, 0)
    pixel = np.delete(source.spacing_kji, axis)
    filled = np.zeros_like(stack)
    for a, b in pairwise(drawn):
        progress("Filling between slices", float(a) / len(stack))
        if b - a > 1:
            filled[a + 1 : b] = interpolated(stack[a], stack[b], int(b - a) - 1, pixel)
    return write(source.labels, Region(corner(box), np.moveaxis(filled, 0, axis)), source.ink)


def _missing(drawn: npt.NDArray[np.intp]) -> float:
    """Share 0..1 of the slices from the first to the last drawn one that are not drawn."""
    return 1.0 - len(drawn) / float(drawn[-1] - drawn[0] + 1)


def interpolated(first: Mask, last: Mask, count: int, pixel_mm: FloatArray) -> Mask:
    """`count` slices (count, rows, columns) at even steps between two outlines of one size.

    pixel_mm: (row, column) size in mm.
    """
    way = _centroid(last) - _centroid(first) if _single(first) and _single(last) else np.zeros(2)
    room = [(int(np.ceil(abs(w))) + 1,) * 2 for w in way]  # what is moved comes from beyond the slices' rim
    core = tuple(slice(r, -r) for r, _ in room)
    a, b = (signed_distance(np.pad(m, room), pixel_mm) for m in (first, last))
    out = np.zeros((count, *first.shape), bool)
    for n in range(count):
        t = (n + 1) / (count + 1)
        out[n] = ((1 - t) * _moved(a, t * way) + t * _moved(b, (t - 1) * way) < 0)[core]
    return out


def signed_distance(mask: Mask, pixel_mm: FloatArray) -> FloatArray:
    """Distance in mm to the outline of `mask`, under 0 inside; the outline runs between pixels.

    Any number of dimensions; the rim of the array counts as outside.
    """
    padded = np.pad(mask, 1)
    core = tuple(slice(1, -1) for _ in range(mask.ndim))
    inside = ndi.distance_transform_edt(padded, sampling=pixel_mm)[core]
    outside = ndi.distance_transform_edt(~padded, sampling=pixel_mm)[core]
    half = 0.5 * float(np.min(pixel_mm))
    out: FloatArray = np.where(mask, half - inside, outside - half)
    return out


def _single(mask: Mask) -> bool:
    return bool(ndi.label(mask)[1] == 1)


def _centroid(mask: Mask) -> FloatArray:
    return np.array([float(n.mean()) for n in np.nonzero(mask)])


def _moved(field: FloatArray, by: FloatArray) -> FloatArray:
    if np.abs(by).max() < 1e-9:
        return field
    out: FloatArray = ndi.shift(field, by, order=1, mode="nearest")
    return out
