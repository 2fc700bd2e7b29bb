"""Flow in a square cavity whose lid slides, Reynolds numbers 100 and 1000, against the table of Ghia 1982.

Taylor-Hood quads graded to the walls; the axial velocity at points of the vertical centre line over the
lid's speed. At 1000 Newton starts from lower Reynolds numbers by itself. The study refines the mesh: the
values converge to those of spectral computations (Botella and Peyret 1998), which lie 1.5 to 2.1 % of the
value, 0.1 to 0.6 % of the lid's speed, from the table's. So Ghia's values are shown and not judged, and the
spectral ones at Re 1000 judge. The wrong input is a lid 10 % too fast.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.flow.solve import solve_flow
from surgitwin.mechanics.flow.fluid import Fluid, Newtonian
from surgitwin.mechanics.flow.problem import FlowProblem, VelocityInlet, Wall
from surgitwin.mechanics.flow.shapes import cavity
from surgitwin.verification.case import Case, Measured


def centre_line(
    viscosity_Pas: float, lid_m_s: float, heights: tuple[float, float], n: int
) -> tuple[int, FloatArray]:
    """(unknowns, velocity in m/s at the heights) on n x n cells."""
    mesh = cavity(1.0, n)
    sliding = np.zeros_like(mesh.points_m)
    sliding[:, 0] = lid_m_s
    problem = FlowProblem(
        "Lid-driven cavity",
        mesh,
        Fluid(1.0, Newtonian(viscosity_Pas)),
        {"lid": VelocityInlet(sliding), "wall": Wall()},
        probes_m=np.array([[0.5, y] for y in heights]),
    )
    result = solve_flow(problem)
    return result.facts["unknowns"], result.last.probes[:, 0]


def run(wrong: bool) -> dict[str, Measured]:
    """Two Reynolds numbers, three meshes each; the finest counts."""
    out = {}
    for reynolds, heights, names in (
        (100, (0.4531, 0.5), ("42a", "42b")),
        (1000, (0.1719, 0.5), ("42c", "42d")),
    ):
        runs = [centre_line(1 / reynolds, 1.1 if wrong else 1.0, heights, n) for n in (16, 24, 32)]
        for k, name in enumerate(names):
            study = tuple((float(count), float(values[k])) for count, values in runs)
            out[name] = Measured(study[-1][1], study)
    return out | {"42e": out["42c"], "42f": out["42d"]}


CASE = Case("42", "Lid-driven cavity", run, "the lid is 10 % too fast")
