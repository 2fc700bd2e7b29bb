"""From the labels of a femur to its frame, landmarks, cuts and cross-sections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy import cuts, proximal
from surgitwin.anatomy.shaft import Shaft, fit_shaft, voxel_points
from surgitwin.anatomy.side import Cue, decide, posterior_cue, turn
from surgitwin.anatomy.stations import canal_stations
from surgitwin.anatomy.straight import StraightBone, straighten
from surgitwin.anatomy.tables import rule
from surgitwin.anatomy.types import FemurAnatomy, Landmark
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Side, medial_sign
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress


@dataclass(frozen=True, eq=False)
class _Draft:
    """What is known before the side: heights and angles in the shaft's provisional frame."""

    bone: StraightBone
    neck: float
    lesser: FloatArray
    greater: FloatArray


def measure_femur(
    labels: LabelMap, volume: Volume | None = None, side: Side | None = None, progress: Progress = SILENT
) -> FemurAnatomy:
    """Frame, side, landmarks, cuts and cross-sections of the segment "femur" with its "femur_canal".

    side: what the user says; the bone's own signs are still measured, and a contradiction is a warning.
    volume is not needed for the measures so far. Raises GeometryError ("anatomy.no_shaft",
    "anatomy.no_lesser_trochanter").
    """
    outline = labels.mask("femur", "femur_canal")
    points, border = voxel_points(outline, labels.grid)
    progress("Fitting the shaft", 0.0)
    shaft = fit_shaft(points, border, labels.grid.voxel_volume_mm3)
    draft = _draft(outline, labels, shaft)
    progress("Finding side and landmarks", 0.4)
    found, confidence, warnings = decide(_cues(draft, shaft, labels))
    if side is not None and side != found:
        warnings.append(f"You chose {side}, but the bone looks like a {found} femur ({confidence}).")
    used: Side = side or found
    torsion, torsion_source = rule("torsion_deg")
    frame = _bone_frame(draft, used, np.radians(torsion))
    bone = straighten(outline, labels.grid, frame)
    progress("Placing cuts", 0.7)
    landmarks = _landmarks(bone, draft, frame, used)
    local_border = frame.from_lps(points[border])
    distal = cuts.distal_cut(local_border, bone)
    head = frame.from_lps(landmarks["head_centre"].point_mm)
    neck_cut = cuts.neck_cut(bone, local_border, head, medial_sign(used))
    top = float(frame.from_lps(shaft.point_mm)[2]) + shaft.high_mm
    stations = canal_stations(labels, frame, bone, distal, top)
    landmarks["distal_centre"] = Landmark(frame.to_lps([0, 0, distal]), False, "shaft axis at the distal cut")
    warnings += [
        f"Torsion is not visible: {torsion:g} degrees assumed ({torsion_source}).",
        "The head centre is estimated, not seen.",
    ]
    return FemurAnatomy(
        side=used,
        frame=frame,
        landmarks=landmarks,
        distal_cut=cuts.plane(frame, [0, 0, distal], [0, 0, -1]),
        proximal_cut=neck_cut,
        stations=stations,
        head_radius_mm=rule("head_diameter_mm")[0] / 2,
        torsion_deg=torsion,
        torsion_estimated=True,
        side_confidence=confidence,
        warnings=tuple(warnings),
    )


def _draft(outline: npt.NDArray[np.bool_], labels: LabelMap, shaft: Shaft) -> _Draft:
    helper = np.eye(3)[int(np.argmin(np.abs(shaft.proximal)))]
    x = np.cross(helper, shaft.proximal)
    x /= np.linalg.norm(x)
    frame = Frame(shaft.point_mm, np.stack([x, np.cross(shaft.proximal, x), shaft.proximal], axis=1))
    bone = straighten(outline, labels.grid, frame)
    inside = bone.points(bone.inside)
    neck = proximal.neck_angle(inside, shaft.high_mm)
    lesser = proximal.lesser_trochanter(bone, shaft.high_mm, neck)
    above = inside[inside[:, 2] > lesser[2] + 12]
    neck = proximal.neck_angle(above, shaft.high_mm)
    return _Draft(bone, neck, lesser, proximal.greater_trochanter(inside, neck, float(lesser[2])))


def _cues(draft: _Draft, shaft: Shaft, labels: LabelMap) -> list[Cue]:
    bone, neck = draft.bone, draft.neck
    heights = bone.axis_mm(2)
    keep = (heights > shaft.low_mm) & (heights < shaft.high_mm)
    centres, ridge = [], []
    for k in np.flatnonzero(keep):
        xy = np.argwhere(bone.inside[k])[:, ::-1] + bone.low_mm[:2]
        centre = xy.mean(axis=0)
        centres.append(centre)
        away = np.linalg.norm(xy - centre, axis=1)
        ridge.append((xy - centre)[away >= np.percentile(away, 98)].mean(axis=0))
    z = heights[keep] / 100
    bow = -np.polyfit(z, np.array(centres), 2)[0]  # anterior convexity: curvature points posteriorly
    anterior = bone.frame.vector_from_lps([0, -1, 0])
    cues = [
        posterior_cue("lesser trochanter", neck, draft.lesser, 10.0),
        posterior_cue("shaft bow", neck, -bow, 3.0),
        posterior_cue("linea aspera", neck, np.mean(ridge, axis=0), 3.0),
    ]
    lps = posterior_cue("anterior direction", neck, -anterior, 0.5)
    cues.append(Cue(lps.name, lps.sign, lps.weight, from_bone=False))
    return cues


def _bone_frame(draft: _Draft, side: Side, torsion: float) -> Frame:
    """Origin on the axis at the lesser trochanter; the neck lies `torsion` in front of medial."""
    sign = medial_sign(side)
    medial = draft.neck - sign * torsion
    local_medial = np.array([np.cos(medial), np.sin(medial), 0.0])
    x = sign * draft.bone.frame.vector_to_lps(local_medial)
    z = draft.bone.frame.axes[:, 2]
    origin = draft.bone.frame.to_lps([0, 0, draft.lesser[2]])
    return Frame(origin, np.stack([x, np.cross(z, x), z], axis=1))


def _landmarks(bone: StraightBone, draft: _Draft, frame: Frame, side: Side) -> dict[str, Landmark]:
    offset, offset_source = rule("head_offset_mm")
    rise, rise_source = rule("head_to_lesser_trochanter_mm")
    neck = turn(0.0, frame.vector_from_lps(draft.bone.frame.vector_to_lps(_unit(draft.neck))))
    head = [offset * np.cos(neck), offset * np.sin(neck), rise]
    return {
        "head_centre": Landmark(
            frame.to_lps(head),
            True,
            f"along the neck's direction at offset {offset:g} mm ({offset_source}), "
            f"{rise:g} mm above the lesser trochanter ({rise_source})",
        ),
        "lesser_trochanter": Landmark(
            draft.bone.frame.to_lps(draft.lesser), False, "tip: largest distance from the shaft axis"
        ),
        "greater_trochanter_tip": Landmark(
            draft.bone.frame.to_lps(draft.greater), False, "highest point lateral of the neck"
        ),
    }


def _unit(angle: float) -> FloatArray:
    return np.array([np.cos(angle), np.sin(angle), 0.0])
