"""Torsion of a square bar with free warping: Saint-Venant's series.

Both ends are turned within their planes and may warp out of them, so that the state is the same in every
section. The torque is the moment of the support's reactions; the largest shear stress is amid a side.
"""

from __future__ import annotations

from functools import partial

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.supports import At, Fixed, Motion
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

SIDE_MM, LENGTH_MM, G_MPA, NU = 10.0, 20.0, 80e3, 0.3
TWIST_RAD = 1e-5
"""So small that the cosine in the turned positions is one to ten digits."""


def measure(cells: int, length_MM: float) -> tuple[float, dict[str, float]]:
    """Torsion constant over s^4, and T over the largest shear stress times s^3."""
    half = SIDE_MM / 2
    mesh = box((-half, -half, 0.0), (half, half, length_MM), (cells, cells, 2))
    bar = Part("bar", mesh, elastic(2 * (1 + NU) * G_MPA, NU))
    model = Model(
        "torsion",
        (bar,),
        supports=(
            Fixed("lower end", "bar", "z0", "xy"),
            Motion("upper end", "bar", "z1", "xy", rotation_rad=(0.0, 0.0, TWIST_RAD)),
            Fixed("along", "bar", At(0.0, 0.0, 0.0), "z"),
        ),
    )
    result = solve_model(model)
    torque = result.reaction("upper end").moment_Nmm((0.0, 0.0, 0.0))[2]
    shear = result.part().stress_at((half, 0.0, length_MM / 2))[0, 1, 2]
    return SIDE_MM / cells, {
        "6a": torque * LENGTH_MM / (G_MPA * TWIST_RAD) / SIDE_MM**4,
        "6b": torque / shear / SIDE_MM**3 * (length_MM / LENGTH_MM),
    }


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes, even numbers of cells: the middle of a side is a node."""
    return study((4, 8, 16), partial(measure, length_MM=1.1 * LENGTH_MM if wrong else LENGTH_MM))


CASE = Case("6", "Torsion of a square bar", run, "a bar that is 10 % longer than assumed")
