"""Contact on the region that holds the conduction system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.procedures.valve.options import section
from surgitwin.procedures.valve.unrolled import Unrolled

STEP_MM = 0.5
"""Numerical setting: spacing of the samples, a quarter of the wall's node spacing or less."""


@dataclass(frozen=True)
class Region:
    """Sector below the membranous septum. angle: of its middle about the annulus's axis, radians.

    width_mm: arc length at the lumen. low_mm, high_mm: heights over the annulus plane.
    """

    angle: float
    width_mm: float
    low_mm: float
    high_mm: float


@dataclass(frozen=True)
class RegionContact:
    """index_percent: share of the region in contact. pressure_MPa: largest patch mean. seen: share of the
    region that the wall model covers.
    """

    index_percent: float
    pressure_MPa: float
    seen: float


def conduction_region(root: RootAnatomy, frame: Frame) -> Region | None:
    """The region of this root; None without the septum's landmark."""
    mark = root.landmarks.get("membranous_septum")
    if mark is None or mark.point_mm is None:
        return None
    local = frame.from_lps(mark.point_mm)
    known = section("conduction")
    return Region(
        float(np.arctan2(local[1], local[0])), float(known["width_mm"]), -float(known["depth_mm"]), 0.0
    )


def region_contact(lumen: Unrolled, region: Region, depth_mm: float) -> RegionContact:
    """What a deployment does to the region. The patch mean takes the surroundings of the region along.

    Touching is told from the pressure: gaps of a soft contact scatter by 0.02 mm about first touch. Where the
    result says which share around each node is touched, that is integrated; pressures between nodes would
    carry the edge of the contact half an element too far.

    depth_mm: of the device's inflow end, below which nothing touches.
    """
    inside = (lumen.height_mm > region.low_mm - 3) & (lumen.height_mm < region.high_mm + 3)
    radius = float(lumen.reference_mm[inside].mean()) if inside.any() else 1.0
    patch = float(section("conduction")["patch_mm"])
    half, margin = region.width_mm / 2, np.ceil(patch / STEP_MM) * STEP_MM
    arc = np.arange(-half - margin + STEP_MM / 2, half + margin, STEP_MM)
    height = np.arange(region.low_mm - margin + STEP_MM / 2, region.high_mm + margin, STEP_MM)
    angle = region.angle + arc / radius
    least = float(section("conduction")["touch_MPa"])
    if lumen.touched is None:
        pressure = lumen.sampled(height, angle, lumen.pressure_MPa)[0]
        touching: FloatArray = (np.nan_to_num(pressure) > least).astype(float)
    else:
        pressure, touching = lumen.sampled(height, angle, lumen.pressure_MPa, lumen.touched)
    touching = touching * (height >= -depth_mm)[:, None]
    core = np.outer((height > region.low_mm) & (height < region.high_mm), np.abs(arc) < half)
    known = np.isfinite(pressure)
    mean = _patch_mean(pressure, known, max(1, round(patch / STEP_MM)))
    seen = core & known
    if not seen.any():
        return RegionContact(0.0, 0.0, 0.0)
    return RegionContact(
        100 * float(touching[seen].sum() / core.sum()),
        float(max(mean[seen].max(), 0.0)),
        float(seen.sum() / core.sum()),
    )


def _patch_mean(values: FloatArray, known: npt.NDArray[np.bool_], size: int) -> FloatArray:
    share = uniform_filter(known.astype(float), size, mode="constant")
    total = uniform_filter(np.where(known, values, 0.0), size, mode="constant")
    out: FloatArray = np.where(share > 1e-9, total / np.maximum(share, 1e-9), 0.0)
    return out
