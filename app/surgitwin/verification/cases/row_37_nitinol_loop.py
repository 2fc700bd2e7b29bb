"""Superelastic loop of Nitinol: a bar is pulled to 7 % and let go.

One hexahedron of the metal table's Nitinol at 37 C in uniaxial tension, driven by its end face in equal
increments of strain. Stress is the reaction over the section. Where transformation begins and ends is read
from the martensite fraction: where the line through two neighbouring increments meets 0 or 1. The energy
of the loop is the area of the curve by trapezia. The wrong input is a bar at 27 C.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.history import part_history
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.mechanics.point_laws.tables import metal
from surgitwin.verification.case import Case, Measured

LARGEST_STRAIN = 0.07
INCREMENTS = 140
COARSER = (35, 70)


def loop(increments: int, temperature_C: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Strain, stress in MPa and martensite fraction, first up and then down, at every increment."""
    nitinol = Material("nitinol", metal("Nitinol").parameters | {"temperature_C": temperature_C})
    part = Part("bar", box((0, 0, 0), (1, 1, 1), (1, 1, 1)), nitinol, degree=1, quadrature_degree=2)
    size = 1.0 / increments
    model = Model(
        "Nitinol bar",
        (part,),
        supports=(
            *(Fixed(f"symmetry {axis}", "bar", f"{axis}0", axis) for axis in "xyz"),
            Motion("pull", "bar", "z1", "z", translation_mm=(0.0, 0.0, LARGEST_STRAIN)),
        ),
        steps=(Step("up", {"pull": 1.0}), Step("down", {"pull": 0.0})),
        stepping=Stepping(first=size, largest=size),
    )
    rows = [(0.0, 0.0, 0.0)]

    def keep(result: ModelResult) -> None:
        strain = LARGEST_STRAIN * result.increments[-1].factors["pull"]
        fraction = float(part_history(result, "martensite").mean())
        rows.append((strain, float(result.reaction("pull").force_N[2]), fraction))

    solve_model(model, accepted=keep)
    strain, stress, fraction = np.array(rows).T
    return strain, stress, fraction


def run(wrong: bool) -> dict[str, Measured]:
    """The loop with its corners, stresses and energy."""
    temperature = 27.0 if wrong else 37.0
    strain, stress, xi = loop(INCREMENTS, temperature)
    up, down = slice(0, INCREMENTS + 1), slice(2 * INCREMENTS, INCREMENTS - 1, -1)  # both with rising strain
    energies = [(n, area(*loop(n, temperature)[:2])) for n in COARSER]
    energies.append((INCREMENTS, area(strain, stress)))
    return {
        "37a": Measured(corner(strain[up], xi[up], 0.0)),
        "37b": Measured(corner(strain[up], xi[up], 1.0)),
        "37c": Measured(corner(strain[down], xi[down], 1.0)),
        "37d": Measured(corner(strain[down], xi[down], 0.0)),
        "37e": Measured(float(np.interp(0.02, strain[up], stress[up]))),
        "37f": Measured(float(np.interp(0.02, strain[down], stress[down]))),
        "37g": Measured(float(np.interp(0.04, strain[up], stress[up]))),
        "37h": Measured(float(np.interp(0.04, strain[down], stress[down]))),
        "37i": Measured(energies[-1][1], tuple(energies)),
    }


def corner(strain: FloatArray, fraction: FloatArray, end: float) -> float:
    """Strain where the moving fraction meets `end`; strains rise."""
    moving = np.flatnonzero((fraction > 0.0) & (fraction < 1.0))
    a, b = (moving[0], moving[1]) if end == 0.0 else (moving[-1], moving[-2])
    slope = (strain[b] - strain[a]) / (fraction[b] - fraction[a])
    return float(strain[a] + (end - fraction[a]) * slope)


def area(strain: FloatArray, stress: FloatArray) -> float:
    """MJ/m3."""
    return float(np.sum(0.5 * (stress[1:] + stress[:-1]) * np.diff(strain)))


CASE = Case("37", "Nitinol loop in one dimension", run, "a bar at 27 C instead of 37 C", quick=True)
