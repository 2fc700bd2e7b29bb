"""What lies around the bone, as surface points: structures marked keep out, and the neighbouring bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap
from surgitwin.planning.case import Case

LOOKS = "segment_looks"
"""Key of the case state: segment name -> how it is shown and used, with "keep_out" true or false."""
NEIGHBOUR = "other_bone"
OWN = ("femur", "femur_canal")
NEAR_MM = 60.0
"""Neighbouring bone further from the femur's box than this is left out (numerical setting)."""
THIN_MM = {"keep_out": 1.2, "bone": 2.0}
"""Spacing of the surface points that are kept, finer than a screw is thick (numerical setting)."""
KEPT = 4

_known: dict[tuple[str, tuple[str, ...]], Surroundings] = {}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """keep_out: segment -> (n, 3) surface points, LPS mm; other_bone: (n, 3) or None."""

    keep_out: Mapping[str, FloatArray] = field(default_factory=dict)
    other_bone: FloatArray | None = None


def marked_keep_out(case: Case) -> tuple[str, ...]:
    """Names of the segments that no implant may touch, sorted."""
    looks: Mapping[str, Mapping[str, object]] = case.state.get(LOOKS) or {}
    return tuple(sorted(name for name, look in looks.items() if look.get("keep_out")))


def surroundings(case: Case) -> Surroundings:
    """Surface points of the present labels; found again only when labels or marks change."""
    step = case.state.get("labels")
    if not step:
        return Surroundings()
    key = (str(step["hash"]), marked_keep_out(case))
    found = _known.get(key)
    if found is None:
        found = find_surroundings(case.labels, key[1])
        while len(_known) >= KEPT:
            _known.pop(next(iter(_known)))
        _known[key] = found
    return found


def find_surroundings(labels: LabelMap, keep_out: tuple[str, ...]) -> Surroundings:
    """Surface points of the named segments and of the neighbouring bone near the femur."""
    names = {s.name: s.label for s in labels.segments}
    boxes = dict(enumerate(ndi.find_objects(labels.array, max_label=max(names.values(), default=0)), 1))
    structures = {}
    for name in keep_out:
        box = boxes.get(names.get(name, 0))
        if box is not None and name not in OWN:
            structures[name] = _surface(labels, names[name], box, THIN_MM["keep_out"])
    return Surroundings(structures, _neighbour(labels, names, boxes))


_Boxes = Mapping[int, tuple[slice, slice, slice] | None]


def _neighbour(labels: LabelMap, names: Mapping[str, int], boxes: _Boxes) -> FloatArray | None:
    box, own = boxes.get(names.get(NEIGHBOUR, 0)), boxes.get(names.get(OWN[0], 0))
    if box is None or own is None:
        return None
    reach = np.ceil(NEAR_MM / labels.grid.spacing_mm[::-1]).astype(int)
    cut = tuple(
        slice(max(b.start, o.start - int(r)), min(b.stop, o.stop + int(r)))
        for b, o, r in zip(box, own, reach, strict=True)
    )
    if any(s.stop <= s.start for s in cut):
        return None
    points = _surface(labels, names[NEIGHBOUR], (cut[0], cut[1], cut[2]), THIN_MM["bone"])
    return points if len(points) else None


def _surface(labels: LabelMap, label: int, box: tuple[slice, slice, slice], thin_mm: float) -> FloatArray:
    """(n, 3) LPS: centres of the label's outermost voxels in a box, thinned to one per `thin_mm` cell.

    A voxel on the border of the box counts as outermost only where the image or the label ends there.
    """
    grown = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)
    mask = labels.array[grown] == label
    rim = mask & ~ndi.binary_erosion(mask, border_value=1)
    kji = np.argwhere(rim) + [s.start for s in grown]
    points = labels.grid.index_to_lps(kji[:, ::-1])
    if not len(points):
        return points
    _, first = np.unique(np.floor(points / thin_mm).astype(int), axis=0, return_index=True)
    return points[np.sort(first)]
