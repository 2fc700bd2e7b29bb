"""Three-point bending: the plate of row 16 over a span of 100 mm, the load in the middle.

The deflection under the load gives K = F / w; the beam formula K = 48 EI / L^3 leaves out shear, which
takes 0.4 %.
"""

from __future__ import annotations

from functools import partial

from surgitwin.verification.case import Case, Measured
from surgitwin.verification.cases.row_16_four_point_bending import FORCE_N, THICKNESS_MM, deflections
from surgitwin.verification.study import study

SPAN_MM = 100.0


def measure(cells: int, thickness_mm: float) -> tuple[float, dict[str, float]]:
    """Stiffness K."""
    (middle,) = deflections(SPAN_MM / 2, 0.0, thickness_mm, cells, (0.0,))
    return THICKNESS_MM / cells, {"17": FORCE_N / middle}


def run(wrong: bool) -> dict[str, Measured]:
    """Two meshes across the section."""
    return study((1, 2), partial(measure, thickness_mm=3.4 if wrong else THICKNESS_MM))


CASE = Case("17", "Three-point bending of a plate", run, "a plate 0.1 mm too thin")
