"""What a contact, tie or bolt must not hide: points that passed through, slip, loose ties, preload stress."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contact_cases import chain

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.contact.facets import DeformableMaster, RigidFacets
from surgitwin.mechanics.contact.mortar import MortarContact
from surgitwin.mechanics.contact.motion import RigidMotion
from surgitwin.mechanics.contact.surface import Surface
from surgitwin.mechanics.contact.weighted import ContactLaw
from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.check import draft_of, faults
from surgitwin.mechanics.model.couplings import Bolt, Contact, RigidShape, Side, Tie
from surgitwin.mechanics.model.loads import Temperature
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

ONE_STEP = Stepping()


def pressed(way: Any, stepping: Stepping = ONE_STEP, **contact: Any) -> ModelResult:
    """A block 0.1 mm above another, its top moved by `way` mm; plane strain, Poisson's ratio 0."""
    low = Part("low", box((0, 0), (10, 5), (2, 1)), elastic(1000.0, 0.0), "plane_strain")
    top = Part("top", box((0, 5.1), (10, 10), (3, 1)), elastic(1000.0, 0.0), "plane_strain")
    supports = (Fixed("ground", "low", "y0"), Motion("press", "top", "y1", translation_mm=way))
    touch = Contact("touch", Side("top", "y0"), Side("low", "y1"), **contact)
    return solve_model(Model("pressed", (low, top), supports, contacts=(touch,), stepping=stepping))


def test_one_large_step_does_not_pass_through() -> None:
    """2 mm deep in one increment, search_mm 1: cut back until the surfaces meet."""
    result = pressed((0.0, -2.1), sliding="finite", search_mm=1.0)
    assert result.state.failed >= 1
    assert result.reaction("press").force_N[1] == pytest.approx(-2 / 9.9 * 1000 * 10, rel=0.02)


def test_passing_through_that_cannot_be_cut_names_the_remedy() -> None:
    with pytest.raises(SolverError, match=r"touch.*search_mm = 1 mm.*first increment") as caught:
        pressed((0.0, -2.1), Stepping(smallest=0.9), sliding="finite", search_mm=1.0)
    assert caught.value.code == "solver.step_failed"


@pytest.mark.parametrize("start", [0.2, 3.0])
@pytest.mark.parametrize("rigid", [False, True])
def test_only_a_jump_through_the_surface_is_a_fault(start: float, rigid: bool) -> None:
    """From inside or outside the search distance; opening, sliding off and common motion are none."""
    master, facets = chain("line2", 4)
    slave = np.stack([0.25 + 0.5 * (1 - master[:, 0]), np.full(5, start)], 1)
    X = np.vstack([slave, master])
    over = Surface(facets, "line2", X)
    below = Surface(facets if rigid else facets + 5, "line2", master if rigid else X)
    way = RigidMotion((0.0, 0.0))
    obstacle = RigidFacets(below, 0.5, way) if rigid else DeformableMaster(below, 0.5, "finite")
    contact = MortarContact("c", over, obstacle, ContactLaw(100.0))

    def at(x: float, y: float, common: float = 0.0) -> Any:
        u = np.zeros((10, 2))
        u[:5] = (x, y + common)
        u[5:] = (0.0, common)
        return u.ravel()

    assert "search_mm = 0.5 mm" in contact.fault(at(0, -start - 0.6), 1.0)
    assert contact.fault(at(0, -start - 0.4), 1.0) == ""
    assert contact.fault(at(0, 5.0), 1.0) == ""
    assert contact.fault(at(3.0, -start - 0.6), 1.0) == ""
    if not rigid:
        assert contact.fault(at(0, 0, -9.0), 1.0) == ""
    contact.commit(at(0, 4.0), 0.5)
    again = MortarContact("c", over, obstacle, ContactLaw(100.0))
    again.restore(contact.state())
    assert again.fault(at(0, -start - 0.6), 1.0)


