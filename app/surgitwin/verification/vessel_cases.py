"""Deployments that the rows of rings and walls share: a thick tube with a closed form, a narrowed artery."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import ContactLaw, Deployment, WallMaterial
from surgitwin.mechanics.devices.stack import Drive
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled, Evaluation
from surgitwin.mechanics.fenicsx.deployment.newton import FINAL, NotConvergedError, solve
from surgitwin.mechanics.fenicsx.deployment.path import inside_lumen
from surgitwin.mechanics.fenicsx.deployment.solve import device_stack
from surgitwin.meshing.vessels.tube import tube_wall

INNER, OUTER, LENGTH = 3.0, 4.5, 8.0
RINGS = 4
HARD_CONTACT = 100.0
"""Penalty in E/h: ten times the usual one, so that wall and rings have one diameter."""

NARROWED_START_MM = 5.0
"""Where the stent of `narrowed_artery` begins."""

CRUSHED = ZigzagRing(0.0, 8, 4.0, 0.25, 0.35, 14.0)


def straight(length: float, step: float = 0.25) -> Course:
    """A course along z."""
    s = np.linspace(0, length, round(length / step) + 1)
    axes = [np.tile(row, (len(s), 1)) for row in np.eye(3)]
    return Course(s, s[:, None] * np.array([0.0, 0.0, 1.0]), axes[2], axes[0], axes[1])


def nitinol_stack() -> DeviceFrame:
    """Four rings that cover the tube."""
    z = LENGTH / RINGS * (np.arange(RINGS) + 0.5)
    c = CRUSHED
    rings = tuple(ZigzagRing(float(v), c.crowns, 4.0, 0.25, 0.35, c.rest_diameter_mm) for v in z)
    return DeviceFrame("self_expanding", "Nitinol", rings, 14.0, 4.0, 0, LENGTH)


def thick_tube(
    mu_MPa: float, *, outer: float = OUTER, kappa_ratio: float = 1000.0, angles: int = 8
) -> Deployment:
    """Thick neo-Hookean tube between ends that move across the axis only, and the stack inside."""
    course = straight(LENGTH)
    tube = LumenTube(course, np.full((len(course.s_mm), 32), INNER))
    wall = tube_wall(tube, outer - INNER, angles=angles, stations=max(3, angles // 2), through=angles // 4)
    law = WallMaterial("tube", mu_MPa, 0.0, kappa_ratio)
    device = nitinol_stack()
    return Deployment(
        "tube", wall, {"wall": law}, law, device, place_rings(course, device, 0.0), None,
        contact=ContactLaw(HARD_CONTACT, 0.01), foundation_MPa_per_mm=0.0,
    )  # fmt: skip


def pressure_over_mu(stretch: float) -> float:
    """Closed form of the incompressible tube, ends held."""
    a2, c = (stretch * INNER) ** 2, (stretch**2 - 1) * INNER**2
    b2 = OUTER**2 + c
    return float(np.log(OUTER / INNER) - 0.5 * (np.log(b2 / a2) + c * (1 / b2 - 1 / a2)))


def lumen_radius(task: Deployment, displacement: FloatArray) -> float:
    """Mean radius of the lumen's nodes."""
    nodes = np.unique(task.wall.lumen)
    return float(np.hypot(*(task.wall.points_mm + displacement)[nodes, :2].T).mean())


class DrivenTube:
    """The tube opened step by step by driven round rings."""

    def __init__(self, task: Deployment) -> None:
        self.task = task
        self.system = Coupled(task, device_stack(task))
        self.system.c = inside_lumen(self.system)
        self.drive = Drive(self.system.stack.diameters(self.system.c))

    def to(self, diameter_mm: float, depth: int = 5) -> Evaluation:
        """Equilibrium with the rings driven to this outer diameter; a way that fails is gone in halves."""
        s = self.system
        kept = s.x, s.c, s.p, self.drive.diameter_mm
        self.drive.diameter_mm = np.full(RINGS, diameter_mm)
        s.freeze()
        try:
            return solve(s, self.drive, FINAL)[1]
        except NotConvergedError:
            if depth == 0:
                raise
            s.x, s.c, s.p, self.drive.diameter_mm = kept
            self.to(float(kept[3][0] + diameter_mm) / 2, depth - 1)
            return self.to(diameter_mm, depth - 1)

    @property
    def radius(self) -> float:
        """mm, of the lumen now."""
        return lumen_radius(self.task, self.system.x - self.task.wall.points_mm)


def narrowed_artery(unknowns: int, stiffness: float = 1.0) -> Deployment:
    """A balloon-expandable stent in an eccentric narrowing of 70 % of the area of a 6 mm artery."""
    course = straight(28.0)
    angle = 2 * np.pi * np.arange(64) / 64
    half = 3.0 * np.sqrt(1 - 0.7 * np.exp(-(((course.s_mm - 14) / 4) ** 2)))
    aside = 0.6 * (3.0 - half)[:, None]
    radius = aside * np.cos(angle) + np.sqrt(half[:, None] ** 2 - (aside * np.sin(angle)) ** 2)
    tube = LumenTube(course, radius)
    wall = tube_wall(tube, 1.0, plaque_to_mm=3.0, unknowns=unknowns)
    rings = tuple(ZigzagRing(1.0 + 2 * i, 6, 1.7, 0.1, 0.1, 2.0) for i in range(9))
    device = DeviceFrame("balloon_expandable", "CoCr-L605", rings, 6.0, 1.6, 3, 18.0)
    soft = WallMaterial("wall", 0.04 * stiffness, 0.1 * stiffness)
    plaque = WallMaterial("plaque", 0.08 * stiffness, 0.3 * stiffness)
    return Deployment(
        "stent", wall, {"wall": soft, "plaque": plaque}, plaque, device,
        place_rings(course, device, NARROWED_START_MM, tube), 6.0,
    )  # fmt: skip
