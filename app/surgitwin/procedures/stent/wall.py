"""The wall around a stent and its deployment as a mechanical task, with the variants of its band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Plan
from surgitwin.core.resources import load_table
from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import ContactLaw, Deployment
from surgitwin.meshing.vessels.tube import tube_wall
from surgitwin.procedures.stent.laws import TABLE, layer_fits, materials, rows
from surgitwin.procedures.stent.predilate import pushed_calcium, pushed_outline, widened
from surgitwin.procedures.stent.site import Stented
from surgitwin.procedures.stent.table import setting
from surgitwin.procedures.vessel import NOMINAL

LEAST_PLAQUE_MM = 0.05
"""Numerical setting: where the healthy outline would lie inside the lumen, it is put this far outside it."""
SIGMAS_PER_FWHM = 2.3548
"""Of a normal distribution: 2 sqrt(2 ln 2)."""

LEAST_ANGLES = 8
"""Numerical setting: elements around the lumen of the coarsest wall."""


@dataclass(frozen=True, eq=False)
class Lumen:
    """The piece of vessel that is computed: its lumen, the radii (n, m) that it had before the plaque, and
    its calcium.
    """

    tube: LumenTube
    healthy_mm: FloatArray
    calcium: Calcium


def deployments(stented: Stented, plan: Plan, size: float = 1.0) -> Mapping[str, Deployment]:
    """`NOMINAL`, then "thin wall" and "thick wall" (the table's variation of the thickness).

    Raises GeometryError "vessel.overlap", "vessel.too_short" of the mesh, "device.beyond_vessel".
    """
    vary = load_table(TABLE)["variation"]
    middle = wall_mm(stented, plan)
    thin = max(middle - vary["thickness_mm"], vary["least_mm"])
    lumen = lumen_of(stented, plan)
    thickness = {NOMINAL: middle, "thin wall": thin, "thick wall": middle + vary["thickness_mm"]}
    return {name: _deployment(stented, plan, lumen, t, size) for name, t in thickness.items()}


def wall_mm(stented: Stented, plan: Plan) -> float:
    """Thickness of the healthy wall: the plan's, else the table's."""
    row = load_table(TABLE)["vessels"][stented.site.vessel]
    return float(plan.options.get("wall_mm", row["thickness_mm"]))


def lumen_of(stented: Stented, plan: Plan) -> Lumen:
    """The lumen around stent and narrowing with healthy vessel on both sides, pre-dilated when asked for.

    Pre-dilation keeps the plaque's area in every sector: outline and calcium are pushed outwards.
    """
    site = stented.site
    low, high = site.range_mm
    first, last = stented.treated_mm
    pad = setting("wall_pad_diameters") * site.lesion.reference_mm
    whole = site.artery.tube
    tube = resolved(whole, site.artery.fwhm_mm).between(max(low, first - pad), min(high, last + pad))
    reference = np.interp(tube.course.s_mm, whole.course.s_mm, site.artery.reference_mm) / 2
    healthy = healthy_radii(tube, reference, site.lesion.start_mm, site.lesion.end_mm)
    opened = float(plan.options.get("predilation_mm", 0.0)) / 2
    calcium = site.artery.calcium
    if opened > 0:
        wider = widened(tube, healthy, opened, site.lesion.start_mm, site.lesion.end_mm)
        healthy = pushed_outline(healthy, tube, wider)
        calcium = pushed_calcium(calcium, tube, wider)
        tube = wider
    return Lumen(tube, np.maximum(healthy, tube.radius_mm + LEAST_PLAQUE_MM), calcium)


def resolved(tube: LumenTube, fwhm_mm: float) -> LumenTube:
    """The lumen without waves that the image cannot show: radii filtered by its blur, along and around."""
    sigma = fwhm_mm / SIGMAS_PER_FWHM
    along = sigma / float(np.mean(np.diff(tube.course.s_mm)))
    around = sigma / (2 * np.pi * float(np.median(tube.radius_mm)) / tube.radius_mm.shape[1])
    radius = gaussian_filter(tube.radius_mm, (along, around), mode=("nearest", "wrap"))
    return LumenTube(tube.course, radius, tube.calcified)


def healthy_radii(tube: LumenTube, reference_mm: FloatArray, start_mm: float, end_mm: float) -> FloatArray:
    """(n, m) distance from the course to the healthy outline.

    The outline is a circle of the reference radius (n,); its centre follows a smooth line through the
    lesion from the healthy course on both sides, so plaque lies on the side away from the lumen. It is never
    moved further than keeps the lumen inside.
    """
    course = tube.course
    offset = _axis(course, start_mm, end_mm) - course.points_mm
    across = np.stack([np.einsum("ij,ij->i", offset, e) for e in (course.e1, course.e2)], axis=1)
    room = np.maximum(reference_mm - tube.radius_mm.max(axis=1), 0.0)
    length = np.linalg.norm(across, axis=1)
    across *= np.minimum(1.0, np.divide(room, length, out=np.ones_like(room), where=length > 0))[:, None]
    along = across[:, :1] * np.cos(tube.angles) + across[:, 1:] * np.sin(tube.angles)
    aside = np.sum(across**2, axis=1)[:, None] - along**2
    out: FloatArray = along + np.sqrt(np.maximum(reference_mm[:, None] ** 2 - aside, 0.0))
    return out


def _axis(course: Course, start_mm: float, end_mm: float) -> FloatArray:
    """(n, 3) the course, with a cubic between the lesion's ends that meets it there in direction."""
    s = course.s_mm
    inside = (s > start_mm) & (s < end_mm)
    out = np.array(course.points_mm)
    ends = np.clip([start_mm, end_mm], s[0], s[-1])
    if not inside.any() or ends[1] - ends[0] <= 0:
        return out
    points, tangent, _, _ = course.frames_at(ends)
    out[inside] = CubicHermiteSpline(ends, points, tangent)(s[inside])
    return out


def _deployment(stented: Stented, plan: Plan, lumen: Lumen, thickness: float, size: float) -> Deployment:
    frame = stented.item.frame
    wall = tube_wall(
        lumen.tube,
        thickness,
        rows(),
        plaque_to_mm=lumen.healthy_mm,
        calcium=lumen.calcium,
        nodules=False,  # the measured lumen does not hold calcium
        angles=max(LEAST_ANGLES, round(setting("wall_angles") / size)),
        unknowns=round(setting("wall_unknowns") / size**2),
    )
    return Deployment(
        name=plan.name,
        wall=wall,
        materials=materials(),
        calcium=layer_fits()["calcium"].material,
        device=frame,
        placement=place_rings(lumen.tube.course, frame, stented.start_mm, lumen.tube),
        balloon_diameter_mm=stented.diameter_mm if stented.balloon else None,
        contact=ContactLaw(smoothing_mm=setting("contact_smoothing_mm")),
        foundation_MPa_per_mm=setting("foundation_MPa") / (stented.site.lesion.reference_mm / 2),
    )