def test_uniform_pressure_at_finite_strain_has_equal_mean_and_largest() -> None:
    """Both per deformed area, which is stated with them."""
    soft = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 50.0})
    part = Part("b", box((0, 0), (10, 4), (2, 1)), soft, "plane_strain")
    supports = (Fixed("x", "b", "x0", "x"), Motion("p", "b", "y1", "y", (0, -1.2)))
    floor = Contact("c", Side("b", "y0"), RigidShape("line", (0.0, 0.0), (0.0, 1.0)))
    result = solve_model(Model("m", (part,), supports, contacts=(floor,), large=True,
                               stepping=Stepping(first=0.5)))  # fmt: skip
    facts = result.coupling_facts("c")
    width = 10 + result.part().mean_displacement("x1")[0]
    assert width > 11
    assert facts["contact_area_mm2"] == pytest.approx(width)
    assert facts["mean_pressure_MPa"] == pytest.approx(facts["max_pressure_MPa"], rel=1e-6)
    assert facts["mean_pressure_MPa"] == pytest.approx(-result.part().stress_at((5, 2))[0, 1, 1], rel=1e-6)


def test_large_slip_in_small_sliding_is_warned_of() -> None:
    """Half a slave facet is 1.67 mm."""
    (warning,) = (w for w in pressed((2.0, -0.15)).warnings if "slid by" in w)
    for words in ("'touch'", "2 mm", "1.67 mm", "finite"):
        assert words in warning
    assert not any("slid by" in w for w in pressed((1.5, -0.15)).warnings)


def test_a_finite_slide_off_the_edge_that_fails_says_where_it_stands() -> None:
    with pytest.raises(SolverError) as caught:
        pressed((6.0, -0.15), Stepping(max_iterations=1), sliding="finite")
    assert "contact 'touch' the slave must stay paired" in caught.value.hint


@pytest.mark.parametrize(("shift", "warned"), [(5.0, True), (0.5, False)])
def test_a_tie_of_a_part_of_its_slave_is_warned_of(shift: float, warned: bool) -> None:
    low = Part("low", box((0, 0), (10, 5), (4, 1)), elastic(1000.0, 0.0), "plane_strain")
    top = Part("top", box((shift, 5), (10 + shift, 10), (4, 1)), elastic(1000.0, 0.0), "plane_strain")
    tie = Tie("glue", Side("top", "y0"), Side("low", "y1"))
    result = solve_model(Model("m", (low, top), (Fixed("g", "low", "y0"),), ties=(tie,)))
    if not warned:
        assert not result.warnings
        return
    (warning,) = result.warnings
    assert "'glue'" in warning
    assert "distance_mm" in warning
    assert f"{result.coupling_facts('glue')['tied_share']:.0%}" in warning


def bolted(**more: Any) -> Model:
    """A bar 1 x 4 mm held at both ends and tightened to 10 N over its upper half."""
    mesh = box((0, 0), (1, 4), (1, 4)).with_cells("shank", lambda x: x[:, 1] > 2)
    bar = Part("bar", mesh, elastic(1000.0, 0.0), "plane_strain")
    held = (Fixed("a", "bar", "y0"), Fixed("b", "bar", "y1"))
    return Model("bolted", (bar,), held, bolts=(Bolt("bolt", "bar", "shank", (0, 1, 0), 10.0),), **more)


def test_stress_and_energy_of_a_bolt_hold_its_preload() -> None:
    """10 MPa everywhere in the bar; energy sigma^2 V / (2 E), the natural length of the shank shorter."""
    result = solve_model(bolted())
    assert result.part().stress_at((0.5, 1.0), (0.5, 3.0))[:, 1, 1] == pytest.approx([10.0, 10.0])
    assert result.part().mean_stress("y1")[1, 1] == pytest.approx(10.0)
    assert result.reaction("b").force_N[1] == pytest.approx(10.0)
    assert result.energy_mJ == pytest.approx(10.0**2 * 4 / 2000)


def test_a_heated_bolt_is_refused() -> None:
    model = bolted(loads=(Temperature("warm", "bar", 1e-5, 10.0),))
    (fault,) = faults(draft_of(model))
    assert "'bolt'" in fault.place
    assert "warm" in fault.fact
    with pytest.raises(InputError):
        solve_model(model)
