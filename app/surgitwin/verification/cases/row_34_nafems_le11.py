"""NAFEMS LE11: a sphere, taper and cylinder that grow hot along radius and height.

Axisymmetric curved quadratic quadrilaterals; the temperature is T = r + z (metres), both ends are held
along the axis. The axial stress at the inner corner A. The body is mapped in three blocks: sphere, taper,
cylinder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Temperature
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

EXPANSION_PER_K = 2.3e-4
MM_PER_M = 100.0
"""Drawn at one tenth: stresses do not depend on the size."""
INNER_M = ((0.7071, 0.7071), (0.7071, 1.39), (0.7071, 1.79))
OUTER_M = ((1.2124, 0.7), (1.0, 1.39), (1.0, 1.79))
"""Ends of the three blocks along the inside and outside; the first block follows the spheres up to them."""


def outline(t: FloatArray, radius_m: float, end_deg: float, ends_m: Sequence[Sequence[float]]) -> FloatArray:
    """(n, 2) points at 0..1 along one side: an arc from the r axis, then two straight lines."""
    block = np.clip((3 * t).astype(int), 0, 2)
    local = 3 * t - block
    angle = local * np.radians(end_deg)
    arc = radius_m * np.column_stack([np.cos(angle), np.sin(angle)])
    corners = np.array(ends_m)
    start = corners[np.maximum(block - 1, 0)]
    straight = start + local[:, None] * (corners[block] - start)
    return np.where((block == 0)[:, None], arc, straight)


def body(s: FloatArray) -> FloatArray:
    """The unit square to the body in mm: s0 from the inside outwards, s1 from the r axis to the top."""
    inner, outer = outline(s[:, 1], 1.0, 45.0, INNER_M), outline(s[:, 1], 1.4, 30.0, OUTER_M)
    return MM_PER_M * (inner + s[:, :1] * (outer - inner))


def measure(cells: int, expansion_per_K: float) -> tuple[float, dict[str, float]]:
    """Axial stress at A (r 1 m, z 0). In axisymmetry x is the radius and y the axis."""
    wall = Part("wall", grid((cells, 3 * cells), body), elastic(210e3, 0.3), "axisymmetric")
    hot = Temperature("hot", "wall", expansion_per_K, gradient_K_per_mm=(1 / MM_PER_M, 1 / MM_PER_M, 0.0))
    ends = (Fixed("lower end", "wall", "y0", "y"), Fixed("upper end", "wall", "y1", "y"))
    part = solve_model(Model("LE11", (wall,), supports=ends, loads=(hot,))).part()
    return 0.4 * MM_PER_M / cells, {"34": part.stress_at((MM_PER_M, 0.0))[0, 1, 1]}


def run(wrong: bool) -> dict[str, Measured]:
    """Four meshes."""
    expansion = -EXPANSION_PER_K if wrong else EXPANSION_PER_K
    return study((2, 4, 8, 16), partial(measure, expansion_per_K=expansion))


CASE = Case("34", "NAFEMS LE11", run, "a material that shrinks when it grows hot", quick=True)
