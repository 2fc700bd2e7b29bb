"""The aortic root measured from a contrast CT and two clicks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.root.assemble import Known, assemble, hinge_plane
from surgitwin.anatomy.root.calcium import find_calcium
from surgitwin.anatomy.root.hinge import Hinges, kink_hinges, plane_normal, pocket_hinges, sinus_angles
from surgitwin.anatomy.root.image import RootImage, root_image
from surgitwin.anatomy.root.labelling import name_sinuses, ostium_of
from surgitwin.anatomy.root.levels import RootLevels, find_levels
from surgitwin.anatomy.root.ostia import find_ostia
from surgitwin.anatomy.root.phase import phase_of
from surgitwin.anatomy.root.quality import indicative_of, root_notices
from surgitwin.anatomy.root.restore import restored
from surgitwin.anatomy.root.septum import find_septum
from surgitwin.anatomy.root.tracking import track_tube
from surgitwin.anatomy.root.types import HINGES, RootAnatomy, RootLandmark
from surgitwin.anatomy.root.wall_map import WallMap, straight_frame, unroll
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.vessel import LumenTube

POCKET_CONFIDENCE = 0.2
"""Where a leaflet takes less of the contrast than this in one of the sinuses, the wall's kink is used."""
KINK_ERROR = (7.0, 5.0)
"""Degrees and mm by which the kink was off on a real CTA (vessels-from-images.md: 3 to 7, 4 to 5)."""
AGREE_DEG, AGREE_MM = 4.0, 2.0
"""Where both methods agree so well, the mean of both counts; else the leaflets alone."""
LEAST_BELOW_MM, LEAST_ABOVE_MM = 6.0, 12.0
BELOW_MM, MAP_ABOVE_MM = 20.0, 30.0
VENTRICLE_SHARE = 1.7
"""The outflow tract ends where its section is so much larger than the annulus."""


@dataclass(frozen=True, eq=False)
class _Hinges:
    """The two proposals for the hinges, and the chosen one.

    rule: "both", "pocket" or "kink". apart: degrees and mm from the pocket's plane to the kink's, None when
    the leaflets gave no plane.
    """

    chosen: Hinges
    rule: str
    apart: tuple[float, float] | None


def measure_root(
    volume: Volume,
    aorta_mm: npt.ArrayLike,
    ventricle_mm: npt.ArrayLike,
    progress: Progress = SILENT,
    *,
    phase: str | None = None,
) -> RootAnatomy:
    """Measure the root between a click in the ascending aorta and one in the left ventricle (LPS mm).

    phase: in words, where the caller knows it better than `volume.meta` (see `phase_of`).
    InputError: "vessel.no_contrast", "vessel.click_outside", "vessel.click_not_in_contrast",
    "root.clicks_too_near", "root.no_sinuses". InputError as `assemble`.
    """
    aorta, ventricle = np.asarray(aorta_mm, float), np.asarray(ventricle_mm, float)
    progress("Reading the image round the root", 0.0)
    image = root_image(volume, aorta, ventricle)
    tube = track_tube(image, aorta, ventricle, progress.part(0.05, 0.6))
    levels = find_levels(tube)
    wall = root_map(tube, levels)
    progress("Hinge points", 0.6)
    hinges = _propose_hinges(image, tube, levels, wall)
    plane = Plane(
        hinges.chosen.points_mm.mean(axis=0), plane_normal(hinges.chosen.points_mm, wall.frame.axes[:, 2])
    )
    if hinges.rule != "kink":
        tube = restored(tube, plane, hinges.chosen.points_mm)
        wall = root_map(tube, levels)
    progress("Coronary ostia", 0.75)
    ostia = find_ostia(image, wall, plane)
    order = list(name_sinuses(hinges.chosen.points_mm, plane.normal, ostia))
    points = hinges.chosen.points_mm[order]
    landmarks = {
        name: RootLandmark(
            points[n], None, float(hinges.chosen.confidence[order[n]]), HINGE_RULES[hinges.rule]
        )
        for n, name in enumerate(HINGES)
    }
    for n, side in enumerate(("left", "right")):
        found = ostium_of(points[n], points, plane.normal, ostia)
        landmarks[f"ostium_{side}"] = RootLandmark(
            None if found is None else found.lower_edge_mm,
            None,
            0.0 if found is None else found.brightness,
            OSTIUM_RULE,
        )
    landmarks["sinotubular_junction"] = RootLandmark(
        tube.course.points_mm[levels.junction], None, 0.5, JUNCTION_RULE
    )
    progress("Septum and calcium", 0.85)
    septum = find_septum(image, wall, plane, points[1], points[2])
    landmarks["membranous_septum"] = RootLandmark(
        None if septum is None else septum.point_mm,
        None,
        0.0 if septum is None else septum.confidence,
        SEPTUM_RULE,
    )
    tube = _trimmed(tube, plane)
    proposed = hinge_plane(tube, points)
    known = Known(
        tube, proposed, hinges.apart or KINK_ERROR, find_calcium(image, wall, proposed, points),
        image.lumen_HU, image.noise_HU, phase or phase_of(volume.meta), indicative_of(volume), (),
    )  # fmt: skip
    progress("Checking the image", 0.95)
    return assemble(root_notices(volume, image, known), landmarks)


