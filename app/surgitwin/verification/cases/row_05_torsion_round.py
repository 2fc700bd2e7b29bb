"""Torsion of a round bar: Coulomb's closed form.

Curved quadratic hexahedra; one end fixed, the torque carried to the other end as the shear tractions that a
remote moment makes there. A circular section does not warp, so that the fixed end disturbs nothing.
"""

from __future__ import annotations

from functools import partial

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import RemoteForce
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import solid_cylinder
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

RADIUS_MM, LENGTH_MM, G_MPA, NU, TORQUE_NMM = 5.0, 100.0, 80e3, 0.3, 1e4


def measure(cells: int, torque_Nmm: float) -> tuple[float, dict[str, float]]:
    """Twist from the rim of the loaded end, shear stress at mid-length."""
    mesh = solid_cylinder(RADIUS_MM, LENGTH_MM, (cells, 4))
    bar = Part("bar", mesh, elastic(2 * (1 + NU) * G_MPA, NU))
    model = Model(
        "torsion",
        (bar,),
        supports=(Fixed("clamp", "bar", "z0"),),
        loads=(RemoteForce("torque", "bar", "z1", (0.0, 0.0, LENGTH_MM), moment_Nmm=(0.0, 0.0, torque_Nmm)),),
    )
    part = solve_model(model).part()
    rim, middle = (RADIUS_MM, 0.0, LENGTH_MM), (RADIUS_MM, 0.0, LENGTH_MM / 2)
    return RADIUS_MM / cells, {
        "5a": part.displacement_at(rim)[0, 1] / RADIUS_MM,
        "5b": part.stress_at(middle)[0, 1, 2],
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes."""
    return study((2, 3, 4), partial(measure, torque_Nmm=-TORQUE_NMM if wrong else TORQUE_NMM))


CASE = Case("5", "Torsion of a round bar", run, "torque with the opposite sign", quick=True)
