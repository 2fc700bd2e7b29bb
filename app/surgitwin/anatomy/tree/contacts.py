"""Loops, and vessels that touch: where the lumens of two branches meet away from their bifurcation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.measure import euler_number
from skimage.segmentation import watershed

from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.skeleton import Edge, Skeleton
from surgitwin.anatomy.tree.types import Contact
from surgitwin.core.progress import SILENT, Progress

_NEAR_JOINT = 1.25  # numerical setting: of the reach of a bifurcation, within which contact is its own
_END_RADII = 2.5  # numerical setting: a contact this near to an end joins the ends


def count_loops(lumen: Lumen) -> int:
    """Independent loops of the piece: 1 - Euler number (one piece, cavities filled)."""
    return max(0, 1 - int(euler_number(lumen.mask, connectivity=3)))


def find_contacts(lumen: Lumen, skeleton: Skeleton, progress: Progress = SILENT) -> tuple[Contact, ...]:
    """All contacts; () where the segment has no loop (branches of a tree that touch make one)."""
    progress("Places where branches touch", 0.0)
    if not count_loops(lumen):
        return ()
    owner = _owners(lumen, skeleton)
    pairs = _neighbours(owner)
    boxes = ndimage.find_objects(owner, max_label=len(skeleton.edges))
    out = []
    for turn, (a, b) in enumerate(pairs):
        progress("Places where branches touch", turn / len(pairs))
        for place in _border_places(owner, boxes, a + 1, b + 1):
            contact = _judged(lumen, skeleton, a, b, place)
            if contact is not None:
                out.append(contact)
    return tuple(out)


def _owners(lumen: Lumen, skeleton: Skeleton) -> npt.NDArray[np.int32]:
    """Number of the edge (from 1) that each voxel belongs to: flooded from the centrelines up the depth."""
    seeds = np.zeros(lumen.mask.shape, np.int32)
    for n, edge in enumerate(skeleton.edges, 1):
        kji = np.rint(lumen.index(edge.points_mm)).astype(int)
        seeds[tuple(kji.T)] = n
    out: npt.NDArray[np.int32] = watershed(
        -lumen.depth_mm, seeds, mask=lumen.mask, connectivity=np.ones((3, 3, 3))
    )
    return out


def _neighbours(owner: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    """Pairs of edges (from 0, the smaller first) of which voxels are neighbours, in order."""
    found: set[tuple[int, int]] = set()
    for shift in product((-1, 0, 1), repeat=3):
        if shift <= (0, 0, 0):
            continue  # the opposite direction gives the same pairs
        here = owner[tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(shift, owner.shape, strict=True))]
        there = owner[
            tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip(shift, owner.shape, strict=True))
        ]
        differ = (here != there) & (here > 0) & (there > 0)
        ends = np.sort(np.stack([here[differ], there[differ]], axis=1), axis=1)
        found |= {(int(a) - 1, int(b) - 1) for a, b in np.unique(ends, axis=0)}
    return sorted(found)


def _border_places(
    owner: npt.NDArray[np.int32], boxes: Sequence[tuple[slice, ...] | None], a: int, b: int
) -> list[npt.NDArray[np.intp]]:
    """Voxels (n, 3) of each patch in which the voxels of two edges are neighbours."""
    first, second = boxes[a - 1], boxes[b - 1]
    if first is None or second is None:
        return []
    low = [max(p.start, q.start) - 1 for p, q in zip(first, second, strict=True)]
    high = [min(p.stop, q.stop) + 1 for p, q in zip(first, second, strict=True)]
    if any(h <= w for w, h in zip(low, high, strict=True)):
        return []
    box = tuple(slice(max(0, w), h) for w, h in zip(low, high, strict=True))
    part = owner[box]
    block = np.ones((3, 3, 3), bool)
    border = (part == a) & ndimage.binary_dilation(part == b, block)
    border |= (part == b) & ndimage.binary_dilation(part == a, block)
    patches = cc3d.connected_components(border, connectivity=26)
    shift = np.array([s.start for s in box])
    return [np.argwhere(patches == n) + shift for n in range(1, int(patches.max()) + 1)]


def _judged(lumen: Lumen, skeleton: Skeleton, a: int, b: int, place: npt.NDArray[np.intp]) -> Contact | None:
    """The contact at a border between two edges; None for the border inside their own bifurcation."""
    first, second = skeleton.edges[a], skeleton.edges[b]
    points = lumen.lps(place)
    for joint in {first.start, first.end, second.start, second.end}:
        if not skeleton.outgoing(joint):
            continue
        reach = [_reach(e, joint) for e in (first, second)] + [skeleton.depth_mm[joint]]
        limit = _NEAR_JOINT * max(reach) + lumen.voxel_mm
        if np.linalg.norm(points - skeleton.joints[joint], axis=1).min() < limit:
            return None
    middle = points[np.linalg.norm(points - points.mean(0), axis=1).argmin()]
    kind = "loop" if _at_an_end(skeleton, (first, second), middle) else "touch"
    return Contact(kind, (a, b), (float(middle[0]), float(middle[1]), float(middle[2])))


def _reach(edge: Edge, joint: int) -> float:
    """How far the bifurcation reaches into an edge."""
    return edge.before_mm if edge.start == joint else edge.after_mm if edge.end == joint else 0.0


def _at_an_end(skeleton: Skeleton, edges: tuple[Edge, Edge], point: npt.NDArray[np.float64]) -> bool:
    """Whether a place lies at the free end of one of the edges."""
    for edge in edges:
        if skeleton.outgoing(edge.end):
            continue
        width = float(np.median(edge.depth_mm))
        if np.linalg.norm(edge.points_mm[-1] - point) < _END_RADII * width:
            return True
    return False
