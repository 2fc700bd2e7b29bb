"""Landmarks proposed from the image and the tracked wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.root.hinge import Hinges, kink_hinges, plane_normal, pocket_hinges, sinus_angles
from surgitwin.anatomy.root.image import RootImage
from surgitwin.anatomy.root.labelling import name_sinuses, ostium_of
from surgitwin.anatomy.root.levels import RootLevels
from surgitwin.anatomy.root.ostia import find_ostia
from surgitwin.anatomy.root.septum import find_septum
from surgitwin.anatomy.root.types import HINGES, RootLandmark
from surgitwin.anatomy.root.wall_map import WallMap, straight_frame, unroll
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import LumenTube

POCKET_CONFIDENCE = 0.2
"""Where a leaflet takes less of the contrast than this in one of the sinuses, the wall's kink is used."""
AGREE_DEG, AGREE_MM = 4.0, 2.0
"""Where both methods agree so well, the mean of both counts; else the leaflets alone."""
LEAST_BELOW_MM, LEAST_ABOVE_MM = 6.0, 12.0
MAP_BELOW_MM, MAP_ABOVE_MM = 20.0, 30.0
HINGE_RULES = {
    "both": "mean of pocket (closed leaflet carried on to the wall) and kink (onset of the sinus bulge)",
    "pocket": "pocket: closed leaflet carried on to the wall (vessels-from-images.md)",
    "kink": "kink: onset of the sinus bulge (vessels-from-images.md); no closed leaflets were seen",
}
OSTIUM_RULE = "lower edge of a bright tongue through the sinus wall (vessels-from-images.md)"
JUNCTION_RULE = "sharpest end of the narrowing above the sinuses, along the course"
SEPTUM_RULE = "wall to the right heart 1 mm thicker than at its thinnest, below the right-non commissure"


@dataclass(frozen=True, eq=False)
class HingeProposal:
    """The hinges that are proposed, in order of angle.

    rule: "both", "pocket" or "kink". apart: degrees and mm from the pocket's plane to the kink's, None when
    the leaflets gave no plane.
    """

    chosen: Hinges
    rule: str
    apart: tuple[float, float] | None

    @property
    def plane(self) -> Plane:
        """Through the chosen points; its normal follows their order."""
        points = self.chosen.points_mm
        return Plane(points.mean(axis=0), np.cross(points[1] - points[0], points[2] - points[0]))


def root_map(tube: LumenTube, levels: RootLevels) -> WallMap:
    """The wall unrolled round the mean axis between annulus and sinuses, 20 mm down to 30 mm up."""
    low = max(0, levels.annulus - 3)
    axis = tube.course.tangent[low : levels.sinus + 1].mean(axis=0)
    frame = straight_frame(tube.course.points_mm[levels.annulus], axis)
    wall = unroll(tube, frame, -MAP_BELOW_MM, MAP_ABOVE_MM)
    if len(wall.height_mm) == 0 or wall.height_mm[0] > -LEAST_BELOW_MM or wall.height_mm[-1] < LEAST_ABOVE_MM:
        raise InputError(
            "root.clicks_too_near",
            f"The wall was tracked too short a way: at least {LEAST_BELOW_MM:g} mm below the valve and "
            f"{LEAST_ABOVE_MM:g} mm above it are needed.",
            hint="Click the ascending aorta some 4 cm above the valve and the ventricle 2 cm below it.",
            where="clicks",
        )
    return wall


def sinuses_of(tube: LumenTube, levels: RootLevels, wall: WallMap) -> FloatArray:
    """(3,) angles of the sinuses in a map of the wall."""
    up = float(tube.course.s_mm[levels.sinus] - tube.course.s_mm[levels.annulus])
    return sinus_angles(wall, max(4.0, up - 3.0), up + 4.0)


def propose_hinges(image: RootImage, tube: LumenTube, levels: RootLevels, wall: WallMap) -> HingeProposal:
    """Hinges by the closed leaflets and by the wall's kink: their mean where they agree, else the
    leaflets.
    """
    sinuses = sinuses_of(tube, levels, wall)
    pocket, kink = pocket_hinges(image, wall, sinuses), kink_hinges(wall, sinuses)
    if not (pocket.confidence >= POCKET_CONFIDENCE).all():
        return HingeProposal(kink, "kink", None)
    apart = _apart(pocket.points_mm, kink.points_mm, wall.frame.axes[:, 2])
    if apart[0] > AGREE_DEG or abs(apart[1]) > AGREE_MM:
        return HingeProposal(pocket, "pocket", apart)
    return HingeProposal(Hinges((pocket.points_mm + kink.points_mm) / 2, pocket.confidence), "both", apart)


def _apart(first: FloatArray, second: FloatArray, axis: FloatArray) -> tuple[float, float]:
    """Degrees between the planes of two sets of hinges (3, 3), and mm from the first to the second."""
    one, two = plane_normal(first, axis), plane_normal(second, axis)
    turn = float(np.degrees(np.arccos(np.clip(one @ two, -1, 1))))
    return turn, float((second.mean(axis=0) - first.mean(axis=0)) @ one)


def propose_landmarks(
    image: RootImage, tube: LumenTube, levels: RootLevels, wall: WallMap, hinges: HingeProposal
) -> dict[str, RootLandmark]:
    """All landmarks by name; those that were not found without a point."""
    plane, chosen = hinges.plane, hinges.chosen
    ostia = find_ostia(image, wall, plane)
    order = list(name_sinuses(chosen.points_mm, plane.normal, ostia))
    points = chosen.points_mm[order]
    out = {
        name: RootLandmark(points[n], None, float(chosen.confidence[order[n]]), HINGE_RULES[hinges.rule])
        for n, name in enumerate(HINGES)
    }
    for n, side in enumerate(("left", "right")):
        found = ostium_of(points[n], points, plane.normal, ostia)
        at, sure = (None, 0.0) if found is None else (found.lower_edge_mm, found.brightness)
        out[f"ostium_{side}"] = RootLandmark(at, None, sure, OSTIUM_RULE)
    junction = tube.course.points_mm[levels.junction]
    out["sinotubular_junction"] = RootLandmark(junction, None, 0.5, JUNCTION_RULE)
    septum = find_septum(image, wall, plane, points[1], points[2])
    at, sure = (None, 0.0) if septum is None else (septum.point_mm, septum.confidence)
    out["membranous_septum"] = RootLandmark(at, None, sure, SEPTUM_RULE)
    return out
