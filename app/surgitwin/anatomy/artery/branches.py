"""Side branches: lumen outside the tube that begins at its wall, followed to its far end and measured."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.graph import MCP_Geometric

from surgitwin.anatomy.artery.coordinates import TubePlace, place_in_tube
from surgitwin.anatomy.artery.level import Level
from surgitwin.anatomy.artery.path import Way
from surgitwin.anatomy.artery.tube import measure_tube
from surgitwin.anatomy.artery.types import Branch
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.core.vessel import LumenTube

_SHELL_MM = 0.5  # lumen voxels this near the wall are rounding, not a branch
_TOUCH_MM = 1.2
_LEAST_MM = 4.0  # a branch reaches at least this far from the wall
_LEAST_MM3 = 5.0
_MOST = 12
_DIRECTION_MM = 5.0
_LONGEST_MM = 40.0
_WIDEST = (
    1.3  # times the half width of the vessel: wider is a chamber that it opens into, and is not measured
)
_MEASURE_MM = (1.5, 7.0)  # its diameter is the median over this stretch behind the wall

Index = npt.NDArray[np.intp]


def find_branches(
    volume: Volume, way: Way, level: Level, tube: LumenTube, fwhm_mm: float
) -> tuple[Branch, ...]:
    """Branches in the order of the flow, at most 12 (the largest). Their tubes begin behind the wall."""
    box = way.box
    bright = ndimage.binary_dilation(box.array >= level.calcium_HU, iterations=2)
    kji = np.argwhere(way.mask & ~bright)
    place = place_in_tube(tube, box.lps(kji))
    outside = (place.rho_mm > place.wall_mm + _SHELL_MM) & place.between
    kji, place = kji[outside], _taken(place, outside)
    if not len(kji):
        return ()
    mask = np.zeros(box.array.shape, bool)
    mask[tuple(kji.T)] = True
    parts = cc3d.connected_components(mask, connectivity=26)[tuple(kji.T)]
    found = []
    for part in _candidates(parts, place, volume.grid.voxel_volume_mm3):
        rows = np.flatnonzero(parts == part)
        branch = _branch(volume, way, level, tube, kji[rows], _taken(place, rows), fwhm_mm)
        if branch is not None:
            found.append(branch)
    return tuple(sorted(found, key=lambda b: b.s_mm))


def _taken(place: TubePlace, rows: npt.NDArray[np.bool_] | Index) -> TubePlace:
    return TubePlace(place.row[rows], place.rho_mm[rows], place.wall_mm[rows], place.between[rows])


def _candidates(parts: npt.NDArray[np.unsignedinteger], place: TubePlace, voxel_mm3: float) -> list[int]:
    """Pieces that touch the wall, are large enough and reach away from it; the largest first."""
    beyond = place.rho_mm - place.wall_mm
    out = []
    sizes = np.bincount(parts) * voxel_mm3
    for part in np.argsort(sizes)[::-1]:
        if sizes[part] < _LEAST_MM3:
            break
        mine = beyond[parts == part]
        if part and mine.min() < _TOUCH_MM and mine.max() > _LEAST_MM:
            out.append(int(part))
    return out[:_MOST]


def _branch(
    volume: Volume,
    way: Way,
    level: Level,
    tube: LumenTube,
    kji: Index,
    place: TubePlace,
    fwhm_mm: float,
) -> Branch | None:
    """One branch from its voxels (k, 3)."""
    beyond = place.rho_mm - place.wall_mm
    mouth = beyond < beyond.min() + 0.8
    start = kji[mouth][np.argmin(((kji[mouth] - kji[mouth].mean(0)) ** 2).sum(1))]
    points, depth = _medial(way, kji, start)
    points = points[np.linalg.norm(points - points[0], axis=1) < _LONGEST_MM]
    step = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if step[-1] < _LEAST_MM:
        return None
    near = points[step <= _DIRECTION_MM]
    direction = np.linalg.svd(near - near.mean(0))[2][0]
    direction *= np.sign(direction @ (near[-1] - near[0]))
    station, origin = _meeting(tube, near.mean(0), direction, int(np.median(place.row[mouth])))
    wide = depth > _WIDEST * float(np.median(tube.radius_mm))
    lumen = None if wide else _tube_of(volume, points, level, depth, fwhm_mm)
    diameter = None
    if lumen is not None:
        low, high = _MEASURE_MM
        stretch = (lumen.course.s_mm >= low) & (lumen.course.s_mm <= high)
        diameter = float(np.median(lumen.diameter_mm[stretch])) if stretch.any() else None
    return Branch(float(tube.course.s_mm[station]), origin, direction, diameter, lumen)


def _medial(way: Way, kji: Index, start: Index) -> tuple[FloatArray, float]:
    """Medial way (n, 3) LPS from the mouth to the far end of a branch, and its largest half width."""
    low = np.maximum(kji.min(0) - 1, 0)
    inside = np.zeros(kji.max(0) + 2 - low, bool)
    inside[tuple((kji - low).T)] = True
    spacing = tuple(way.box.spacing_kji)
    first = tuple(int(v) for v in start - low)
    flat = MCP_Geometric(np.where(inside, 1.0, -1.0), fully_connected=True, sampling=spacing)
    reached, _ = flat.find_costs([first])
    far = np.unravel_index(int(np.where(np.isfinite(reached), reached, -1.0).argmax()), reached.shape)
    last = tuple(int(v) for v in far)
    depth = ndimage.distance_transform_edt(np.pad(inside, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
    cost = np.where(inside, (depth.max() / np.maximum(depth, 0.1)) ** 2, -1.0)
    medial = MCP_Geometric(cost, fully_connected=True, sampling=spacing)
    medial.find_costs([first], [last])
    line = np.array(medial.traceback(last))
    return way.box.lps(line + low), float(depth[tuple(line.T)].max())


def _meeting(tube: LumenTube, point: FloatArray, direction: FloatArray, row: int) -> tuple[int, FloatArray]:
    """Station where the branch's axis comes nearest to the course, looked for near `row`, and its point."""
    s = tube.course.s_mm
    reach = 2 * float(tube.diameter_mm[row])
    rows = np.flatnonzero(np.abs(s - s[row]) <= reach)
    offset = tube.course.points_mm[rows] - point
    away = np.linalg.norm(offset - (offset @ direction)[:, None] * direction, axis=1)
    station = int(rows[np.argmin(away)])
    return station, tube.course.points_mm[station]


def _tube_of(
    volume: Volume, points: FloatArray, level: Level, depth: float, fwhm_mm: float
) -> LumenTube | None:
    """The branch's lumen from behind its mouth to before its far end; None where that is too short or has no
    edge.
    """
    step = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    inner = points[(step >= 0.5) & (step <= step[-1] - 1.0)]
    if len(inner) < 4 or np.linalg.norm(inner[-1] - inner[0]) < 2.0:
        return None
    try:
        return measure_tube(volume, inner, level, 1.6 * depth + 2.0, fwhm_mm, same_level=True).tube
    except InputError:  # no ray of it meets an edge
        return None
