"""Numerical checks of the general engine: which are met, which name a locked mesh, what a bad state gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.fenicsx.solids.checks import model_checks, part_error
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.fenicsx.solids.summary import result_grid
from surgitwin.mechanics.field_quality import relative_error
from surgitwin.mechanics.model.loads import Pressure, Traction
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, grid
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.mechanics.numerical_check import Check


def by_id(result: ModelResult) -> dict[str, Check]:
    return {c.id: c for c in model_checks(result, {p.name: 0.5 for p in result.model.parts})}


def beam(large: bool = False, degree: int = 2) -> ModelResult:
    part = Part("beam", box((0, 0, 0), (10, 1, 1), (8, 2, 2)), elastic(1000.0, 0.3), degree=degree)
    load = Traction("tip", "beam", "x1", force_N=(0.0, 0.0, 1.0))
    wall = Fixed("wall", "beam", "x0")
    # A forced motion does work as well: the tip is pushed sideways.
    push = Motion("push", "beam", "x1", "y", translation_mm=(0.0, 0.2, 0.0))
    return solve_model(Model("beam", (part,), (wall, push), (load,), large=large))


def test_a_sound_model_meets_every_limit_and_its_energy_is_the_work_of_load_and_motion() -> None:
    found = by_id(beam())
    assert {k for k, c in found.items() if c.verdict == "ok"} == {
        "residual", "force_balance", "moment_balance", "energy", "jacobian",
    }  # fmt: skip
    assert found["energy"].value is not None
    assert found["energy"].value < 1e-10
    assert not [c for c in found.values() if c.verdict == "bad"]


def test_a_state_out_of_balance_is_over_the_limits() -> None:
    result = beam()
    wrong = replace(result, state=replace(result.state, x=1.01 * result.state.x))
    wrong.system.assembly.set(wrong.state.x)
    energy = by_id(wrong)["energy"]
    assert energy.verdict == "bad"
    result.system.assembly.set(result.state.x)


def test_finite_strain_tells_the_volume_ratio() -> None:
    found = by_id(beam(large=True))
    ratio = found["volume_ratio"]
    assert ratio.verdict == "ok"
    assert 0.8 < float(ratio.value or 0.0) < 1.0
    assert found["energy"].value is None  # the path is not a straight line


def test_a_locked_mesh_is_bad_and_says_what_helps() -> None:
    def polar(s: np.ndarray) -> np.ndarray:
        r, angle = 10.0 + 10.0 * s[:, 0], s[:, 1] * np.pi / 2
        return np.column_stack([r * np.cos(angle), r * np.sin(angle)])

    part = Part("p", grid((8, 8), polar, "triangle", 1), elastic(1000.0, 0.4999), "plane_strain", degree=1)
    supports = (Fixed("a", "p", "y0", "y"), Fixed("b", "p", "y1", "x"))
    model = Model("lame", (part,), supports, (Pressure("q", "p", "x0", 10.0, follower=False),))
    locking = by_id(solve_model(model))["locking"]
    assert locking.verdict == "bad"
    assert "mixed" in locking.words


@pytest.mark.parametrize("cell", ["tetrahedron", "hexahedron"])
def test_the_error_estimate_falls_with_the_mesh(cell: str) -> None:
    eta = []
    for n in (2, 4):
        mesh = grid((n, n, n), lambda s: s, cell, 2)
        part = Part("block", mesh, elastic(1000.0, 0.3))
        held = Fixed("floor", "block", "z0")
        load = Traction("top", "block", "z1", traction_MPa=(1.0, 0.0, 0.0))
        eta.append(relative_error(*part_error(solve_model(Model("b", (part,), (held,), (load,))), "block")))
    assert eta[1] < 0.85 * eta[0]  # corners of the clamped face keep it from the full order
    assert 0.01 < eta[1] < 0.3


def test_a_uniform_stress_has_no_error() -> None:
    part = Part("bar", box((0, 0, 0), (2, 1, 1), (3, 2, 2)), elastic(1000.0, 0.0))
    supports = (Fixed("x", "bar", "x0", "x"), Fixed("y", "bar", "y0", "y"), Fixed("z", "bar", "z0", "z"))
    load = Traction("t", "bar", "x1", force_N=(10.0, 0.0, 0.0))
    result = solve_model(Model("bar", (part,), supports, (load,)))
    stored, error = part_error(result, "bar")
    assert stored == pytest.approx(10**2 / 1000 / 2 * 2)  # sigma^2 / 2 E times the volume
    assert error < 1e-18 * stored


def _parallel(modulus: np.ndarray, cells: int = 4) -> ModelResult:
    """A block pulled along y by 1 %, its columns along x of different moduli: strain is uniform, exactly."""
    mesh = box((0, 0, 0), (2, 1, 1), (cells, 1, 1))
    column = (mesh.points_mm[mesh.corners].mean(axis=1)[:, 0] * cells / 2).astype(int)
    part = Part("b", mesh, elastic(modulus[column], 0.0))
    held = (Fixed("x", "b", "x0", "x"), Fixed("y", "b", "y0", "y"), Fixed("z", "b", "z0", "z"))
    pull = Motion("pull", "b", "y1", "y", translation_mm=(0.0, 0.01, 0.0))
    return solve_model(Model("parallel", (part,), (*held, pull)))


def test_stress_is_not_averaged_across_materials() -> None:
    result = _parallel(np.array([1000.0, 1000.0, 4000.0, 4000.0]))
    recovery = result.part().recovery
    s = result.part().stress_at((1.0, 0.5, 0.5), (0.5, 0.5, 0.5), (1.5, 0.5, 0.5))[:, 1, 1]
    assert s == pytest.approx([40.0, 10.0, 40.0])
    stored, error = part_error(result, "b")
    assert error < 1e-18 * stored
    assert recovery.stress_jump_MPa() < 1e-9
    grid_ = result_grid(result, "b")
    border = np.abs(grid_.points[:, 0] - 1.0) < 1e-9
    assert set(grid_["materials"][border]) == {2}
    assert set(grid_["materials"][~border]) == {1}
    left = grid_.cell_centers().points[:, 0] < 1.0
    assert grid_.cell_data["stress_cell"][left, 4] == pytest.approx(10.0)
    assert grid_.cell_data["stress_cell"][~left, 4] == pytest.approx(40.0)


def test_cells_with_a_modulus_each_have_no_error_where_strain_is_uniform() -> None:
    modulus = 1000.0 + 100.0 * np.arange(20.0)
    result = _parallel(modulus, 20)
    stored, error = part_error(result, "b")
    assert error < 1e-18 * stored
    assert result.part().stress_at((0.05, 0.5, 0.5))[0, 1, 1] == pytest.approx(10.0)
