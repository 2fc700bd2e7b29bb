"""A finished run says where its theory was left and which contacts stayed open."""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.couplings import Contact, RigidShape, Side
from surgitwin.mechanics.model.loads import Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.supports import Fixed

BEAM = Part("beam", box((0, 0, 0), (10, 1, 1), (8, 2, 2)), elastic(1000.0, 0.3))
WALL = (Fixed("wall", "beam", "x0"),)


def warnings(force_N: float, **more: object) -> list[str]:
    load = Traction("push", "beam", "x1", force_N=(0, 0, force_N))
    return list(solve_model(Model("m", (BEAM,), WALL, (load,), **more)).warnings)  # type: ignore[arg-type]


def test_small_strain_beyond_its_range_is_told() -> None:
    assert warnings(0.1) == []
    (words,) = warnings(2.0)
    assert "large = true" in words
    assert "beam" in words


def test_a_contact_that_stays_open_is_told() -> None:
    floor = RigidShape("plane", (0, 0, -5), (0, 0, 1))
    (words,) = warnings(0.1, contacts=(Contact("floor", Side("beam", "z0"), floor, search_mm=20.0),))
    assert "'floor' is open" in words
