"""What a femur shows before its side is known, in a provisional frame along its shaft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy import distal, head, proximal
from surgitwin.anatomy.head import Head
from surgitwin.anatomy.shaft import SHAFT_BELOW_LESSER_MM, Shaft, fit_shaft, refit_shaft, voxel_points
from surgitwin.anatomy.side import Cue, posterior_cue, turn
from surgitwin.anatomy.straight import StraightBone, straighten
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.image import LabelMap

HIP_REACH_MM = 90.0
"""Numerical setting: other bone this near the trochanters is pelvis, not knee."""


@dataclass(frozen=True, eq=False)
class Draft:
    """Frame z is proximal, x and y are arbitrary; heights count from the middle of the shaft.

    neck_angle: of the neck about z, rad. lesser, greater (3,): tips. head: None when not whole in the
    image; neck_centre (3,) then None too. border (n, 3): outline voxels on the image border.
    """

    bone: StraightBone
    shaft: Shaft
    neck_angle: float
    lesser: FloatArray
    greater: FloatArray
    head: Head | None
    neck_centre: FloatArray | None
    border: FloatArray

    @property
    def cut_below(self) -> bool:
        """Whether the image border cuts the lower end."""
        return bool((self.border[:, 2] < self.shaft.low_mm + 1).any())


def draw(labels: LabelMap) -> Draft:
    """Fit the shaft, find trochanters, neck and head of the segment "femur" (with "femur_canal")."""
    outline = labels.mask("femur", "femur_canal")
    points, border = voxel_points(outline, labels.grid)
    voxel = labels.grid.voxel_volume_mm3
    shaft = fit_shaft(points, border, voxel)
    bone, neck, lesser = _upper_end(outline, labels, shaft)
    shaft = refit_shaft(points, border, voxel, shaft, float(lesser[2]) - SHAFT_BELOW_LESSER_MM)
    bone, neck, lesser = _upper_end(outline, labels, shaft)
    ball = head.find_head(bone, neck, float(lesser[2]))
    neck_centre = None
    if ball is not None:
        neck_centre, direction = head.neck_axis(bone, ball, neck)
        neck = float(np.arctan2(direction[1], direction[0]))
    greater = proximal.greater_trochanter(bone.points(bone.inside), neck, float(lesser[2]))
    local = bone.frame.from_lps(points[border])
    return Draft(bone, shaft, neck, lesser, greater, ball, neck_centre, local)


def _upper_end(
    outline: npt.NDArray[np.bool_], labels: LabelMap, shaft: Shaft
) -> tuple[StraightBone, float, FloatArray]:
    helper = np.eye(3)[int(np.argmin(np.abs(shaft.proximal)))]
    x = np.cross(helper, shaft.proximal)
    x /= np.linalg.norm(x)
    frame = Frame(shaft.point_mm, np.stack([x, np.cross(shaft.proximal, x), shaft.proximal], axis=1))
    bone = straighten(outline, labels.grid, frame)
    inside = bone.points(bone.inside)
    neck = proximal.neck_angle(inside, shaft.high_mm)
    lesser = proximal.lesser_trochanter(bone, shaft.high_mm, neck)
    return bone, proximal.neck_angle(inside, float(lesser[2]) + 12), lesser


def side_cues(draft: Draft, labels: LabelMap) -> list[Cue]:
    """What speaks for left or right: four signs of the bone, two of the image."""
    bone, neck = draft.bone, draft.neck_angle
    heights = bone.axis_mm(2)
    centres, ridges = [], []
    keep = (heights > draft.shaft.low_mm) & (heights < draft.shaft.high_mm)
    for k in np.flatnonzero(keep):
        xy = np.argwhere(bone.inside[k])[:, ::-1] + bone.low_mm[:2]
        centres.append(xy.mean(axis=0))
        arm = xy - centres[-1]
        away = np.linalg.norm(arm, axis=1)
        ridges.append(arm[away >= np.percentile(away, 98)].mean(axis=0))
    hollow = np.polyfit(heights[keep] / 100, np.array(centres), 2)[0]  # the bow is hollow behind
    cues = [
        posterior_cue("lesser trochanter", neck, draft.lesser, 10.0),
        posterior_cue("shaft bow", neck, hollow, 3.0),
        posterior_cue("linea aspera", neck, np.mean(ridges, axis=0), 3.0),
    ]
    if distal.has_condyles(bone, mean_radius(draft), draft.cut_below):
        cues.append(posterior_cue("condyles", neck, distal.centre(bone) - centres[0], 8.0))
    behind = posterior_cue("anterior direction", neck, bone.frame.vector_from_lps([0, 1, 0]), 0.5)
    cues.append(Cue(behind.name, behind.sign, behind.weight, from_bone=False))
    return cues + _pelvis_cue(draft, labels)


def _pelvis_cue(draft: Draft, labels: LabelMap) -> list[Cue]:
    if "other_bone" not in {s.name for s in labels.segments} or not labels.mask("other_bone").any():
        return []
    points, _ = voxel_points(labels.mask("other_bone"), labels.grid)
    hip = draft.bone.frame.to_lps(draft.greater)
    near = points[np.linalg.norm(points - hip, axis=1) < HIP_REACH_MM]
    if len(near) < 100:
        return []
    to_pelvis = float(near[:, 0].mean() - hip[0])  # LPS x grows to the patient's left
    return [Cue("pelvis", 1 if to_pelvis < 0 else -1, min(abs(to_pelvis) / 20, 1.0), from_bone=False)]


def mean_radius(draft: Draft) -> float:
    """Median outer radius of the shaft, mm."""
    heights = draft.bone.axis_mm(2)
    keep = (heights > draft.shaft.low_mm) & (heights < draft.shaft.high_mm)
    return float(np.sqrt(np.median(draft.bone.inside[keep].sum(axis=(1, 2))) / np.pi))


def condylar_direction(draft: Draft, sign: int) -> FloatArray | None:
    """Unit direction (2,) to medial along the posterior condyles, None when the image does not show them.

    sign: +1 for a left femur, -1 for a right one.
    """
    if not distal.has_condyles(draft.bone, mean_radius(draft), draft.cut_below):
        return None
    medial = np.array([np.cos(draft.neck_angle), np.sin(draft.neck_angle)])
    posterior = sign * np.array([medial[1], -medial[0]])
    line = distal.posterior_tangent(draft.bone, posterior)
    return None if line is None else line if line @ medial > 0 else -line


def torsion_rad(draft: Draft, medial: FloatArray, sign: int) -> float:
    """Angle by which the neck lies in front of `medial` (2,)."""
    return -sign * turn(draft.neck_angle, medial)
