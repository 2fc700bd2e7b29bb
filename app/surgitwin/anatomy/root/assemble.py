"""Everything that follows from the tracked wall and the landmarks, without the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.root.annulus_plane import hinge_plane, station_near
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
