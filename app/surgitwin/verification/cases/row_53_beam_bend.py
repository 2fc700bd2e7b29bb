"""Large rotations in space: the bend of 45 degrees by Bathe and Bolourchi.

Beams of the strut frame (two nodes, quaternions, one section with fibres) on an arc, loaded by a force out
of its plane. The wrong input is an arc of 30 degrees.
"""

from __future__ import annotations

import math

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamMesh
from surgitwin.mechanics.devices.frame_metal import elastic
from surgitwin.mechanics.devices.frame_section import rectangle
from surgitwin.mechanics.devices.frame_solve import relax
from surgitwin.verification.case import Case, Measured

ELEMENTS = (4, 8, 16, 32)
RADIUS_MM, FORCE_N, E_MPA = 100.0, 600.0, 1e7


def tip(elements: int, degrees: float) -> FloatArray:
    """(3,) place of the loaded end: along the clamped tangent, across, out of the plane."""
    turn = np.linspace(0, math.radians(degrees), elements + 1)
    points = RADIUS_MM * np.stack([np.sin(turn), 1 - np.cos(turn), 0 * turn], axis=1)
    ends = np.stack([np.arange(elements), np.arange(1, elements + 1)], axis=1)
    side = np.tile([0.0, 0.0, 1.0], (elements, 1))
    mesh = BeamMesh(points, ends, side, np.zeros(elements, int), (rectangle(1.0, 1.0),))
    body = BeamBody(mesh, elastic(E_MPA, 0.0))
    state = body.at_rest()
    for share in (0.5, 1.0):
        load = np.zeros(body.n_unknowns)
        load[6 * elements + 2] = share * FORCE_N
        state, _ = relax(body, state, load=load, fixed=np.arange(6))
    end: FloatArray = state.points_mm[-1]
    return end


def run(wrong: bool) -> dict[str, Measured]:
    """The tip on four meshes."""
    found = [(n, tip(n, 30.0 if wrong else 45.0)) for n in ELEMENTS]
    return {
        f"53{letter}": Measured(float(found[-1][1][c]), tuple((float(n), float(p[c])) for n, p in found))
        for c, letter in enumerate("abc")
    }


CASE = Case("53", "Bend of 45 degrees", run, "an arc of 30 degrees", quick=True)
