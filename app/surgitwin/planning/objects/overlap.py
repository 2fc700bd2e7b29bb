"""How much of a closed body lies in which label: exact lengths along lines through it, in three directions.

Every line gives the stretches inside the body exactly (by winding number) and splits them at the borders of
voxels, so only the distance of the lines is a discretisation. Three directions are three independent
answers; their spread says how far to trust them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import SurfaceMesh, triangle_boxes

LINES = 20_000
"""Numerical setting: about so many lines in a direction, half a second each for 50,000 triangles; the error
that they leave is stated."""

FINEST = 8
"""Numerical setting: at most so many lines across a voxel."""


@dataclass(frozen=True)
class Overlap:
    """volume_mm3: of the body. by_label: label -> mm3 inside it (0: no segment). outside_mm3: beyond the
    image. error: the same keys (-1: outside) -> estimated error of the lines, mm3."""

    volume_mm3: float
    by_label: dict[int, float]
    outside_mm3: float
    error: dict[int, float]


OUTSIDE = -1


def overlap(body: SurfaceMesh, labels: LabelMap) -> Overlap:
    """Volumes of a closed body that does not cut itself (LPS mm) in the voxels of `labels`."""
    index = labels.grid.lps_to_index(body.points_mm)
    triangles = np.asarray(body.triangles)
    if np.linalg.det(labels.grid.direction) < 0:
        triangles = triangles[:, ::-1]
    exact = body.volume_mm3
    voxel = labels.grid.voxel_volume_mm3
    answers = [
        {k: v * voxel for k, v in _along(index, triangles, labels.array, axis).items()} for axis in range(3)
    ]
    keys = sorted(set().union(*answers))
    table = np.array([[a.get(k, 0.0) for k in keys] for a in answers])
    whole = table.sum(axis=1, keepdims=True)
    lost = np.abs(whole / exact - 1).max() * table.max(axis=0)
    table = table * exact / whole  # what the lines miss of the whole body is missing everywhere alike
    spread = np.ptp(table, axis=0) + lost
    mean = dict(zip(keys, table.mean(axis=0).tolist(), strict=True))
    error = dict(zip(keys, spread.tolist(), strict=True))
    return Overlap(exact, {k: v for k, v in mean.items() if k != OUTSIDE}, mean.get(OUTSIDE, 0.0), error)


SOUND_LINES = 2_000
"""Numerical setting: about so many lines in each of three directions look for places enclosed twice."""

SAME = 1e-6
"""Numerical setting: share of the body's size under which two crossings of a line are one place."""


def encloses_twice(body: SurfaceMesh) -> bool:
    """Whether parts of a closed body overlap, also where their faces lie in one plane, or are inside out: a
    place that it encloses twice, or less than not at all, on one of some lines through it. What is smaller
    than the distance of the lines may stay unseen.
    """
    triangles = np.asarray(body.triangles)
    size = float(np.ptp(body.points_mm, axis=0).max())
    for axis in range(3):
        p = body.points_mm[:, [axis, (axis + 1) % 3, (axis + 2) % 3]]
        low, high = p[:, 1:].min(axis=0), p[:, 1:].max(axis=0)
        area = float(np.prod(np.maximum(high - low, SAME * size)))
        # A whole number of lines to a mm would miss bodies of less than one: they are enlarged first.
        scale = np.sqrt(SOUND_LINES / area)
        line, where, step = _crossings(p * scale, triangles, 1, low * scale)
        order = np.lexsort((step, where, line[:, 1], line[:, 0]))  # out before in where parts touch
        depth = np.cumsum(step[order])[:-1]
        length = np.diff(where[order]) / scale
        if ((depth > 1) | (depth < 0))[length > SAME * size].any():
            return True
    return False


def _along(
    points: FloatArray, triangles: IntArray, array: npt.NDArray[np.uint8], axis: int
) -> dict[int, float]:
    """Label -> volume in voxels, from lines along `axis` (0: i) through points in voxel indices."""
    order = [axis, (axis + 1) % 3, (axis + 2) % 3]
    p = points[:, order]
    cube = array.transpose([2 - n for n in order])  # [along, u, v]
    low, high = p[:, 1:].min(axis=0), p[:, 1:].max(axis=0)
    area = float(np.prod(np.maximum(high - low, 1e-9)))
    per_voxel = int(np.clip(np.ceil(np.sqrt(LINES / area)), 1, FINEST))
    if area * per_voxel**2 < 100:  # a body thinner than a voxel
        per_voxel = int(np.clip(np.ceil(np.sqrt(400 / area)), 1, 400))
    line, where, step = _crossings(p, triangles, per_voxel, low)
    return _lengths(line, where, step, cube, per_voxel, low)


