"""The engine and the material point tell the same: one block, stretched alike everywhere, for every law."""

from __future__ import annotations

import numpy as np
import pytest
from law_samples import WHOLE, compressible, fibres_of

from surgitwin.mechanics.fenicsx.laws import LAWS
from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.mechanics.fenicsx.laws.material_point import evaluate
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.material import Fibre, Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box
from surgitwin.mechanics.model.steps import Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion

ONE_EACH = {row.law: row for row in reversed(WHOLE.values())}
SIDES = ("x0", "x1", "y0", "y1", "z0", "z1")
GRADIENT = np.array([[0.06, 0.03, 0.0], [0.0, 0.04, -0.02], [0.01, 0.0, -0.05]])


def squeezed(material: Material, **part: str) -> ModelResult:
    """A block whose whole surface moves with GRADIENT."""
    block = Part(
        "block", box((0, 0, 0), (2, 1, 1), (2, 1, 1)), material, degree=1, quadrature_degree=2, **part
    )  # type: ignore[arg-type]
    supports = tuple(Motion(side, "block", side, gradient=GRADIENT.tolist()) for side in SIDES)
    return solve_model(Model("block", (block,), supports=supports, stepping=Stepping(first=0.5), large=True))


@pytest.mark.parametrize("law", LAWS)
def test_stress_and_energy_are_those_of_the_point(law: str) -> None:
    row = ONE_EACH[law]
    fibres = fibres_of(row)
    material = Material(law, compressible(row), tuple(Fibre(np.array(f)) for f in fibres))
    result = squeezed(material)
    point = evaluate(LAWS[law], compressible(row), np.eye(3) + GRADIENT, fibres)
    stress = result.part().stress_at((0.7, 0.4, 0.3))[0]
    np.testing.assert_allclose(stress, point.cauchy[0], atol=1e-9 * np.abs(point.cauchy).max())
    assert result.energy_mJ == pytest.approx(2 * point.energy[0], rel=1e-9)


def test_moduli_by_cell_reach_their_cells() -> None:
    row = ONE_EACH["transversely_isotropic"]
    soft = {**row.values, "E_axial_MPa": 12e3}
    values = {**row.values, "E_axial_MPa": np.array([12e3, row.values["E_axial_MPa"]])}
    fibres = fibres_of(row)
    result = squeezed(Material(row.law, values, (Fibre(np.array(fibres[0])),)))
    F = np.eye(3) + GRADIENT
    energies = [evaluate(LAWS[row.law], v, F, fibres).energy[0] for v in (soft, row.values)]
    assert result.energy_mJ == pytest.approx(sum(energies), rel=1e-9)
    assert energies[0] != pytest.approx(energies[1], rel=0.01)


@pytest.mark.parametrize("name", ["hgo_carotid_media", "lally_plaque"])
def test_incompressible_strip_in_the_mixed_form(name: str) -> None:
    """Uniaxial tension with free sides: stress and contraction of the driver."""
    row = WHOLE[name]
    fibres = tuple(Fibre(np.array(f)) for f in fibres_of(row))
    strip = Part(
        "strip",
        box((0, 0, 0), (1, 1, 1), (1, 1, 1), order=2),
        Material(row.law, row.values, fibres),
        formulation="mixed",
        pressure="discontinuous",
    )
    supports = (
        Fixed("left", "strip", "x0", "x"),
        Fixed("front", "strip", "y0", "y"),
        Fixed("below", "strip", "z0", "z"),
        Motion("pull", "strip", "x1", "x", translation_mm=(0.12, 0.0, 0.0)),
    )
    model = Model("strip", (strip,), supports=supports, stepping=Stepping(first=0.25), large=True)
    result = solve_model(model)
    path = drive(row.law, row.values, "uniaxial", [1.12], fibres_of(row))
    part = result.part()
    assert part.stress_at((0.5, 0.5, 0.5))[0, 0, 0] == pytest.approx(path.cauchy[0, 0, 0], rel=1e-6)
    u = part.displacement_at((0.5, 1.0, 1.0))[0]
    np.testing.assert_allclose(1 + u[1:], [path.F[0, 1, 1], path.F[0, 2, 2]], rtol=1e-7)
