"""Metal in the image: wires and clips, and devices that lie in a contrast-filled vessel."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from surgitwin.anatomy.root.coarse import block_means
from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.vessel import Notice

METAL_HU = 2000.0
"""Planning setting: over calcium (dimensions.md C5 gives none; nodules seldom pass 1500 HU)."""
LEAST_MM3 = 3.0
THICK_MM = 2.6
"""Half-thickness over which a bright body is dense contrast in a vein (or a casing), not a wire or strut."""
JOIN_MM = 20.0
AROUND_SHARE, AROUND_VOXELS = 1.35, (2, 4)
"""A speck whose surroundings, two to four voxels away, are so much brighter than the arterial lumen is part
of
the dense contrast of a vein."""
LUMEN_MM, LUMEN_BAND, LUMEN_SHARE = 5.0, 0.3, 0.5
GROUP_MM3 = 10.0

DEVICE = (
    "Metal round a contrast-filled lumen in {places}: a stent, stent-graft or prosthesis is there already, "
    "nearest {nearest}. Check the way to the valve and what a new device would touch."
)
OTHER = "Metal (wires, clips, leads) in {places}, nearest {nearest}. Streaks may falsify the wall near it."


@dataclass(frozen=True, eq=False)
class _Body:
    """Voxel centres (k, 3) LPS of one piece, its volume, whether it is too thick for a wire, and the median
    HU
    of its surroundings.
    """

    points_mm: FloatArray
    volume_mm3: float
    thick: bool
    around_HU: float


def metal_notices(volume: Volume, lumen_hu: float, annulus: Plane) -> list[Notice]:
    """A notice for devices in a vessel and one for other metal, each with its nearest place (LPS)."""
    bodies = _bodies(volume)
    thin = [b for b in bodies if not b.thick and b.around_HU < AROUND_SHARE * lumen_hu]
    if not thin:
        return []
    lumen = cKDTree(_lumen_points(volume, lumen_hu))
    devices: list[FloatArray] = []
    others: list[FloatArray] = []
    for group in _groups(thin):
        if sum(b.volume_mm3 for b in group) >= GROUP_MM3:
            points = np.concatenate([b.points_mm for b in group])
            beside = lumen.query(points)[0] < LUMEN_MM
            (devices if beside.mean() > LUMEN_SHARE else others).append(points)
    out = []
    if devices:
        out.append(_notice("vessel.device", DEVICE, devices, annulus))
    if others:
        out.append(_notice("vessel.metal", OTHER, others, annulus))
    return out


def _bodies(volume: Volume) -> list[_Body]:
    """Connected pieces over METAL_HU."""
    mask = np.asarray(volume.array) > METAL_HU
    if not mask.any():
        return []
    labels = cc3d.connected_components(mask, connectivity=26)
    out = []
    for n, box in enumerate(ndimage.find_objects(labels), 1):
        piece = labels[box] == n
        size = float(piece.sum()) * volume.grid.voxel_volume_mm3
        if size < LEAST_MM3:
            continue
        depth = ndimage.distance_transform_edt(np.pad(piece, 1), sampling=volume.grid.spacing_mm[::-1])
        index = np.argwhere(piece) + [s.start for s in box]
        points = volume.grid.index_to_lps(index[:, ::-1])
        out.append(_Body(points, size, bool(depth.max() > THICK_MM), _around(volume, labels, n, box)))
    return out


def _around(volume: Volume, labels: IntArray, n: int, box: tuple[slice, ...]) -> float:
    """Median HU of the shell round piece `n`."""
    far = AROUND_VOXELS[1]
    wide = tuple(
        slice(max(s.start - far, 0), min(s.stop + far, size))
        for s, size in zip(box, labels.shape, strict=True)
    )
    piece = labels[wide] == n
    near, shell = (ndimage.binary_dilation(piece, iterations=k) for k in AROUND_VOXELS)
    return float(np.median(volume.array[wide][shell & ~near]))


def _groups(bodies: list[_Body]) -> list[list[_Body]]:
    """Bodies whose nearest voxels lie within JOIN_MM, chained."""
    trees = [cKDTree(b.points_mm) for b in bodies]
    left, groups = set(range(len(bodies))), []
    while left:
        group, queue = [], [left.pop()]
        while queue:
            here = queue.pop()
            group.append(bodies[here])
            near = [n for n in left if trees[n].query(bodies[here].points_mm)[0].min() < JOIN_MM]
            left.difference_update(near)
            queue += near
        groups.append(group)
    return groups


def _lumen_points(volume: Volume, lumen_hu: float) -> FloatArray:
    """Middles of voxels well inside contrast of the arterial level, (k, 3) LPS; not empty at a lumen."""
    array, grid = block_means(volume, 2.0)
    inside = np.abs(array - lumen_hu) < LUMEN_BAND * lumen_hu
    deep = ndimage.binary_erosion(inside, iterations=1)
    return _points(deep, grid)


def _points(mask: FloatArray, grid: ImageGrid) -> FloatArray:
    return grid.index_to_lps(np.argwhere(mask)[:, ::-1])


def _notice(code: str, text: str, groups: list[FloatArray], annulus: Plane) -> Notice:
    points = np.concatenate(groups)
    away = np.linalg.norm(points - annulus.point_mm, axis=1)
    nearest = points[int(away.argmin())]
    level = float(annulus.distance(nearest))
    side = "above" if level >= 0 else "below"
    place = f"{away.min():.0f} mm from the annulus, {abs(level):.0f} mm {side} its plane"
    x, y, z = (float(v) for v in nearest)
    places = "1 place" if len(groups) == 1 else f"{len(groups)} places"
    return Notice(code, text.format(places=places, nearest=place), (x, y, z))
