"""Everything that follows from the tracked wall and the landmarks, without the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.root.calcium import regions
from surgitwin.anatomy.root.sections import area_slope, centre_of, cut, shifted
from surgitwin.anatomy.root.types import HINGES, RootAnatomy, RootLandmark
from surgitwin.anatomy.root.view_angles import cusp_overlap_view, three_cusp_view, view_curve
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import Calcium, LumenTube, Notice, SectionMeasure, measure_section

OUTFLOW_MM, ASCENDING_MM = 4.0, 40.0
"""The outflow tract is measured 4 mm below the annulus, the aorta 40 mm above it or at the tube's end."""
LEAST_TRIANGLE_DEG = 15.0
LARGEST_TILT_DEG = 50.0
LEAST_SINUS_MM = 3.0


@dataclass(frozen=True, eq=False)
class Known:
    """What the image gave and no landmark changes."""

    tube: LumenTube
    proposed_annulus: Plane
    plane_uncertainty: tuple[float, float]
    calcium: Calcium
    lumen_HU: float
    noise_HU: float
    phase: str
    indicative: str
    notices: tuple[Notice, ...]


def known_of(anatomy: RootAnatomy) -> Known:
    """The part of a measured root that no landmark changes."""
    a = anatomy
    return Known(
        a.tube, a.proposed_annulus, a.plane_uncertainty, a.calcium, a.lumen_HU, a.noise_HU, a.phase,
        a.indicative, a.notices,
    )  # fmt: skip


def hinge_plane(tube: LumenTube, hinges_mm: FloatArray) -> Plane:
    """Plane of three points (3, 3), normal towards the aorta, its point the centre of the section.

    InputError: "root.hinges_in_line", "root.annulus_tilted", "root.outside_tube",
    "root.wrong_side".
    """
    plane = _plane_of(tube, hinges_mm)
    plane = Plane(centre_of(cut(tube, plane)), plane.normal)
    _check_side(tube, plane)
    return plane


def _plane_of(tube: LumenTube, hinges_mm: FloatArray) -> Plane:
    sides = np.roll(hinges_mm, -1, axis=0) - hinges_mm
    length = np.linalg.norm(sides, axis=1)
    normal = np.cross(sides[0], sides[1])
    sines = np.linalg.norm(normal) / np.maximum(length * np.roll(length, -1), 1e-9)
    if sines.min() < np.sin(np.radians(LEAST_TRIANGLE_DEG)) or length.min() < LEAST_SINUS_MM:
        raise InputError(
            "root.hinges_in_line",
            "The three hinge points lie nearly in one line: they give no plane.",
            hint="Put one hinge point into each of the three sinuses, at its lowest point.",
            where="hinge points",
        )
    normal = normal / np.linalg.norm(normal)
    middle = hinges_mm.mean(axis=0)
    near = int(np.argmin(np.linalg.norm(tube.course.points_mm - middle, axis=1)))
    along = float(normal @ tube.course.tangent[near])
    if abs(along) < np.cos(np.radians(LARGEST_TILT_DEG)):
        raise InputError(
            "root.annulus_tilted",
            f"The plane of the hinge points is tilted by {np.degrees(np.arccos(abs(along))):.0f} degrees "
            "against the root's axis: no annulus lies so.",
            hint="Check the hinge points; take a correction back to return to the proposal.",
            where="hinge points",
        )
    return Plane(middle, normal * np.sign(along))


def _check_side(tube: LumenTube, annulus: Plane) -> None:
    s = tube.course.s_mm
    here = int(np.argmin(np.abs(annulus.distance(tube.course.points_mm))))
    above = (s > s[here]) & (s < s[here] + 25.0)
    widest = tube.area_mm2[above].max(initial=0.0)
    own = measure_section(cut(tube, annulus)).area_mm2
    if widest < 1.05 * own:
        raise InputError(
            "root.wrong_side",
            "The annulus lies on the wrong side of the valve: the root does not widen above it.",
            hint="Move the hinge points down, to the lowest attachment of the leaflets below the sinuses.",
            where="hinge points",
        )


