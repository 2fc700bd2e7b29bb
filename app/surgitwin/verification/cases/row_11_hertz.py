"""A rigid sphere pressed on an elastic half-space by 100 N (Hertz).

Axisymmetric; the half-space is a cylinder of 70 mm (100 contact radii) with cells graded towards the contact.
The sphere is an exact rigid surface that moves down. The approach that gives 100 N is found by one
correction with Hertz's own power law, F ~ approach^(3/2). The contact radius follows from a straight line
through p^2 over r^2 at the closed corners. The approach comes out
1.3 % small: Hertz neglects the radial displacement in the gap, which is of the order a / R = 7 %; at an
eighth of the force, where a / R is half, the difference is half (0.64 %). The wrong input is a sphere of
1.2 times the radius.
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.couplings import Contact, RigidShape, Side
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

RADIUS_MM, FORCE_N, SIZE_MM, FINE_MM = 10.0, 100.0, 70.0, 1.05
FIRST_GUESS_MM = 0.05


def graded(s: FloatArray) -> FloatArray:
    """Half of the unit line on the first FINE_MM, evenly; the rest of it with growing cells to SIZE_MM."""
    far = np.maximum(2 * s - 1, 0)
    return np.where(s < 0.5, 2 * s * FINE_MM, FINE_MM + (SIZE_MM - FINE_MM) * far**2.5)


def pressed(approach_mm: float, radius_mm: float, cells: int) -> ModelResult:
    """The half-space under the sphere."""
    mesh = grid((cells, cells), lambda s: np.column_stack([graded(s[:, 0]), -graded(1 - s[:, 1])]))
    block = Part("block", mesh, elastic(2000.0, 0.3), "axisymmetric")
    sphere = RigidShape("sphere", (0.0, radius_mm), radius_mm=radius_mm, translation_mm=(0.0, -approach_mm))
    supports = (Fixed("axis", "block", "x0", "x"), Fixed("base", "block", "y0", "y"))
    contact = Contact("indenter", slave=Side("block", "y1"), master=sphere)
    return solve_model(Model("Hertz", (block,), supports, contacts=(contact,)))


def at_load(radius_mm: float, cells: int) -> tuple[float, float, float]:
    """Contact radius, largest pressure and approach under FORCE_N."""
    first = pressed(FIRST_GUESS_MM, radius_mm, cells).coupling_facts("indenter")["normal_force_N"]
    approach = FIRST_GUESS_MM * (FORCE_N / first) ** (2 / 3)
    points, pressure = pressed(approach, radius_mm, cells).contact_pressure("indenter")
    closed = pressure > 0.1 * pressure.max()
    slope, intercept = np.polyfit(points[closed, 0] ** 2, pressure[closed] ** 2, 1)
    return float(np.sqrt(-intercept / slope)), float(pressure.max()), approach


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes; the finest counts."""
    radius = 1.2 * RADIUS_MM if wrong else RADIUS_MM
    meshes = (16, 32, 64)
    values = [at_load(radius, cells) for cells in meshes]
    sizes = [2 * FINE_MM / cells for cells in meshes]
    return {
        name: Measured(values[-1][k], tuple((h, v[k]) for h, v in zip(sizes, values, strict=True)))
        for k, name in enumerate(("11a", "11b", "11c"))
    }


CASE = Case("11", "Hertz contact of a rigid sphere", run, "a sphere of 1.2 times the radius")
