"""A strut is bent beyond yield to a circle, step by step, and let go.

One chain of beams with a fibre section of a bilinear metal, clamped at one end; the other end's rotation is
given and its moment is the reaction. The wrong input is a metal of three quarters of the yield stress.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamMesh, BeamState
from surgitwin.mechanics.devices.frame_metal import yielding
from surgitwin.mechanics.devices.frame_rotation import matrices
from surgitwin.mechanics.devices.frame_section import rectangle
from surgitwin.mechanics.devices.frame_solve import relax
from surgitwin.verification.case import Case, Measured

E_MPA, YIELD_MPA, SHARE = 200e3, 300.0, 0.01
SIZE_MM, LENGTH_MM, BEAMS, FIBRES = 0.1, 1.0, 8, 24
STEPS = 8


@dataclass(frozen=True)
class Strut:
    """The chain and its state."""

    body: BeamBody
    state: BeamState

    def turned_by(self, angle: float) -> Strut:
        """After its end has been turned further by `angle`, radians: it starts as a circle and is relaxed."""
        place = np.arange(BEAMS + 1) / BEAMS
        step = np.zeros((BEAMS + 1, 6))
        step[:, 5] = angle * place
        step[:, :3] = _arc(self.angle + angle) - self.state.points_mm
        held = np.concatenate([np.arange(6), [6 * BEAMS + 5]])
        moved = self.state.moved(step.ravel())
        return Strut(self.body, relax(self.body, moved, fixed=held)[0])

    def released(self) -> Strut:
        """Free at its end."""
        return Strut(self.body, relax(self.body, self.state, fixed=np.arange(6))[0])

    @property
    def angle(self) -> float:
        """Turn of the free end, radians."""
        m = matrices(self.state.rotation)[-1]
        return float(np.arctan2(m[1, 0], m[0, 0]))

    @property
    def moment(self) -> float:
        """N mm at the free end."""
        return float(self.body.forces(self.state).force[-1])


def _arc(angle: float) -> FloatArray:
    """(n, 3) nodes on a circle that turns by `angle` over the length."""
    s = np.linspace(0, LENGTH_MM, BEAMS + 1)
    k = max(abs(angle), 1e-12) / LENGTH_MM
    return np.stack([np.sin(k * s) / k, np.sign(angle) * (1 - np.cos(k * s)) / k, 0 * s], axis=1)


def strut(yield_MPa: float) -> Strut:
    """Straight and free of stress."""
    ends = np.stack([np.arange(BEAMS), np.arange(1, BEAMS + 1)], axis=1)
    side = np.tile([0.0, 0.0, 1.0], (BEAMS, 1))
    section = rectangle(SIZE_MM, SIZE_MM, FIBRES)
    mesh = BeamMesh(_arc(0.0), ends, side, np.zeros(BEAMS, int), (section,))
    body = BeamBody(mesh, yielding(E_MPA, yield_MPa, SHARE * E_MPA / (1 - SHARE)))
    return Strut(body, body.at_rest())


def run(wrong: bool) -> dict[str, Measured]:
    """Moments at two and four times the yield curvature, and what is left after the release."""
    moment, curvature = YIELD_MPA * SIZE_MM**3 / 6, 2 * YIELD_MPA / E_MPA / SIZE_MM
    bent, moments = strut(0.75 * YIELD_MPA if wrong else YIELD_MPA), []
    for _ in range(STEPS):
        bent = bent.turned_by(4 * curvature * LENGTH_MM / STEPS)
        moments.append(bent.moment / moment)
    left = bent.released().angle / LENGTH_MM / curvature
    return {"54a": Measured(moments[STEPS // 2 - 1]), "54b": Measured(moments[-1]), "54c": Measured(left)}


CASE = Case("54", "Strut bent beyond yield", run, "three quarters of the yield stress", quick=True)
