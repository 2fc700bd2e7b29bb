"""Hinge points: where each leaflet is attached lowest, from the closed leaflets or from the wall's kink.

Pocket: just inside the wall of a sinus the brightness, read downwards, dips where the leaflet crosses; the
crossings of several depths are carried on to the wall. Kink: the sinus begins where the wall turns outwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from surgitwin.anatomy.root.image import TISSUE_HU, RootImage
from surgitwin.anatomy.root.wall_map import WallMap
from surgitwin.core.arrays import FloatArray, IntArray

SECTOR_DEG = 26.0
INSETS_MM = np.array([1.25, 1.75, 2.25, 2.75, 3.25])
POCKET_HEIGHTS_MM = np.arange(-6.0, 10.01, 0.25)
DIP_SHARE = 0.15
"""A dip that lacks less of the contrast than this is no leaflet."""
CALCIUM_HU = 150.0
KINK_WINDOW_MM = 4.0


@dataclass(frozen=True, eq=False)
class Hinges:
    """points_mm (3, 3): LPS, one for each sinus in order of angle. confidence (3,): 0 to 1."""

    points_mm: FloatArray
    confidence: FloatArray


def sinus_angles(wall: WallMap, low_mm: float, high_mm: float) -> FloatArray:
    """(3,) angles of the middles of the sinuses, rising: third harmonic of the radius, then its peaks."""
    levels = (wall.height_mm >= low_mm) & (wall.height_mm <= high_mm)
    radius = ndimage.gaussian_filter1d(wall.radius_mm[:, levels].mean(axis=1), 1.5, mode="wrap")
    turn = np.exp(-3j * wall.angles)
    phase = -float(np.angle((radius * turn).sum())) / 3
    out = []
    for k in range(3):
        middle = phase + 2 * np.pi * k / 3
        near = middle + np.radians(np.arange(-25.0, 26.0, 1.0))
        value = np.interp(near, wall.angles, radius, period=2 * np.pi)
        high = value >= value.max() - 0.25 * np.ptp(value)
        out.append(float(np.average(near[high], weights=value[high] - value.min() + 1e-6)))
    return np.sort(np.mod(out, 2 * np.pi))


def _robust_fit(design: FloatArray, values: FloatArray, weights: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients of a fit that outliers of more than 0.7 mm hardly move, and the median residual."""
    weight = weights.copy()
    solution: FloatArray = np.zeros(design.shape[1])
    for _ in range(12):
        root = np.sqrt(weight)[:, None]
        solution = np.linalg.lstsq(design * root, values * root[:, 0], rcond=None)[0]
        weight = weights / (1 + ((values - design @ solution) / 0.7) ** 2)
    return solution, float(np.median(np.abs(values - design @ solution)))


def pocket_hinges(image: RootImage, wall: WallMap, sinuses: FloatArray) -> Hinges:
    """Hinges from the leaflets of a closed valve; confidence is the share of contrast missing in the dip."""
    turns = np.radians(np.arange(-SECTOR_DEG, SECTOR_DEG + 1, 4.0))
    smooth = WallMap(
        wall.frame,
        wall.height_mm,
        ndimage.gaussian_filter(wall.radius_mm, (1.0, 1.0), mode=("wrap", "nearest")),
    )
    points, confidence = [], []
    for middle in sinuses:
        angle, inset, height = np.meshgrid(middle + turns, INSETS_MM, POCKET_HEIGHTS_MM, indexing="ij")
        profile = image.sample(smooth.points(angle, height, inset))
        at, depth = _dips(profile, image.lumen_HU)
        point, sure = _pocket(smooth, middle, turns, at, depth)
        points.append(point)
        confidence.append(sure)
    return Hinges(np.array(points), np.array(confidence))


def _dips(profile: FloatArray, lumen_hu: float) -> tuple[FloatArray, FloatArray]:
    """Height and depth (share of contrast) of the leaflet in profiles (..., heights); nan without one."""
    contrast = lumen_hu - TISSUE_HU
    smooth = ndimage.gaussian_filter1d(profile, 1.5, axis=-1)
    loss = np.clip((lumen_hu - smooth) / contrast, 0, None)
    lowest = _first_peak(loss)[..., None]
    depth = np.take_along_axis(loss, lowest, axis=-1)
    index = np.arange(profile.shape[-1])
    near = np.where(np.abs(index - lowest) <= 5, np.clip(loss - 0.4 * depth, 0, None), 0)
    total = near.sum(axis=-1)
    at = (near * POCKET_HEIGHTS_MM).sum(axis=-1) / np.maximum(total, 1e-9)
    edge = (lowest[..., 0] < 3) | (lowest[..., 0] > len(index) - 4)
    bright = (profile > lumen_hu + CALCIUM_HU).any(axis=-1)
    lost = edge | bright | (depth[..., 0] < DIP_SHARE) | (total <= 0)
    return np.where(lost, np.nan, at), np.where(lost, 0.0, depth[..., 0])


