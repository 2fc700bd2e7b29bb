"""A solid titanium cylinder pressed into a ring of cortical bone with an interference of 0.05 mm.

Plane stress, a quarter in the model; both meshes are drawn at the nominal radius and do not match around
it; the gap is closed by the interference. Pull-out force and torque are what Coulomb friction of 0.3 allows
over a length of 40 mm under the computed contact force. The wrong input has a tenth more interference.
"""

from __future__ import annotations

import math

from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.model.couplings import Contact, Side
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import quarter_disc, ring
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.verification.case import Case, Measured

RADIUS_MM, OUTER_MM, INTERFERENCE_MM = 10.0, 15.0, 0.05
FRICTION, LENGTH_MM = 0.3, 40.0


def fitted(interference_mm: float, cells: int) -> tuple[float, float]:
    """Mean pressure and hoop stress of the bone at the interface; `cells` across the ring."""
    metal = Part("metal", quarter_disc(RADIUS_MM, cells), elastic(110e3, 0.3), "plane_stress")
    ring_mesh = ring(RADIUS_MM, OUTER_MM, (cells, 2 * cells + cells // 2))
    bone = Part("bone", ring_mesh, elastic(17e3, 0.3), "plane_stress")
    fit = Contact("fit", Side("bone", "x0"), Side("metal", "side"), interference_mm=interference_mm)
    supports = (
        Fixed("metal x", "metal", "x0", "x"),
        Fixed("metal y", "metal", "y0", "y"),
        Fixed("bone x", "bone", "y1", "x"),
        Fixed("bone y", "bone", "y0", "y"),
    )
    result = solve_model(Model("press-fit", (metal, bone), supports, contacts=(fit,)))
    hoop = result.part("bone").stress_at((RADIUS_MM, 0.0))[0, 1, 1]
    return result.coupling_facts("fit")["mean_pressure_MPa"], float(hoop)


def run(wrong: bool) -> dict[str, Measured]:
    """Three meshes; the finest counts."""
    interference = 1.1 * INTERFERENCE_MM if wrong else INTERFERENCE_MM
    meshes = (2, 4, 8)
    values = [fitted(interference, cells) for cells in meshes]
    sizes = [(OUTER_MM - RADIUS_MM) / cells for cells in meshes]
    pressure, hoop = (tuple(zip(sizes, column, strict=True)) for column in zip(*values, strict=True))
    pull_out = FRICTION * values[-1][0] * 2 * math.pi * RADIUS_MM * LENGTH_MM
    return {
        "13a": Measured(values[-1][0], pressure),
        "13b": Measured(values[-1][1], hoop),
        "13c": Measured(pull_out),
        "13d": Measured(pull_out * RADIUS_MM),
    }


CASE = Case("13", "Press-fit", run, "a tenth more interference", quick=True)