def assemble(known: Known, landmarks: Mapping[str, RootLandmark]) -> RootAnatomy:
    """Measure a root at its landmarks. InputError as `hinge_plane`, "root.outside_tube"."""
    tube = known.tube
    hinges = _points(landmarks, HINGES)
    annulus = hinge_plane(tube, hinges)
    outlines = _outlines(tube, annulus, landmarks)
    calcium = known.calcium
    return RootAnatomy(
        tube=tube,
        landmarks=dict(landmarks),
        annulus=annulus,
        proposed_annulus=known.proposed_annulus,
        plane_uncertainty=known.plane_uncertainty,
        sections={name: measure_section(points) for name, points in outlines.items()},
        outlines=outlines,
        area_slope_mm2_per_mm=area_slope(tube, annulus),
        sinus_diameters_mm=_sinus_diameters(outlines["sinus"], annulus, hinges),
        coronary_height_mm={
            side: _over(annulus, landmarks[f"ostium_{side}"].point_mm) for side in ("left", "right")
        },
        septum_length_mm=_below(annulus, landmarks["membranous_septum"].point_mm),
        calcium=Calcium(
            calcium.points_mm, calcium.voxel_mm3, calcium.threshold_HU, calcium.volumes_mm3,
            regions(calcium.points_mm, calcium.voxel_mm3, annulus, hinges),
        ),
        lumen_HU=known.lumen_HU,
        noise_HU=known.noise_HU,
        phase=known.phase,
        view_curve_deg=view_curve(annulus.normal),
        cusp_overlap_deg=cusp_overlap_view(*hinges),
        three_cusp_deg=three_cusp_view(*hinges),
        indicative=known.indicative,
        notices=known.notices,
    )  # fmt: skip


def _points(landmarks: Mapping[str, RootLandmark], names: tuple[str, ...]) -> FloatArray:
    points = [landmarks[name].point_mm for name in names]
    missing = [name for name, point in zip(names, points, strict=True) if point is None]
    if missing:
        raise InputError(
            "root.landmark_missing",
            f"No point for {', '.join(missing)}.",
            hint="Click it in the image.",
            where=missing[0],
        )
    return np.array(points)


def _over(plane: Plane, point_mm: FloatArray | None) -> float | None:
    return None if point_mm is None else float(plane.distance(point_mm))


def _below(plane: Plane, point_mm: FloatArray | None) -> float | None:
    return None if point_mm is None else float(-plane.distance(point_mm))


def station_near(tube: LumenTube, point_mm: FloatArray) -> int:
    """Station nearest to a point; InputError "root.outside_tube" for points beyond the ends."""
    course = tube.course
    at = int(np.argmin(np.linalg.norm(course.points_mm - point_mm, axis=1)))
    off = float((point_mm - course.points_mm[at]) @ course.tangent[at])
    if (at == 0 and off < -1.0) or (at == len(course.s_mm) - 1 and off > 1.0):
        raise outside("point")
    return at


def outside(where: str) -> InputError:
    """The error for a point that no tracked wall surrounds."""
    return InputError(
        "root.outside_tube",
        f"The {where} lies outside the part of the root whose wall was tracked.",
        hint="Choose a point nearer to the root, or measure again with clicks that lie further apart.",
        where=where,
    )


def _outlines(
    tube: LumenTube, annulus: Plane, landmarks: Mapping[str, RootLandmark]
) -> dict[str, FloatArray]:
    s = tube.course.s_mm
    here = int(np.argmin(np.abs(annulus.distance(tube.course.points_mm))))
    junction = landmarks["sinotubular_junction"].point_mm
    top = len(s) - 1 if junction is None else station_near(tube, junction)
    if top <= here + 4:
        raise InputError(
            "root.wrong_side",
            "The sinotubular junction does not lie above the annulus.",
            hint="Move the junction up to the end of the sinuses, or the hinge points down.",
            where="sinotubular_junction",
        )
    widest = here + int(np.argmax(tube.area_mm2[here : top + 1]))
    ascending = int(np.argmin(np.abs(s - min(s[here] + ASCENDING_MM, s[-1] - 1.0))))
    wall = tube.wall_mm
    out = {
        "annulus": cut(tube, annulus),
        "outflow": cut(tube, shifted(annulus, -OUTFLOW_MM)),
        "sinus": wall[widest],
        "ascending": wall[ascending],
    }
    if junction is not None:
        out["sinotubular_junction"] = wall[top]
    return out


def _sinus_diameters(
    outline: FloatArray, annulus: Plane, hinges_mm: FloatArray
) -> tuple[float, float, float]:
    """Left, right, non-coronary: from the sinus through the centre to the wall on the other side."""
    centre = centre_of(outline)
    flat = outline - centre
    flat = flat - (flat @ annulus.normal)[:, None] * annulus.normal
    widths = []
    for hinge in hinges_mm:
        toward = hinge - annulus.point_mm
        toward = toward - (toward @ annulus.normal) * annulus.normal
        side = np.cross(annulus.normal, toward)
        angle, radius = np.arctan2(flat @ side, flat @ toward), np.linalg.norm(flat, axis=1)
        order = np.argsort(angle)
        reach = np.interp([0.0, np.pi], angle[order], radius[order], period=2 * np.pi)
        widths.append(float(reach.sum()))
    return widths[0], widths[1], widths[2]


def section_measure(anatomy: RootAnatomy, along_mm: float) -> SectionMeasure:
    """Measures of the section parallel to the annulus, `along_mm` towards the aorta (negative: below)."""
    return measure_section(cut(anatomy.tube, shifted(anatomy.annulus, along_mm)))
