"""Four-point bending of a bone plate as in ASTM F382.

A quarter of the plate (symmetric along and across) as quadratic hexahedra on a line support, pressed on a
narrow strip. EI follows from the curvature between the loads, where the moment is constant; K is the load
over the deflection under it. Shear, which the beam formula leaves out, takes 0.3 % of the deflection.
"""

from __future__ import annotations

from functools import partial

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.supports import At, Fixed
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.study import study

WIDTH_MM, THICKNESS_MM, E_MPA, NU, FORCE_N = 12.0, 3.5, 110e3, 0.3, 100.0
SUPPORT_TO_LOAD_MM, BETWEEN_LOADS_MM = 40.0, 25.0
CELL_MM = 0.5
"""Length of a cell, and half the width of a loaded strip, whose edges are lines of the mesh."""


def deflections(
    half_span_mm: float, load_mm: float, thickness_mm: float, cells: int, at_mm: tuple[float, ...]
) -> FloatArray:
    """Deflection (n,) of the middle plane at positions from the middle of the span.

    Half of `FORCE_N` presses on each half of the plate, `load_mm` from the middle.
    """
    along = round(half_span_mm / CELL_MM)
    mesh = box((0.0, 0.0, 0.0), (half_span_mm, WIDTH_MM / 2, thickness_mm), (along, cells, cells))
    mesh = mesh.with_surface(
        "strip", lambda x: (abs(x[:, 0] - load_mm) < CELL_MM + 1e-6) & (x[:, 2] > thickness_mm - 1e-6)
    )
    model = Model(
        "bending",
        (Part("plate", mesh, elastic(E_MPA, NU)),),
        supports=(
            Fixed("middle of the span", "plate", "x0", "x"),
            Fixed("middle of the width", "plate", "y0", "y"),
            Fixed("roller", "plate", At(x=half_span_mm, z=0.0), "z"),
        ),
        loads=(Traction("load", "plate", "strip", force_N=(0.0, 0.0, -FORCE_N / 4)),),
    )
    places = [(x, 0.0, thickness_mm / 2) for x in at_mm]
    return -solve_model(model).part().displacement_at(*places)[:, 2]


def measure(cells: int, thickness_mm: float) -> tuple[float, dict[str, float]]:
    """EI and K."""
    load_mm = BETWEEN_LOADS_MM / 2
    gauge_mm = load_mm / 2
    middle, gauge, load = deflections(
        SUPPORT_TO_LOAD_MM + load_mm, load_mm, thickness_mm, cells, (0.0, gauge_mm, load_mm)
    )
    curvature = 2 * (middle - gauge) / gauge_mm**2
    moment = FORCE_N / 2 * SUPPORT_TO_LOAD_MM
    return THICKNESS_MM / cells, {"16a": moment / curvature, "16b": FORCE_N / load}


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes across the section."""
    return study((1, 2), partial(measure, thickness_mm=3.4 if wrong else THICKNESS_MM))


CASE = Case("16", "Four-point bending of a plate", run, "a plate 0.1 mm too thin")
