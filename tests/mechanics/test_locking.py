"""Locking: a locked mesh is named, a sound one is not; from arrays and from the engine."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.elastic_constants import elastic_constants, nearest_isotropic
from surgitwin.mechanics.fenicsx.solids.part_locking import model_locking, part_locking
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.locking import Locking, StressSamples, locking, missing_energy, pressure_oscillation
from surgitwin.mechanics.model.loads import Pressure, Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, grid
from surgitwin.mechanics.model.supports import Fixed
from surgitwin.mechanics.point_laws.tables import metal

E_MPA = 1000.0


def cylinder(
    nu: float, degree: int, formulation: str, cell: str, pressure: str = "continuous"
) -> ModelResult:
    """Quarter of a Lame cylinder 10/20 mm under 10 MPa, plane strain, 8 x 8 cells."""

    def polar(s: np.ndarray) -> np.ndarray:
        r, angle = 10.0 + 10.0 * s[:, 0], s[:, 1] * np.pi / 2
        return np.column_stack([r * np.cos(angle), r * np.sin(angle)])

    mesh = grid((8, 8), polar, cell, 1 if degree == 1 else 2)
    form = {"formulation": formulation, "degree": degree, "pressure": pressure}
    part = Part("p", mesh, elastic(E_MPA, nu), "plane_strain", **form)
    supports = (Fixed("a", "p", "y0", "y"), Fixed("b", "p", "y1", "x"))
    return solve_model(Model("lame", (part,), supports, (Pressure("q", "p", "x0", 10.0, follower=False),)))


def cantilever(degree: int, across: int, cell: str) -> tuple[float, Locking]:
    """Deflection over the beam's 0.2 mm, and the indicators."""
    mesh = box((0, 0, 0), (100, 10, 10), (10 * across, across, across), cell)
    model = Model(
        "beam",
        (Part("p", mesh, elastic(200e3, 0.3), degree=degree),),
        (Fixed("wall", "p", "x0", "xyz"),),
        (Traction("tip", "p", "x1", force_N=(0.0, 0.0, 100.0)),),
    )
    result = solve_model(model)
    return float(result.part().mean_displacement("x1")[2]) / 0.2, part_locking(result)


@pytest.mark.parametrize("cell", ["triangle", "quadrilateral"])
def test_linear_cells_at_nu_4999_are_named_as_locked(cell: str) -> None:
    result = cylinder(0.4999, 1, "displacement", cell)
    assert result.part().displacement_at((10.0, 0.0))[0, 0] < 0.7 * 0.1999967  # they do lock
    found = part_locking(result)
    assert found.locked
    assert found.oscillation > 1.0
    assert "mixed" in found.findings[0]


@pytest.mark.parametrize("cell", ["triangle", "quadrilateral"])
def test_the_mixed_form_is_not(cell: str) -> None:
    result = cylinder(0.4999, 2, "mixed", cell)
    assert result.part().displacement_at((10.0, 0.0))[0, 0] == pytest.approx(0.1999967, rel=1e-3)
    found = part_locking(result)
    assert not found.locked
    assert found.oscillation < 0.02
    assert found.findings == ()


@pytest.mark.parametrize("cell", ["triangle", "quadrilateral"])
def test_compressible_linear_cells_are_not(cell: str) -> None:
    found = part_locking(cylinder(0.3, 1, "displacement", cell))
    assert not found.locked
    assert found.oscillation < 0.1
    assert found.missing < 0.02


def test_an_unstable_pair_is_told_to_change_the_pair() -> None:
    found = part_locking(cylinder(0.4999, 1, "mixed", "triangle", "discontinuous"))
    assert found.locked
    assert "not stable" in found.findings[0]


def test_quadratic_displacement_near_incompressibility_is_warned_of() -> None:
    found = part_locking(cylinder(0.4999, 2, "displacement", "triangle"))
    assert not found.locked
    assert "stresses at points do not" in found.findings[0]


