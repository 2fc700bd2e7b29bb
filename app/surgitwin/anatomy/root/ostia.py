"""Coronary ostia: bright tongues that leave the wall of the sinuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.anatomy.root.image import TISSUE_HU, RootImage
from surgitwin.anatomy.root.wall_map import ANGLES, HEIGHT_STEP_MM, WallMap
from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.frame import Plane

BoolArray = npt.NDArray[np.bool_]
DEPTHS_MM = np.array([1.0, 1.5, 2.0, 2.5, 3.0])
MOUTH = slice(0, 2)
"""The edge of an ostium is read at the first depths; further out the artery has already turned."""
SHARE = 0.42
"""A tongue keeps this share of the contrast over all depths (vessels-from-images.md)."""
HEIGHT_MM = (4.0, 27.0)
AREA_MM2 = (2.0, 45.0)
BEYOND_MM = 6.0
"""An artery goes on: it is still there so far from the wall."""
CHAMBER_DEPTH_MM, CHAMBER_MM2, CHAMBER_TRUST = 5.0, 90.0, 0.3
"""A bright area so large, so far outside the wall, is a chamber seen through a thin wall: less to be
trusted.
"""
FULL_MM2 = 12.0


@dataclass(frozen=True, eq=False)
class Ostium:
    """A candidate: centre on the wall (LPS), the lowest point of its edge, area mm2, share of contrast 0 to
    1.

    score: brightness squared times the root of its area, less where a chamber lies behind it.
    """

    point_mm: FloatArray
    lower_edge_mm: FloatArray
    area_mm2: float
    brightness: float
    score: float


def _smooth_wall(wall: WallMap) -> WallMap:
    """The sinus wall without the funnels of the arteries."""
    around = np.pad(wall.radius_mm, ((6, 6), (0, 0)), mode="wrap")
    r = ndimage.median_filter(around, (11, 9), mode="nearest")[6:-6]
    return WallMap(wall.frame, wall.height_mm, ndimage.gaussian_filter(r, 1.0, mode=("wrap", "nearest")))


def find_ostia(image: RootImage, wall: WallMap, annulus: Plane) -> list[Ostium]:
    """Candidates between 4 and 27 mm above the annulus, the likeliest first."""
    smooth = _smooth_wall(wall)
    angle, height, depth = np.meshgrid(wall.angles, wall.height_mm, DEPTHS_MM, indexing="ij")
    shares = (image.sample(smooth.points(angle, height, -depth)) - TISSUE_HU) / (image.lumen_HU - TISSUE_HU)
    share, mouth = shares.min(axis=2), shares[..., MOUTH].mean(axis=2)
    level = annulus.distance(smooth.points(angle[..., 0], height[..., 0]))
    inside = (share > SHARE) & (level > HEIGHT_MM[0]) & (level < HEIGHT_MM[1])
    chamber = _chambers(image, smooth)
    labels, count = ndimage.label(np.concatenate([inside] * 3))
    found = []
    for n in range(1, count + 1):
        cells = np.argwhere(labels == n)
        if not ANGLES <= cells[:, 0].mean() < 2 * ANGLES:
            continue
        candidate = _candidate(image, smooth, (share, mouth), level, chamber, cells % (ANGLES, 10**6))
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda o: -o.score)


def _candidate(
    image: RootImage,
    wall: WallMap,
    shares: tuple[FloatArray, FloatArray],
    level: FloatArray,
    chamber: BoolArray,
    cells: IntArray,
) -> Ostium | None:
    (share, mouth), a, h = shares, cells[:, 0], cells[:, 1]
    area = float((wall.radius_mm[a, h] * (2 * np.pi / ANGLES) * HEIGHT_STEP_MM).sum())
    if not AREA_MM2[0] <= area <= AREA_MM2[1]:
        return None
    points = wall.points(wall.angles[a], wall.height_mm[h])
    weight = share[a, h]
    centre = np.average(points, axis=0, weights=weight)
    middle = float(np.angle(np.average(np.exp(1j * wall.angles[a]), weights=weight)))
    at = float(np.average(wall.height_mm[h], weights=weight))
    if _beyond(image, wall, middle, at) < SHARE:
        return None
    low = _lower_edge(wall, mouth, level, cells)
    bright = float(np.clip(weight.max(), 0, 1)) * (CHAMBER_TRUST if chamber[a, h].mean() > 0.5 else 1.0)
    return Ostium(centre, low, area, bright, bright**2 * min(area, FULL_MM2) ** 0.5)


def _chambers(image: RootImage, wall: WallMap) -> BoolArray:
    """(72, k): cells of the wall map behind which a large bright cavity lies."""
    angle, height = np.meshgrid(wall.angles, wall.height_mm, indexing="ij")
    share = (image.sample(wall.points(angle, height, -CHAMBER_DEPTH_MM)) - TISSUE_HU) / (
        image.lumen_HU - TISSUE_HU
    )
    labels, count = ndimage.label(np.concatenate([share > SHARE] * 3))
    cell = np.tile((wall.radius_mm + CHAMBER_DEPTH_MM) * (2 * np.pi / ANGLES) * HEIGHT_STEP_MM, (3, 1))
    sizes = np.bincount(labels.ravel(), weights=cell.ravel(), minlength=count + 1)
    sizes[0] = 0.0
    return np.asarray((sizes > CHAMBER_MM2)[labels[ANGLES : 2 * ANGLES]])


def _beyond(image: RootImage, wall: WallMap, angle: float, height: float) -> float:
    """Share of contrast of the brightest point round the place `BEYOND_MM` outside the wall."""
    turn, rise = np.meshgrid(np.radians(np.arange(-12, 13, 4.0)), np.arange(-3.0, 4.1, 1.0), indexing="ij")
    values = image.sample(wall.points(angle + turn, height + rise, -BEYOND_MM))
    return float((values.max() - TISSUE_HU) / (image.lumen_HU - TISSUE_HU))


def _lower_edge(wall: WallMap, mouth: FloatArray, level: FloatArray, cells: IntArray) -> FloatArray:
    """(3,) the lowest point of the candidate, over the annulus, where the brightness falls through half."""
    best: tuple[float, FloatArray] | None = None
    for j in np.unique(cells[:, 0]):
        k = int(np.median(cells[cells[:, 0] == j, 1]))
        while k > 0 and mouth[j, k] >= 0.5:
            k -= 1
        if k == 0 or mouth[j, k + 1] < 0.5:
            continue
        part = (0.5 - mouth[j, k]) / (mouth[j, k + 1] - mouth[j, k])
        height = float(wall.height_mm[k] + part * HEIGHT_STEP_MM)
        over = float(np.interp(height, wall.height_mm, level[j]))
        if best is None or over < best[0]:
            best = (over, wall.points(float(wall.angles[j]), height))
    if best is not None:
        return best[1]
    j, k = cells[np.argmin(level[cells[:, 0], cells[:, 1]])]
    return wall.points(float(wall.angles[j]), float(wall.height_mm[k]))
