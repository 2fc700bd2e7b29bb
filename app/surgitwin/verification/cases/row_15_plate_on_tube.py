"""A plate on a tube, bent together: composite beam theory.

Half a titanium plate lies on half a bone-like tube (symmetric in x) and is tied to its crest over meshes
that do not match. One end is a plane of symmetry, the other is first stretched, then turned; forces and
moments of both motions give the composite section's neutral axis, its EI, and the stresses under a moment
of 10 N m.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.couplings import Side, Tie
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, grid
from surgitwin.mechanics.model.supports import At, Fixed, Motion
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

OUTER_MM, INNER_MM, WIDTH_MM, THICKNESS_MM, LENGTH_MM = 14.0, 7.0, 12.0, 3.5, 10.0
PLATE_MPA, TUBE_MPA, NU, MOMENT_NMM = 110e3, 17e3, 0.3, 1e4
CREST_MM = 1.5
"""Half width of the tied strip: there the round tube is at most 0.08 mm from the flat plate."""
TOP_MM, BOTTOM_MM = OUTER_MM + THICKNESS_MM, -OUTER_MM


@dataclass(frozen=True)
class Section:
    """Axial force (N) and moment about x (N mm) at the moved end; axial stress at top and bottom (MPa)."""

    force_N: float
    moment_Nmm: float
    stress_MPa: FloatArray


def half_tube(cells: int) -> PartMesh:
    """Half a tube along z, from its bottom to its crest (angle 0, on the y axis), with the tied strip."""

    def place(s: FloatArray) -> FloatArray:
        # The last of the cells around begins where the tied strip does.
        share, strip = 1 / (4 * cells), np.arcsin(CREST_MM / OUTER_MM)
        t = 1 - s[:, 1]
        rest = strip + (t - share) / (1 - share) * (np.pi - strip)
        angle = np.where(t < share, t / share * strip, rest)
        r = INNER_MM + s[:, 0] * (OUTER_MM - INNER_MM)
        return np.column_stack([r * np.sin(angle), r * np.cos(angle), s[:, 2] * LENGTH_MM])

    mesh = grid((cells, 4 * cells, 2), place)

    def on_crest(x: FloatArray) -> Any:
        outside = np.hypot(x[:, 0], x[:, 1]) > OUTER_MM - 1e-6
        return outside & (x[:, 0] < CREST_MM + 1e-6) & (x[:, 1] > 0)

    return mesh.with_surface("crest", on_crest)


def solve(cells: int, stretch: float, curvature_per_mm: float, plate_MPa: float) -> Section:
    """One motion of the end z = L: u_z = L (stretch - curvature y)."""
    slope = [[0.0] * 3, [0.0] * 3, [0.0, -curvature_per_mm * LENGTH_MM, 0.0]]
    plate_mesh = box((0.0, OUTER_MM, 0.0), (WIDTH_MM / 2, TOP_MM, LENGTH_MM), (2 * cells, cells, 3))
    parts = (
        Part("tube", half_tube(cells), elastic(TUBE_MPA, NU)),
        Part("plate", plate_mesh, elastic(plate_MPa, NU)),
    )
    supports: list[Fixed | Motion] = []
    for part in ("tube", "plate"):
        supports += [
            Fixed(f"{part} symmetry", part, At(x=0.0), "x"),
            Fixed(f"{part} middle", part, "z0", "z"),
            Motion(f"{part} end", part, "z1", "z", (0.0, 0.0, stretch * LENGTH_MM), slope),
        ]
    supports.append(Fixed("in height", "tube", At(0.0, BOTTOM_MM, 0.0), "y"))
    tie = Tie("crest", Side("tube", "crest"), Side("plate", "y0"), distance_mm=0.2)
    result = solve_model(Model("plate on tube", parts, tuple(supports), ties=(tie,)))
    ends = [result.reaction(f"{part} end") for part in ("tube", "plate")]
    middle = LENGTH_MM / 2
    stress = [
        result.part("plate").stress_at((0.0, TOP_MM, middle))[0, 2, 2],
        result.part("tube").stress_at((0.0, BOTTOM_MM, middle))[0, 2, 2],
    ]
    # Twice: the other half of the section.
    force = 2 * sum(end.force_N[2] for end in ends)
    moment = 2 * sum(float((end.nodal_N[:, 2] * end.nodes_mm[:, 1]).sum()) for end in ends)
    return Section(force, moment, np.array(stress))


def measure(cells: int, plate_MPa: float) -> tuple[float, dict[str, float]]:
    """Section constants from a unit stretch and a unit curvature."""
    scale = 1e-4
    stretched, bent = solve(cells, scale, 0.0, plate_MPa), solve(cells, 0.0, scale, plate_MPa)
    axis = stretched.moment_Nmm / stretched.force_N
    stiffness = (-bent.moment_Nmm - axis * -bent.force_N) / scale
    # Bend about the neutral axis: the curvature with the stretch that leaves no axial force.
    curvature = -MOMENT_NMM / stiffness / scale
    stress = curvature * (bent.stress_MPa + axis * stretched.stress_MPa)
    return (OUTER_MM - INNER_MM) / cells, {"15a": axis, "15b": stiffness, "15c": stress[0], "15d": stress[1]}


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes."""
    return study((2, 3), partial(measure, plate_MPa=TUBE_MPA if wrong else PLATE_MPA))


CASE = Case("15", "Plate on a tube, composite bending", run, "a plate as soft as the bone")
