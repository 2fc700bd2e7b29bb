"""An analytic aortic root with known numbers, and deployments made by hand in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from surgitwin.anatomy.root.types import RootAnatomy, RootLandmark
from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame
from surgitwin.core.frame import Frame, Plane, rotation_about
from surgitwin.core.vessel import Calcium, Course, LumenTube, measure_section
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.devices.problem import Placement
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.vessel import VesselContext

FRAME = Frame(np.array([12.0, -35.0, 140.0]), rotation_about([1.0, 2.0, 0.5], 0.7))
"""The annulus: origin at its centre, z towards the aorta."""
BELOW, ABOVE = 24.0, 60.0
SEPTUM_ANGLE, SEPTUM_MM = 0.6, 4.5
HEIGHTS = {"left": 13.0, "right": 16.0}
OSTIUM_ANGLE = {"left": 2.4, "right": -0.9}
SINUS_RADIUS = 16.0


def _radius(z: FloatArray, turn: FloatArray, a: float, b: float) -> FloatArray:
    """(n, m): an ellipse of half axes a, b up to the annulus, then round sinuses, junction and aorta."""
    ellipse = a * b / np.hypot(b * np.cos(turn), a * np.sin(turn))
    round_mm = np.interp(z, [0, 8, 14, 22, ABOVE], [12.5, SINUS_RADIUS, SINUS_RADIUS, 14.0, 15.0])
    share = np.clip(z / 6, 0, 1)[:, None]
    out: FloatArray = (1 - share) * ellipse[None] + share * round_mm[:, None]
    return out


def tube(a: float = 14.0, b: float = 11.0) -> LumenTube:
    """The lumen on a straight course; arc length 24 mm at the annulus."""
    z = np.arange(-BELOW, ABOVE + 0.01, 1.0)
    turn = 2 * np.pi * np.arange(72) / 72
    axes = [np.tile(FRAME.axes[:, k], (len(z), 1)) for k in range(3)]
    points = FRAME.to_lps(np.column_stack([0 * z, 0 * z, z]))
    return LumenTube(Course(z + BELOW, points, axes[2], axes[0], axes[1]), _radius(z, turn, a, b))


def landmark(x: float, y: float, z: float) -> RootLandmark:
    """A proposal in the annulus frame."""
    return RootLandmark(FRAME.to_lps([x, y, z]), None, 0.9, "made by hand")


def _at(angle: float, radius: float, z: float) -> RootLandmark:
    return landmark(radius * np.cos(angle), radius * np.sin(angle), z)


def outline(a: float, b: float, z: float, n: int = 720) -> FloatArray:
    """An ellipse at a height, LPS."""
    t = 2 * np.pi * np.arange(n) / n
    return FRAME.to_lps(np.column_stack([a * np.cos(t), b * np.sin(t), np.full(n, z)]))


def root(a: float = 14.0, b: float = 11.0, **changes: Any) -> RootAnatomy:
    """The root with an elliptic annulus of half axes a, b; `changes` of its fields."""
    sizes = {
        "annulus": (a, b, 0.0), "outflow": (a, b, -4.0), "sinus": (SINUS_RADIUS, SINUS_RADIUS, 11.0),
        "sinotubular_junction": (14.0, 14.0, 22.0), "ascending": (15.0, 15.0, 45.0),
    }  # fmt: skip
    outlines = {name: outline(*size) for name, size in sizes.items()}
    plane = Plane(FRAME.origin_mm, FRAME.axes[:, 2])
    hinges = {f"hinge_{n}": _at(0.5 + 2.1 * i, 12.0, 0.0) for i, n in enumerate(("left", "right", "non"))}
    ostia = {f"ostium_{s}": _at(OSTIUM_ANGLE[s], SINUS_RADIUS, HEIGHTS[s] + 1.5) for s in HEIGHTS}
    marks = {
        **hinges, **ostia, "sinotubular_junction": landmark(0, 0, 22.0),
        "membranous_septum": _at(SEPTUM_ANGLE, 12.5, -SEPTUM_MM),
    }  # fmt: skip
    found = RootAnatomy(
        tube=tube(a, b),
        landmarks=marks,
        annulus=plane,
        proposed_annulus=plane,
        plane_uncertainty=(1.0, 0.5),
        sections={name: measure_section(points) for name, points in outlines.items()},
        outlines=outlines,
        area_slope_mm2_per_mm=48.0,
        sinus_diameters_mm=(32.0, 32.0, 32.0),
        coronary_height_mm=HEIGHTS,
        septum_length_mm=SEPTUM_MM,
        calcium=Calcium(np.zeros((0, 3)), 0.343, 850.0, {"fixed 850 HU": 310.0}),
        lumen_HU=400.0,
        noise_HU=25.0,
        phase="35 % of the RR interval",
        view_curve_deg=np.zeros((2, 2)),
        cusp_overlap_deg=(-20.0, -25.0),
        three_cusp_deg=(10.0, -8.0),
        indicative="",
    )
    return replace(found, **changes)


def context(found: RootAnatomy | None = None, **answers: str) -> VesselContext:
    """What the procedure looks at."""
    return VesselContext(found or root(), answers)


def result(
    frame: DeviceFrame,
    placement: Placement,
    wall: WallMesh,
    *,
    diameter_mm: float = 25.0,
    gap_mm: FloatArray | None = None,
    pressure_MPa: FloatArray | None = None,
    balloon_mm: float = np.nan,
    stress_MPa: float = 0.1,
    **changes: Any,
) -> DeploymentResult:
    """Round rings of one diameter in a wall that did not move; no contact unless it is given."""
    rings, n = len(frame.rings), len(wall.points_mm)
    found = DeploymentResult(
        level="L1",
        ring_origin_mm=placement.origin_mm,
        ring_e1=placement.e1,
        ring_e2=placement.e2,
        ring_axis=placement.axis,
        ring_radius_mm=np.full((rings, 48), diameter_mm / 2),
        ring_diameter_mm=np.full(rings, diameter_mm),
        balloon_diameter_mm=np.full(rings, balloon_mm),
        displacement_mm=np.zeros((n, 3)),
        pressure_MPa=np.zeros(n) if pressure_MPa is None else pressure_MPa,
        gap_mm=np.full(n, np.nan) if gap_mm is None else gap_mm,
        stress_MPa=np.full(len(wall.cells), stress_MPa),
        strut_points_mm=np.zeros((0, 3)),
        strut_offsets=np.zeros(1, int),
        facts={"force_N": 7.5},
    )
    return replace(found, **changes)
