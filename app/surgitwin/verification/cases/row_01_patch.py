"""The patch test: a linear displacement is reproduced exactly on distorted cells.

A cube of 3 x 3 x 3 cells whose inner nodes are moved at random, as tetrahedra and hexahedra of both orders.
Its whole boundary moves by u = A x; inside, where nothing acts, the solution must be the same linear field.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Motion
from surgitwin.verification.case import Case, Measured

A = ((0.010, 0.003, -0.002), (0.004, -0.006, 0.001), (-0.003, 0.002, 0.008))
KINDS = {"1a": ("tetrahedron", 1), "1b": ("tetrahedron", 2), "1c": ("hexahedron", 1), "1d": ("hexahedron", 2)}
CELLS, SHAKE_MM = 3, 0.08


def shaken(s: FloatArray) -> FloatArray:
    """The unit cube with its inner nodes moved by up to `SHAKE_MM`."""
    inside = ((s > 1e-9) & (s < 1 - 1e-9)).all(axis=1)
    return s + inside[:, None] * np.random.default_rng(1).uniform(-SHAKE_MM, SHAKE_MM, s.shape)


def deviation(cell: str, degree: int, top: float) -> float:
    """Largest deviation from A x over the largest A x; the top face moves by `top` times A x."""
    mesh = grid((CELLS, CELLS, CELLS), shaken, cell, order=1)
    faces = dict.fromkeys(("x0", "x1", "y0", "y1", "z0"), 1.0) if top == 1.0 else {"z0": 1.0}
    supports = tuple(
        Motion(face, "cube", face, gradient=[[factor * a for a in row] for row in A])
        for face, factor in {**faces, "z1": top}.items()
    )
    cube = Part("cube", mesh, elastic(1000.0, 0.3), degree=degree)
    part = solve_model(Model("patch", (cube,), supports)).part()
    exact = part.points_mm @ np.array(A).T
    return float(np.abs(part.displacement_mm - exact).max() / np.abs(exact).max())


def run(wrong: bool) -> dict[str, Measured]:
    """All four kinds of cells."""
    top = 1.001 if wrong else 1.0
    return {name: Measured(deviation(cell, degree, top)) for name, (cell, degree) in KINDS.items()}


CASE = Case("1", "Patch test", run, "the top face 0.1 % too far, the sides free", quick=True)
