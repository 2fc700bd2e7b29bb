"""Calcified voxels in the wall of a vessel: which share of each element they fill."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.meshing.vessels.tube_rows import TubeSamples

SPLIT = 2
"""Numerical setting: each voxel counts as this many points along each axis."""

REACH = 0.5
"""Planning setting: calcium beyond the outer surface by up to this share of the wall still belongs to it (the
thickness is assumed, not seen); what lies further out belongs to something else."""

MOST_NARROWED = 0.35
"""Planning setting: a nodule narrows the lumen radius by at most this share; more would be no wall."""

SPREADING = 3
"""Numerical setting: how often what overfills an element is handed to its neighbours."""


def with_nodules(tube: LumenTube, calcium: Calcium) -> LumenTube:
    """The tube narrowed where calcium lies inside its lumen, by the volume of that calcium.

    Each sector of the tube (a station and an angle) is filled from the wall inwards. So nodules, and the
    calcium of leaflets that a device presses against the wall, lie in the wall afterwards.
    """
    s, angle, radius, _ = tube_coordinates(tube.course, calcium.points_mm)
    n, m = tube.radius_mm.shape
    i = np.clip(np.searchsorted(tube.course.s_mm, s) - 1, 0, n - 2)
    i += s - tube.course.s_mm[i] > tube.course.s_mm[i + 1] - s
    j = np.round(angle / (2 * np.pi) * m).astype(int) % m
    inside = (radius < tube.radius_mm[i, j]) & np.isfinite(radius)
    if not inside.any():
        return tube
    volume = np.zeros((n, m))
    np.add.at(volume, (i[inside], j[inside]), calcium.voxel_mm3)
    size = calcium.voxel_mm3 ** (1 / 3)
    steps = np.gradient(tube.course.s_mm)
    around = float(2 * np.pi * tube.radius_mm.mean() / m)
    volume = gaussian_filter(volume, (size / steps.mean(), size / around), mode=("nearest", "wrap"))
    sector = steps[:, None] * np.pi / m
    narrowed = np.sqrt(np.maximum(tube.radius_mm**2 - volume / sector, 0.0))
    narrowed = np.maximum(narrowed, (1 - MOST_NARROWED) * tube.radius_mm)
    return LumenTube(tube.course, narrowed, tube.calcified)


def calcium_shares(
    samples: TubeSamples, levels: FloatArray, box_mm3: FloatArray, calcium: Calcium
) -> FloatArray:
    """(rows, angles, stations) calcified share of each box. box_mm3: their volumes, levels: radii of
    nodes.
    """
    points = _split(calcium)
    tree = cKDTree(samples.centre)
    course = Course(samples.s_mm, samples.centre, *_frames(samples))
    s, angle, radius, _ = tube_coordinates(course, points, tree)
    rows, angles, stations = box_mm3.shape
    k = np.floor((s - samples.s_mm[0]) / (samples.s_mm[-1] - samples.s_mm[0]) * stations)
    j = np.floor(angle / (2 * np.pi) * angles)
    kept = np.isfinite(radius) & (k >= 0) & (k < stations)
    k, j, radius = k[kept].astype(int), j[kept].astype(int) % angles, radius[kept]
    edges = levels[::2, 1::2, 1::2][:, j, k]
    near = radius < edges[-1] + REACH * (edges[-1] - edges[0])
    row = np.clip((radius[None] >= edges).sum(0) - 1, 0, rows - 1)
    volume = np.zeros(box_mm3.shape)
    np.add.at(volume, (row[near], j[near], k[near]), calcium.voxel_mm3 / SPLIT**3)
    return _spread(volume, box_mm3) / box_mm3


def tube_coordinates(
    course: Course, points_mm: FloatArray, tree: cKDTree | None = None
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Arc length, angle 0 to 2 pi, distance from the course and nearest station of points (k, 3).

    The distance is nan for points beyond the ends of the course.
    """
    near = (tree or cKDTree(course.points_mm)).query(points_mm)[1]
    s = course.s_mm[near] + _ahead(points_mm - course.points_mm[near], course.tangent[near])
    beyond = (s < course.s_mm[0]) | (s > course.s_mm[-1])
    s = np.clip(s, course.s_mm[0], course.s_mm[-1])
    centre, tangent, e1, e2 = course.frames_at(s)
    offset = points_mm - centre
    offset -= tangent * _ahead(offset, tangent)[:, None]
    x, y = _ahead(offset, e1), _ahead(offset, e2)
    radius = np.hypot(x, y)
    radius[beyond] = np.nan
    return s, np.arctan2(y, x) % (2 * np.pi), radius, near


def _ahead(offset: FloatArray, direction: FloatArray) -> FloatArray:
    out: FloatArray = np.einsum("ij,ij->i", offset, direction)
    return out


def _frames(samples: TubeSamples) -> tuple[FloatArray, FloatArray, FloatArray]:
    e1 = samples.rays[0]
    e2 = samples.rays[len(samples.angle) // 4] if len(samples.angle) % 4 == 0 else None
    if e2 is None:
        turn = samples.angle[1]
        e2 = (samples.rays[1] - np.cos(turn) * e1) / np.sin(turn)
    return np.cross(e1, e2), e1, e2


def _split(calcium: Calcium) -> FloatArray:
    side = calcium.voxel_mm3 ** (1 / 3)
    step = (np.arange(SPLIT) + 0.5) / SPLIT - 0.5
    offset = side * np.stack(np.meshgrid(step, step, step, indexing="ij"), axis=-1).reshape(-1, 3)
    out: FloatArray = (calcium.points_mm[:, None] + offset).reshape(-1, 3)
    return out


def _spread(volume: FloatArray, box_mm3: FloatArray) -> FloatArray:
    """Volumes cut to the boxes; what is too much goes to the neighbours in the six directions that have
    room.
    """
    for _ in range(SPREADING):
        excess = np.maximum(volume - box_mm3, 0.0)
        if not excess.any():
            break
        volume = np.minimum(volume, box_mm3)
        room = box_mm3 - volume
        shifted = [(0, 1), (0, -1), (1, 1), (1, -1), (2, 1), (2, -1)]
        open_ = [_shift(room, axis, -step) for axis, step in shifted]
        total = np.sum(open_, axis=0)
        scale = np.divide(excess, total, out=np.zeros_like(excess), where=total > 0)
        for room_there, (axis, step) in zip(open_, shifted, strict=True):
            volume = volume + _shift(scale * room_there, axis, step)
    return np.minimum(volume, box_mm3)


def _shift(value: FloatArray, axis: int, step: int) -> FloatArray:
    """Values moved by one box; closed around (axis 1), nothing comes in at the other borders."""
    out = np.roll(value, step, axis)
    if axis != 1:
        edge = [slice(None)] * 3
        edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
        out[tuple(edge)] = 0.0
    return out
