"""Force on the wall and on the rings of a released stent, each from its own side.

Rings: the gradient of their own energy (laws, bending, links), summed over the ring values, whose B-splines
sum to one. Wall: its inner forces at the lumen nodes along the directions away from the device's axis. The
two know nothing of each other but through contact. The vector sum of the wall's inner and spring forces and
of the contact is the second value. The wrong input widens the rings and moves them aside by 0.05 mm after
the solution.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.progress import SILENT
from surgitwin.mechanics.devices.stack import ANGLES, Drive
from surgitwin.mechanics.devices.sweep import find_sections
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled
from surgitwin.mechanics.fenicsx.deployment.path import deploy
from surgitwin.mechanics.fenicsx.deployment.solve import device_stack
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.vessel_cases import narrowed_artery

UNKNOWNS = 9000


def run(wrong: bool) -> dict[str, Measured]:
    """Relative differences of the forces."""
    task = narrowed_artery(UNKNOWNS)
    system = Coupled(task, device_stack(task))
    deploy(system, SILENT, warm=False)
    if wrong:
        system.c = system.c + 0.05 * (1 + np.cos(2 * np.pi * np.arange(ANGLES) / ANGLES))
    e = system.evaluate(Drive(system.stack.diameters(system.c), blend=1.0))
    nodes = system.maker.lumen_nodes
    s = find_sections(system.placement, system.reach, system.x[nodes])
    away = system.x[nodes] - s.origin_mm
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    of_wall = float((e.wall[nodes] * away).sum())
    of_rings = -float(e.rings.gradient.sum())
    both = e.wall + e.touch_wall
    size = float(np.linalg.norm(e.touch_wall, axis=1).sum())
    system.close()
    return {
        "49a": Measured(of_wall / of_rings - 1),
        "49b": Measured(float(np.linalg.norm(both.sum(0))) / size),
    }


CASE = Case(
    "49", "Contact force on both bodies", run, "rings moved and widened after the solution", quick=True
)
