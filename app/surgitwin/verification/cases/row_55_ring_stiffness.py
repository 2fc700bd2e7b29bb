"""Radial stiffness of a zig-zag ring made of beams against struts bent in their plane.

The network of a single ring with sharp crowns; equal radial forces on all crowns, so small that the answer
is linear. Weak springs to the places at rest keep the ring in its
place. The wrong input is a strut a tenth wider.
"""

from __future__ import annotations

import math

import numpy as np

from surgitwin.core.device import ZigzagRing
from surgitwin.mechanics.devices.frame_body import BeamBody
from surgitwin.mechanics.devices.frame_bound import Hold
from surgitwin.mechanics.devices.frame_metal import elastic
from surgitwin.mechanics.devices.frame_shape import single_ring
from surgitwin.mechanics.devices.frame_solve import relax
from surgitwin.verification.case import Case, Measured

CROWNS, LENGTH_MM, ANGLE_DEG, WIDTH_MM, THICK_MM, E_MPA = 48, 1.5, 30.0, 0.1, 0.12, 200e3
FORCE_N, HOLD = 1e-3, 1e-6
ELEMENTS = (2, 4, 8)


def stiffness(elements: int, width_mm: float) -> float:
    """N/mm: sum of the radial forces over the change of the crowns' diameter."""
    diameter = 2 * CROWNS * LENGTH_MM * math.sin(math.radians(ANGLE_DEG)) / math.pi
    ring = ZigzagRing(0.0, CROWNS, LENGTH_MM, width_mm, THICK_MM, diameter)
    frame = single_ring(ring, straight=elements, round_widths=0.0)
    points = frame.beams.points_mm
    radius = np.hypot(points[:, 0], points[:, 1])
    z = points[:, 2]
    crown = np.isclose(z, z.min()) | np.isclose(z, z.max())
    load = np.zeros((len(points), 6))
    load[crown, :2] = points[crown, :2] / radius[crown, None] * FORCE_N / crown.sum()
    body = BeamBody(frame.beams, elastic(E_MPA))
    state, _ = relax(body, body.at_rest(), load=load.ravel(), terms=[Hold(points, HOLD)])
    grown = np.hypot(*state.points_mm[crown, :2].T) - radius[crown]
    return FORCE_N / float(2 * grown.mean())


def run(wrong: bool) -> dict[str, Measured]:
    """The stiffness on three meshes."""
    width = 1.1 * WIDTH_MM if wrong else WIDTH_MM
    found = tuple((float(n), stiffness(n, width)) for n in ELEMENTS)
    return {"55": Measured(found[-1][1], found)}


CASE = Case("55", "Radial stiffness of a ring of beams", run, "struts a tenth wider", quick=True)
