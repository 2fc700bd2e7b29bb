"""An increment that full Newton steps do not solve is tried with line search before it is cut."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import Fibre, Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed


def _pulled(line_search: bool) -> tuple[float, int]:
    """Stretch of a cube with very stiff fibres along the pull, and its increments."""
    values = {"c_MPa": 0.01, "k1_MPa": 1.0, "k2": 500.0, "bulk_MPa": 50.0}
    along = Fibre(np.array([1.0, 0.0, 0.0]))
    part = Part("b", box((0, 0, 0), (1, 1, 1), (1, 1, 1)), Material("hgo2000", values, (along, along)))
    held = (Fixed("x", "b", "x0", "x"), Fixed("y", "b", "y0", "y"), Fixed("z", "b", "z0", "z"))
    pull = Traction("t", "b", "x1", force_N=(1.0, 0.0, 0.0))
    stepping = Stepping(first=0.02, line_search=line_search)
    result = solve_model(Model("m", (part,), held, (pull,), large=True, stepping=stepping))
    return float(result.part().mean_displacement("x1")[0]), len(result.increments)


def test_stiff_fibres_are_solved_with_the_default_settings() -> None:
    stretch, _ = _pulled(line_search=False)
    assert stretch == pytest.approx(_pulled(line_search=True)[0], rel=1e-6)