def test_linear_tetrahedra_in_bending_are_named_as_too_stiff() -> None:
    ratio, found = cantilever(1, 2, "tetrahedron")
    assert ratio < 0.6
    assert found.stiff
    assert not found.locked
    assert 0.2 < found.missing < 1.0 - ratio
    assert "bending" in found.findings[0]
    ratio, found = cantilever(2, 2, "tetrahedron")
    assert ratio > 0.98
    assert not found.stiff
    assert found.findings == ()


def test_one_linear_hexahedron_across_is_too_stiff_too() -> None:
    ratio, found = cantilever(1, 1, "hexahedron")
    assert ratio < 0.7
    assert found.stiff


def test_every_part_of_a_model_by_name() -> None:
    assert set(model_locking(cylinder(0.3, 1, "displacement", "triangle"))) == {"p"}


def test_constants_of_any_law_at_small_strain() -> None:
    """Shear modulus mu and the bulk modulus given; twice the Mooney constants; numbers by cell."""
    mu, kappa = 0.8, 4000.0
    nu, modulus = nearest_isotropic(Material("neo_hookean", {"mu_MPa": mu, "bulk_MPa": kappa}))
    assert modulus == pytest.approx(9 * kappa * mu / (3 * kappa + mu), rel=1e-9)
    assert nu == pytest.approx((3 * kappa - 2 * mu) / (2 * (3 * kappa + mu)), rel=1e-9)
    nu, modulus = nearest_isotropic(Material("neo_hookean", {"mu_MPa": mu}))
    assert (nu, modulus) == (0.5, pytest.approx(3 * mu))
    mesh = box((0, 0, 0), (1, 1, 2), (1, 1, 2)).with_cells("a", lambda x: x[:, 2] < 1)
    mesh = mesh.with_cells("b", lambda x: x[:, 2] > 1)
    nitinol = Material("nitinol", metal("Nitinol").parameters)
    part = Part("p", mesh, {"a": elastic(np.array([5.0, 7.0]), 0.2), "b": nitinol})
    found = elastic_constants(part)
    np.testing.assert_allclose(found, [[0.2, 0.33], [5.0, 62857.0]])


def strip(n: int, pressure: np.ndarray) -> StressSamples:
    """A row of n unit squares with a given pressure in each and a unit shear stress."""
    nodes = np.arange(n)
    corners = np.column_stack([nodes, nodes + 1, nodes + n + 2, nodes + n + 1])
    stress = np.zeros((n, 1, 3, 3))
    stress[:, 0] = pressure[:, None, None] * np.eye(3)
    stress[:, 0, 0, 1] = stress[:, 0, 1, 0] = 1.0
    return StressSamples(corners, np.full((1, 4), 0.25), stress, np.ones((n, 1)))


def test_a_checkerboard_is_seen_and_a_slope_is_not() -> None:
    n = 40
    checker = strip(n, 50.0 * (-1.0) ** np.arange(n))
    slope = strip(n, np.linspace(-50.0, 50.0, n))
    assert pressure_oscillation(checker) > 5.0
    assert pressure_oscillation(slope) < 0.05
    one = np.array([0.4999])
    assert locking(checker, one, one, degree=1, mixed=False).locked
    assert not locking(slope, one, one, degree=1, mixed=False).locked


def test_a_uniform_stress_misses_nothing() -> None:
    uniform = strip(10, np.full(10, 3.0))
    assert missing_energy(uniform, np.array([0.3]), np.array([1.0])) == pytest.approx(0.0, abs=1e-15)
    assert pressure_oscillation(uniform) == pytest.approx(0.0, abs=1e-15)
    nothing = strip(10, np.zeros(10))
    nothing.stress[:] = 0.0
    assert pressure_oscillation(nothing) == missing_energy(nothing, np.array([0.3]), np.array([1.0])) == 0.0