def _crossings(
    p: FloatArray, triangles: IntArray, n: int, low: FloatArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Where lines cross triangles: line (m, 2) numbers from `low`, place along it (m,), +1 in, -1 out.

    Line (a, b) lies at u = low + (a + 0.5) / n. A line on an edge belongs to one of its two triangles: the
    side of an edge is computed from its end of lower number.
    """
    u = (p[:, 1:] - low) * n - 0.5
    lowest, highest = triangle_boxes(u[triangles])
    first, last = np.ceil(lowest).astype(np.int64), np.floor(highest).astype(np.int64)
    count = np.maximum(last - first + 1, 0)
    number = count[:, 0] * count[:, 1]
    row = np.repeat(np.arange(len(triangles)), number)
    inner = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    wide = count[row, 1]
    line = first[row] + np.stack([inner // np.maximum(wide, 1), inner % np.maximum(wide, 1)], axis=1)
    sides = np.stack([_side(u, triangles[row, k], triangles[row, (k + 1) % 3], line) for k in range(3)])
    front, back = (sides > 0).all(axis=0), (sides < 0).all(axis=0)
    hit = front | back
    row, line = row[hit], line[hit]
    corner = triangles[row]
    weight = np.stack([_area2(u[corner[:, k]], u[corner[:, (k + 1) % 3]], line) for k in range(3)])
    total = weight.sum(axis=0)
    total[total == 0] = 1.0
    x = p[:, 0]
    where = sum(weight[k] * x[corner[:, (k + 2) % 3]] for k in range(3)) / total
    return line, np.asarray(where), np.where(front[hit], -1, 1)


def _area2(a: FloatArray, b: FloatArray, q: npt.NDArray[np.int64]) -> FloatArray:
    out: FloatArray = (b[:, 0] - a[:, 0]) * (q[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (q[:, 0] - a[:, 0])
    return out


def _side(u: FloatArray, one: IntArray, two: IntArray, line: npt.NDArray[np.int64]) -> IntArray:
    """+1 or -1: on which side of the edge one -> two the lines are; never 0, and opposite for two -> one."""
    turned = one > two
    value = _area2(u[np.where(turned, two, one)], u[np.where(turned, one, two)], line)
    return np.where((value >= 0) ^ turned, 1, -1)


def _lengths(
    line: IntArray, where: FloatArray, step: IntArray, cube: npt.NDArray[np.uint8], n: int, low: FloatArray
) -> dict[int, float]:
    """Label -> sum of the lengths of the stretches inside, each line standing for 1 / n^2 voxels."""
    order = np.lexsort((-step, where, line[:, 1], line[:, 0]))
    line, where = line[order], where[order]
    depth = np.cumsum(step[order])  # a closed body has left every line with depth 0 again
    inside = np.flatnonzero(depth[:-1] > 0) if len(depth) else np.zeros(0, np.int64)
    start, end = where[inside] + 0.5, where[inside + 1] + 0.5  # voxel k reaches from k to k + 1
    place = np.floor(low + (line[inside] + 0.5) / n + 0.5).astype(np.int64)
    size = np.array(cube.shape)
    first, last = np.floor(start).astype(np.int64), np.floor(end).astype(np.int64)
    first, last = np.clip(first, -1, size[0]), np.clip(last, -1, size[0])
    pieces = last - first + 1
    row = np.repeat(np.arange(len(start)), pieces)
    k = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    left = np.where(k < 0, -np.inf, k)
    right = np.where(k >= size[0], np.inf, k + 1.0)
    length = np.maximum(np.minimum(end[row], right) - np.maximum(start[row], left), 0.0)
    there = place[row]
    seen = (k >= 0) & (k < size[0]) & ((there >= 0) & (there < size[1:])).all(axis=1)
    total = np.bincount(cube[k[seen], there[seen, 0], there[seen, 1]], weights=length[seen])
    out = {label: float(v) / n**2 for label, v in enumerate(total.tolist()) if v > 0}
    beyond = float(length[~seen].sum()) / n**2
    return {**out, OUTSIDE: beyond} if beyond > 0 else out
