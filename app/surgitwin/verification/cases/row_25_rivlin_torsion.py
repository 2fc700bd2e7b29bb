"""Torsion of an incompressible neo-Hookean bar whose length is kept (Rivlin).

A round bar is held at one end and turned at the other by 0.02 rad per mm of length; every section stays
plane and the bar wants to grow longer, so that it presses on the clamps: N = -mu tau^2 pi a^4 / 4, in
proportion to the square of the twist, beside the torque M = mu tau pi a^4 / 2. Hexahedra with quadratic
displacement and discontinuous linear pressure. The wrong input is a twist of 0.03 rad/mm.
"""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import solid_cylinder
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.verification.case import Case, Measured

RADIUS, LENGTH, MU = 5.0, 5.0, 0.08
TWIST, WRONG_TWIST = 0.02, 0.03
MESHES = ((1, 1), (2, 2), (3, 3))
"""Cells across each of the five blocks, and along the bar."""


def torque_and_force(counts: tuple[int, int], twist: float) -> tuple[float, float]:
    """Torque (N mm) and axial force (N) that the turned clamp exerts on the bar."""
    bar = Part(
        "bar",
        solid_cylinder(RADIUS, LENGTH, counts),
        Material("neo_hookean", {"mu_MPa": MU, "bulk_MPa": np.inf}),
        formulation="mixed",
        pressure="discontinuous",
    )
    model = Model(
        "torsion",
        (bar,),
        supports=(
            Fixed("clamp", "bar", "z0"),
            Motion("grip", "bar", "z1", rotation_rad=(0.0, 0.0, twist * LENGTH), point_mm=(0.0, 0.0, LENGTH)),
        ),
        large=True,
    )
    grip = solve_model(model).reaction("grip")
    return float(grip.moment_Nmm((0.0, 0.0, LENGTH))[2]), float(grip.force_N[2])


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes; the finest one is judged."""
    found = np.array([torque_and_force(counts, WRONG_TWIST if wrong else TWIST) for counts in MESHES])
    sizes = [RADIUS / (2 * counts[0]) for counts in MESHES]
    return {
        name: Measured(found[-1, k], tuple(zip(sizes, found[:, k], strict=True)))
        for k, name in enumerate(("25a", "25b"))
    }


CASE = Case("25", "Rivlin torsion", run, "a twist of 0.03 instead of 0.02 rad/mm")