def _first_peak(loss: FloatArray) -> IntArray:
    """(...) index of the uppermost peak that reaches half of the greatest loss: muscle below a hinge may be
    darker than its leaflet.
    """
    limit = np.maximum(0.5 * loss.max(axis=-1, keepdims=True), DIP_SHARE)
    peak = np.zeros(loss.shape, bool)
    middle = loss[..., 1:-1]
    peak[..., 1:-1] = (middle >= loss[..., :-2]) & (middle > loss[..., 2:]) & (middle >= limit)
    last = loss.shape[-1] - 1
    return np.where(peak.any(axis=-1), last - peak[..., ::-1].argmax(axis=-1), loss.argmax(axis=-1))


def _pocket(
    wall: WallMap, middle: float, turns: FloatArray, at: FloatArray, depth: FloatArray
) -> tuple[FloatArray, float]:
    """Bottom of the pocket on the wall: a parabola round the sinus and the leaflet's rise from the wall."""
    turn, inset = np.meshgrid(turns, INSETS_MM, indexing="ij")
    good = np.isfinite(at)
    if good.sum() < 12:
        return np.full(3, np.nan), 0.0
    t, q, w = turn[good], inset[good], at[good]
    design = np.column_stack([np.ones_like(t), t, t**2, q, q**2])
    fit, _ = _robust_fit(design, w, depth[good])
    best = float(np.clip(-fit[1] / (2 * fit[2]), -0.25, 0.25)) if fit[2] > 0.5 else 0.0
    height = float(fit[0] + fit[1] * best + fit[2] * best**2)
    share = float(np.median(depth[good])) * float(good.mean())
    return wall.points(np.array(middle + best), np.array(height)), min(share, 1.0)


def kink_hinges(wall: WallMap, sinuses: FloatArray) -> Hinges:
    """Hinges from the wall alone: the sinus' onset in each wall line, then a parabola."""
    points, confidence = [], []
    smooth = ndimage.gaussian_filter1d(wall.radius_mm, 0.8, axis=0, mode="wrap")
    for middle in sinuses:
        turns = np.radians(np.arange(-SECTOR_DEG, SECTOR_DEG + 1, 4.0))
        radius = np.stack(
            [
                [np.interp(middle + t, wall.angles, smooth[:, k], period=2 * np.pi) for t in turns]
                for k in range(len(wall.height_mm))
            ],
            axis=1,
        )
        onset, gain = _onsets(wall.height_mm, radius)
        design = np.column_stack([np.ones_like(turns), turns, turns**2])
        fit, residual = _robust_fit(design, onset, gain + 1e-6)
        best = float(np.clip(-fit[1] / (2 * fit[2]), -0.25, 0.25)) if fit[2] > 0.5 else 0.0
        height = float(fit @ (1.0, best, best**2))
        points.append(wall.points(np.array(middle + best), np.array(height)))
        confidence.append(float(np.clip(1 - residual / 2.0, 0, 1)))
    return Hinges(np.array(points), np.array(confidence))


def _onsets(height: FloatArray, radius: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each wall line (a, k): height where it turns outwards, and how much the turn explains.

    Two straight lines that meet, over a window of 4 mm to both sides; the best height from -5 to 6 mm.
    """
    trial = np.arange(-5.0, 6.01, 0.25)
    cost = np.full((len(trial), len(radius)), np.inf)
    turn = np.zeros_like(cost)
    for n, h in enumerate(trial):
        keep = np.abs(height - h) <= KINK_WINDOW_MM
        x = height[keep] - h
        if x.min() > -2 or x.max() < 2:
            continue
        design = np.column_stack([np.ones_like(x), x, np.clip(x, 0, None)])
        fit, *_ = np.linalg.lstsq(design, radius[:, keep].T, rcond=None)
        cost[n] = ((radius[:, keep].T - design @ fit) ** 2).mean(axis=0)
        turn[n] = fit[2]
    cost = np.where(turn > 0.05, cost - 0.02 * turn**2, np.inf)
    best = cost.argmin(axis=0)
    lines = np.arange(len(radius))
    return trial[best], np.clip(turn[best, lines], 0, None)


def plane_normal(points_mm: FloatArray, axis: FloatArray) -> FloatArray:
    """Unit normal of the plane through three points, on the side of `axis`."""
    normal = np.cross(points_mm[1] - points_mm[0], points_mm[2] - points_mm[0])
    normal = normal / np.linalg.norm(normal)
    out: FloatArray = normal * np.sign(normal @ axis)
    return out
