"""From the labels of a femur to its frame, landmarks, cuts and cross-sections."""

from __future__ import annotations

import numpy as np

from surgitwin.anatomy import cuts
from surgitwin.anatomy.draft import Draft, condylar_direction, draw, side_cues, torsion_rad
from surgitwin.anatomy.side import decide
from surgitwin.anatomy.stations import canal_stations
from surgitwin.anatomy.straight import straighten
from surgitwin.anatomy.tables import rule
from surgitwin.anatomy.types import FemurAnatomy, Landmark
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Side, medial_sign
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT, Progress


def measure_femur(
    labels: LabelMap, volume: Volume | None = None, side: Side | None = None, progress: Progress = SILENT
) -> FemurAnatomy:
    """Frame, side, landmarks, cuts and cross-sections of the segments "femur" and "femur_canal".

    volume: the CT of the labels; with it the canal's stations follow the endosteal outline. side: what
    the user says; the bone's own signs are still read, and a contradiction becomes a warning.

    Raises
    ------
    GeometryError: "anatomy.no_shaft", "anatomy.no_lesser_trochanter", "anatomy.no_neck_cut".
    InputError: "image.no_scale".
    """
    if volume is not None:
        volume.require_scale()
    progress("Fitting the shaft", 0.0)
    draft = draw(labels)
    found, confidence, warnings = decide(side_cues(draft, labels))
    if side is not None and side != found:
        warnings.append(f"You chose {side}, but the bone looks like a {found} femur ({confidence}).")
    used: Side = side or found
    medial, torsion, estimated = _mediolateral(draft, medial_sign(used))
    frame = _bone_frame(draft, used, medial)
    progress("Placing cuts", 0.5)
    bone = straighten(labels.mask("femur", "femur_canal"), labels.grid, frame)
    landmarks = _landmarks(draft, frame)
    border = frame.from_lps(draft.bone.frame.to_lps(draft.border))
    distal = cuts.distal_cut(border, bone)
    landmarks["distal_centre"] = Landmark(frame.to_lps([0, 0, distal]), False, "shaft axis at the distal cut")
    neck_cut = None
    if draft.head is None:
        centre = frame.from_lps(landmarks["head_centre"].point_mm)
        neck_cut = cuts.neck_cut(bone, border, centre, medial_sign(used))
    progress("Measuring the canal", 0.7)
    stations = canal_stations(bone, labels, volume, distal, 0.0)
    return FemurAnatomy(
        side=used,
        frame=frame,
        landmarks=landmarks,
        distal_cut=cuts.plane(frame, [0, 0, distal], [0, 0, -1]),
        proximal_cut=neck_cut,
        stations=stations,
        head_radius_mm=draft.head.radius_mm if draft.head else rule("head_diameter_mm")[0] / 2,
        torsion_deg=torsion,
        torsion_estimated=estimated,
        side_confidence=confidence,
        warnings=tuple(warnings + _notes(draft, estimated, distal)),
    )


def _mediolateral(draft: Draft, sign: int) -> tuple[FloatArray, float, bool]:
    """Medial direction (2,) in the draft's frame, torsion in degrees, and whether that is estimated."""
    line = condylar_direction(draft, sign)
    if line is not None:
        return line, float(np.degrees(torsion_rad(draft, line, sign))), False
    torsion = rule("torsion_deg")[0]
    angle = draft.neck_angle - sign * np.radians(torsion)
    return np.array([np.cos(angle), np.sin(angle)]), torsion, True


def _bone_frame(draft: Draft, side: Side, medial: FloatArray) -> Frame:
    x = medial_sign(side) * draft.bone.frame.vector_to_lps([medial[0], medial[1], 0.0])
    z = draft.bone.frame.axes[:, 2]
    origin = draft.bone.frame.to_lps([0, 0, draft.lesser[2]])
    return Frame(origin, np.stack([x, np.cross(z, x), z], axis=1))


def _landmarks(draft: Draft, frame: Frame) -> dict[str, Landmark]:
    to_lps = draft.bone.frame.to_lps
    cut = bool((np.linalg.norm(draft.border - draft.greater, axis=1) < 3).any())
    top = "highest point lateral of the neck"
    marks = {
        "lesser_trochanter": Landmark(
            to_lps(draft.lesser), False, "tip: largest distance from the shaft axis beside the neck"
        ),
        "greater_trochanter_tip": Landmark(
            to_lps(draft.greater), cut, f"{top} in the image, whose border cuts it" if cut else top
        ),
        "shaft_centre": Landmark(draft.shaft.point_mm, False, "mean of the fitted section centroids"),
    }
    if draft.head is not None and draft.neck_centre is not None:
        rule_text = (
            f"sphere of radius {draft.head.radius_mm:.1f} mm fitted to the head's surface "
            f"(RMS {draft.head.rms_mm:.2f} mm)"
        )
        marks["head_centre"] = Landmark(to_lps(draft.head.centre_mm), False, rule_text)
        marks["neck_axis_point"] = Landmark(
            to_lps(draft.neck_centre), False, "centre of the narrowest neck section"
        )
        return marks
    offset, offset_source = rule("head_offset_mm")
    rise, rise_source = rule("head_to_lesser_trochanter_mm")
    a = draft.neck_angle
    head = draft.lesser * [0, 0, 1] + [offset * np.cos(a), offset * np.sin(a), rise]
    marks["head_centre"] = Landmark(
        to_lps(head),
        True,
        f"along the neck's direction at offset {offset:g} mm ({offset_source}), "
        f"{rise:g} mm above the lesser trochanter ({rise_source})",
    )
    slope = np.radians(180 - rule("neck_shaft_angle_deg")[0])
    back = np.array([np.sin(slope) * np.cos(a), np.sin(slope) * np.sin(a), np.cos(slope)])
    marks["neck_axis_point"] = Landmark(
        to_lps(head - offset / 2 / np.sin(slope) * back),
        True,
        f"half way from the shaft axis to the head along a neck of {rule('neck_shaft_angle_deg')[0]:g} "
        f"degrees ({rule('neck_shaft_angle_deg')[1]})",
    )
    return marks


def _notes(draft: Draft, torsion_estimated: bool, distal: float) -> list[str]:
    notes = []
    if len(draft.border):
        notes.append(
            f"The image border cuts the femur; {-distal:.0f} mm of it below the lesser trochanter is whole."
        )
    if torsion_estimated:
        value, source = rule("torsion_deg")
        notes.append(f"The image shows no condyles: a torsion of {value:g} degrees is assumed ({source}).")
    if draft.head is None:
        notes.append("The image does not show the whole femoral head: its centre is estimated.")
    return notes