OSTIUM_RULE = "lower edge of a bright tongue through the sinus wall (vessels-from-images.md)"
JUNCTION_RULE = "sharpest end of the narrowing above the sinuses, along the course"
SEPTUM_RULE = "wall to the right heart 1 mm thicker than at its thinnest, below the right-non commissure"


HINGE_RULES = {
    "both": "mean of pocket (closed leaflet carried on to the wall) and kink (onset of the sinus bulge)",
    "pocket": "pocket: closed leaflet carried on to the wall (vessels-from-images.md)",
    "kink": "kink: onset of the sinus bulge (vessels-from-images.md); no closed leaflets were seen",
}


def root_map(tube: LumenTube, levels: RootLevels) -> WallMap:
    """The wall unrolled round the mean axis between annulus and sinuses, 20 mm down to 30 mm up."""
    low = max(0, levels.annulus - 3)
    axis = tube.course.tangent[low : levels.sinus + 1].mean(axis=0)
    frame = straight_frame(tube.course.points_mm[levels.annulus], axis)
    wall = unroll(tube, frame, -BELOW_MM, MAP_ABOVE_MM)
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


def _propose_hinges(image: RootImage, tube: LumenTube, levels: RootLevels, wall: WallMap) -> _Hinges:
    sinuses = sinuses_of(tube, levels, wall)
    pocket, kink = pocket_hinges(image, wall, sinuses), kink_hinges(wall, sinuses)
    if not (pocket.confidence >= POCKET_CONFIDENCE).all():
        return _Hinges(kink, "kink", None)
    apart = _apart(pocket.points_mm, kink.points_mm, wall.frame.axes[:, 2])
    if apart[0] > AGREE_DEG or abs(apart[1]) > AGREE_MM:
        return _Hinges(pocket, "pocket", apart)
    return _Hinges(Hinges((pocket.points_mm + kink.points_mm) / 2, pocket.confidence), "both", apart)


def _apart(first: FloatArray, second: FloatArray, axis: FloatArray) -> tuple[float, float]:
    """Degrees between the planes of two sets of hinges (3, 3), and mm from the first to the second."""
    one, two = plane_normal(first, axis), plane_normal(second, axis)
    turn = float(np.degrees(np.arccos(np.clip(one @ two, -1, 1))))
    return turn, float((second.mean(axis=0) - first.mean(axis=0)) @ one)


def _trimmed(tube: LumenTube, annulus: Plane) -> LumenTube:
    """The tube without the ventricle: from 20 mm below the annulus, or where the outflow tract opens."""
    s, area = tube.course.s_mm, tube.area_mm2
    here = int(np.argmin(np.abs(annulus.distance(tube.course.points_mm))))
    start = here
    while start > 0 and s[here] - s[start] < BELOW_MM and area[start - 1] < VENTRICLE_SHARE * area[here]:
        start -= 1
    return tube.between(float(s[start]), float(s[-1]))
