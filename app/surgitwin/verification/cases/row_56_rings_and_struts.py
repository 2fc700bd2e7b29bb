"""The same stent in the same tube, once as rings with a law (L1), once as a frame of beams (L2).

Three rings of a cobalt-chromium stent, 3 mm balloon, in a straight neo-Hookean tube of 2.7 mm. L2 starts from
L1's wall, with the metal's own way from the crimped state. The wrong input is a balloon of 2.4 mm for L2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import Deployment, WallMaterial
from surgitwin.mechanics.fenicsx.deployment import solve_deployment
from surgitwin.mechanics.fenicsx.frame import solve_frame
from surgitwin.meshing.vessels.tube import tube_wall
from surgitwin.verification.case import Case, Measured

RADIUS_MM, LENGTH_MM, WALL_MM, BALLOON_MM, WRONG_MM = 1.35, 6.0, 0.6, 3.0, 2.4
UNKNOWNS = 1500
WALL = WallMaterial("wall", mu_MPa=0.15)
CALCIUM = WallMaterial("calcium", mu_MPa=1.0)


def stent(rings: int = 3) -> DeviceFrame:
    """Rings of six crowns, linked in phase."""
    pitch = 1.3
    row = [ZigzagRing((k + 0.5) * pitch, 6, 1.0, 0.09, 0.081, 1.6 - 0.081) for k in range(rings)]
    return DeviceFrame("balloon_expandable", "CoCr-L605", tuple(row), BALLOON_MM, 1.3, 3, rings * pitch)


def tube(length_mm: float = LENGTH_MM, radius_mm: float = RADIUS_MM) -> LumenTube:
    """A straight round tube along z."""
    s = np.linspace(0.0, length_mm, 25)
    line = s[:, None] * np.array([0.0, 0.0, 1.0])
    e1, e2, along = (np.tile(row, (len(s), 1)) for row in np.eye(3))
    return LumenTube(Course(s, line, along, e1, e2), np.full((len(s), 32), radius_mm))


def task(balloon_mm: float = BALLOON_MM, unknowns: int = UNKNOWNS) -> Deployment:
    """The stent in the middle of the tube."""
    lumen, device = tube(), stent()
    wall = tube_wall(lumen, WALL_MM, unknowns=unknowns)
    at = (LENGTH_MM - device.length_mm) / 2
    return Deployment(
        "stent in a tube",
        wall,
        {"wall": WALL},
        CALCIUM,
        device,
        place_rings(lumen.course, device, at),
        balloon_mm,
    )


def run(wrong: bool) -> dict[str, Measured]:
    """Ratio of the mean diameters."""
    case = task()
    rings, _ = solve_deployment(case)
    struts = solve_frame(replace(case, balloon_diameter_mm=WRONG_MM) if wrong else case, start=rings)
    return {"56": Measured(float(struts.ring_diameter_mm.mean() / rings.ring_diameter_mm.mean()))}


CASE = Case("56", "Rings and struts in the same tube", run, "a balloon of 2.4 mm for the struts", quick=False)
