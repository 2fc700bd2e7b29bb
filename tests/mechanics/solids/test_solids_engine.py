"""The general engine: exact fields, what holds a part, what a result can be asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surgitwin.core.errors import InputError, SolverError
from surgitwin.mechanics.fenicsx.solids import solve_model
from surgitwin.mechanics.model.loads import BodyForce, Gravity, Pressure, RemoteForce, Temperature, Traction
from surgitwin.mechanics.model.material import Material, elastic
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import box, grid, ring
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import At, Fixed, Motion

GRADIENT = np.array([[0.01, 0.02, -0.01], [0.003, -0.02, 0.01], [0.02, 0.01, 0.03]])
FACES = ("x0", "x1", "y0", "y1", "z0", "z1")


YEOH = {"c10_MPa": 0.5, "c20_MPa": 0.3, "bulk_MPa": 50.0} | {f"c{k}0_MPa": 0.0 for k in (3, 4, 5, 6)}


def wavy(s: np.ndarray) -> np.ndarray:
    return s + 0.05 * np.sin(3 * s[:, [1, 2, 0]])


def beam(length: float = 10.0) -> Part:
    return Part("beam", box((0, 0, 0), (length, 1, 1), (8, 2, 2)), elastic(1000.0, 0.3))


@pytest.mark.parametrize("cell", ["tetrahedron", "hexahedron"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_linear_field_is_exact_on_distorted_cells(cell: str, order: int) -> None:
    part = Part("block", grid((2, 2, 2), wavy, cell, order), elastic(1000.0, 0.3))
    moved = tuple(Motion(n, "block", n, gradient=GRADIENT.tolist()) for n in FACES)
    found = solve_model(Model("patch", (part,), moved)).part()
    assert np.abs(found.displacement_mm - found.points_mm @ GRADIENT.T).max() < 1e-14
    strain = (GRADIENT + GRADIENT.T) / 2
    exact = 1000 / 1.3 * (strain + 0.3 / 0.4 * np.trace(strain) * np.eye(3))
    assert found.stress_at((0.4, 0.5, 0.6))[0] == pytest.approx(exact, abs=1e-9)


def test_cells_keep_their_own_modulus_and_their_order() -> None:
    # Two halves in series along x: the stiffer one strains less. Cell values must reach the right cells.
    mesh = box((0, 0, 0), (2, 1, 1), (8, 2, 2))
    left = mesh.points_mm[mesh.corners].mean(axis=1)[:, 0] < 1
    part = Part("bar", mesh, elastic(np.where(left, 1000.0, 4000.0), 0.0))
    supports = (Fixed("x", "bar", "x0", "x"), Fixed("y", "bar", "y0", "y"), Fixed("z", "bar", "z0", "z"))
    found = solve_model(Model("bar", (part,), supports, (Traction("t", "bar", "x1", force_N=(10, 0, 0)),)))
    assert found.part().mean_displacement("x1")[0] == pytest.approx(10 / 1000 + 10 / 4000)
    sets = mesh.with_cells("left", lambda x: x[:, 0] < 1).with_cells("right", lambda x: x[:, 0] > 1)
    by_set = Part("bar", sets, {"left": elastic(1000.0, 0.0), "right": elastic(4000.0, 0.0)})
    again = solve_model(Model("bar", (by_set,), supports, (Traction("t", "bar", "x1", force_N=(10, 0, 0)),)))
    assert again.part().mean_displacement("x1")[0] == pytest.approx(10 / 1000 + 10 / 4000)


def test_two_laws_in_one_part_share_the_force() -> None:
    mesh = box((0, 0, 0), (2, 1, 1), (4, 1, 1))
    mesh = mesh.with_cells("left", lambda x: x[:, 0] < 1).with_cells("right", lambda x: x[:, 0] > 1)
    laws = {
        "left": Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 50.0}),
        "right": Material("reduced_polynomial", YEOH),
    }
    supports = (
        Fixed("x", "bar", "x0", "x"), Fixed("y", "bar", "y0", "y"), Fixed("z", "bar", "z0", "z"),
        Motion("pull", "bar", "x1", "x", translation_mm=(0.6, 0, 0)),
    )  # fmt: skip
    both = solve_model(Model("bar", (Part("bar", mesh, laws),), supports, stepping=Stepping(0.5), large=True))
    stress = both.part().stress_at((0.1, 0.5, 0.5), (1.9, 0.5, 0.5))[:, 0, 0]
    force = both.reaction("pull").force_N[0]
    assert both.reaction("x").force_N[0] == pytest.approx(-force)
    # The second law stiffens beyond the first: it stretches less, and carries the same force.
    middle = both.part().displacement_at((1.0, 0.5, 0.5))[0, 0]
    assert 0.31 < middle < 0.45
    assert stress.min() > force
    bare = Part("bar", mesh, {"left": laws["left"]})
    with pytest.raises(InputError) as found:
        solve_model(Model("bar", (bare,), supports, large=True))
    assert found.value.code == "model.cells_without_material"


def test_reaction_and_balance_of_a_cantilever() -> None:
    load = RemoteForce("pull", "beam", "x1", (20, 0.5, 0.5), (0, 0, 1.0), (5.0, 0, 0))
    found = solve_model(Model("beam", (beam(),), (Fixed("wall", "beam", "x0"),), (load,)))
    wall = found.reaction("wall")
    assert wall.force_N == pytest.approx([0, 0, -1], abs=1e-9)
    # The remote point is 20 mm from the wall: the moment there is that of the force, plus the given torque.
    assert wall.moment_Nmm((20, 0.5, 0.5)) == pytest.approx([-5, 0, 0], abs=1e-3)
    assert found.balance["force_imbalance"] < 1e-10
    assert found.balance["moment_imbalance"] < 1e-10


def test_a_rigid_remote_force_keeps_its_surface_plane() -> None:
    load = RemoteForce("pull", "beam", "x1", (20, 0.5, 0.5), (0, 0, 1.0), rigid=True)
    found = solve_model(Model("beam", (beam(),), (Fixed("wall", "beam", "x0"),), (load,)))
    part = found.part()
    end = np.isclose(part.points_mm[:, 0], 10)
    x, u = part.points_mm[end], part.displacement_mm[end]
    # A rigid (small) motion: u = t + w x r, six numbers for all nodes of the face.
    rows = np.zeros((len(x), 3, 6))
    rows[:, range(3), range(3)] = 1
    rows[:, 0, 4], rows[:, 0, 5] = x[:, 2], -x[:, 1]
    rows[:, 1, 3], rows[:, 1, 5] = -x[:, 2], x[:, 0]
    rows[:, 2, 3], rows[:, 2, 4] = x[:, 1], -x[:, 0]
    fit, *_ = np.linalg.lstsq(rows.reshape(-1, 6), u.ravel(), rcond=None)
    assert rows.reshape(-1, 6) @ fit == pytest.approx(u.ravel(), abs=1e-10)
    assert found.balance["force_imbalance"] < 1e-10
    free = RemoteForce("pull", "beam", "x1", (20, 0.5, 0.5), (0, 0, 1.0))
    other = solve_model(Model("beam", (beam(),), (Fixed("wall", "beam", "x0"),), (free,)))
    assert part.mean_displacement("x1")[2] <= other.part().mean_displacement("x1")[2]


def test_gravity_and_body_force_agree_and_weigh_what_they_should() -> None:
    supports = (Fixed("wall", "beam", "x0"),)
    weight = Gravity("g", "beam", 1.06e-9, (0.0, 0.0, -9806.65))
    given = BodyForce("b", "beam", np.tile([0.0, 0.0, -1.06e-9 * 9806.65], (len(beam().mesh.points_mm), 1)))
    first, second = (solve_model(Model("m", (beam(),), supports, (load,))) for load in (weight, given))
    assert first.reaction("wall").force_N[2] == pytest.approx(10 * 1.06e-9 * 9806.65)
    assert second.part().displacement_mm == pytest.approx(first.part().displacement_mm)


@pytest.mark.parametrize("kinematics", ["plane_strain", "plane_stress", "axisymmetric"])
def test_free_expansion_has_no_stress(kinematics: str) -> None:
    part = Part("plate", box((1, 0), (2, 1), (2, 2)), elastic(1000.0, 0.3), kinematics)
    supports = (Fixed("x", "plate", "x0", "x"), Fixed("y", "plate", "y0", "y"))
    if kinematics == "axisymmetric":
        supports = (Fixed("y", "plate", "y0", "y"),)
    heat = Temperature("heat", "plate", 1e-5, 100.0)
    found = solve_model(Model("plate", (part,), supports, (heat,)))
    stress = found.part().stress_at((1.5, 0.5))[0]
    if kinematics == "plane_strain":
        assert stress[2, 2] == pytest.approx(-1000 * 1e-5 * 100)
        assert np.abs(stress[:2, :2]).max() < 1e-10
    else:
        assert np.abs(stress).max() < 1e-9
    grown = found.part().displacement_at((2, 1))[0]
    factor = 1.3 if kinematics == "plane_strain" else 1.0
    length = 2.0 if kinematics == "axisymmetric" else 1.0
    assert grown == pytest.approx([factor * 1e-3 * length, factor * 1e-3], rel=1e-9)


def test_a_part_that_is_not_held_is_named() -> None:
    loads = (Traction("t", "beam", "x1", force_N=(1, 0, 0)),)
    with pytest.raises(SolverError) as loose:
        solve_model(Model("loose", (beam(),), (Fixed("x", "beam", "x0", "x"),), loads))
    assert loose.value.code == "solver.not_held"
    assert "beam" in loose.value.message


def test_an_inverted_cell_is_named_with_its_place() -> None:
    mesh = box((0, 0, 0), (1, 1, 1), (2, 1, 1))
    cells = np.array(mesh.cells)
    cells[1, [0, 4]] = cells[1, [4, 0]]
    bad = Part("block", PartMesh(mesh.points_mm, cells, "hexahedron", {}, mesh.surfaces), elastic(1.0, 0.3))
    with pytest.raises(InputError) as found:
        solve_model(Model("bad", (bad,), (Fixed("x", "block", "x0"),)))
    assert found.value.code == "mesh.inverted_cells"
    assert "cell 1" in found.value.where


def test_supports_that_contradict_each_other_are_refused() -> None:
    supports = (Fixed("a", "beam", "x0"), Motion("b", "beam", At(x=0.0, y=0.0), translation_mm=(0.1, 0, 0)))
    with pytest.raises(InputError) as found:
        solve_model(Model("m", (beam(),), supports))
    assert found.value.code == "model.supports_conflict"


def test_steps_ramp_loads_one_after_the_other() -> None:
    loads = (Traction("a", "beam", "x1", force_N=(0, 0, 1)), Traction("b", "beam", "x1", force_N=(0, 0, -1)))
    steps = (Step("first", {"a": 1.0}), Step("second", {"b": 1.0}))
    outputs = (Output("tip", "mean_displacement", "beam", "x1", component="z"),)
    model = Model("m", (beam(),), (Fixed("w", "beam", "x0"),), loads, steps=steps, outputs=outputs)
    found = solve_model(model)
    tip = found.curves["tip"]
    assert len(tip) == 2
    assert tip[0] > 0.1
    assert abs(tip[1]) < 1e-9 * tip[0]


def test_pressure_follows_the_surface_only_in_finite_deformation() -> None:
    soft = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 10.0})
    part = Part("ring", ring(10, 20, (4, 6)), soft, "plane_strain")
    supports = (Fixed("x", "ring", "y1", "x"), Fixed("y", "ring", "y0", "y"))
    stepping = Stepping(first=0.25)
    u = {}
    for follower in (True, False):
        load = Pressure("p", "ring", "x0", 0.3, follower)
        model = Model("ring", (part,), supports, (load,), stepping=stepping, large=True)
        found = solve_model(model)
        assert found.balance["force_imbalance"] < 1e-8
        u[follower] = found.part().displacement_at((10, 0))[0, 0]
    # On the deformed (longer) inner circle the same pressure pushes harder.
    assert u[True] > 1.2 * u[False]


def test_newton_converges_quadratically_near_the_solution() -> None:
    soft = Material("neo_hookean", {"mu_MPa": 1.0, "bulk_MPa": 3.0})
    part = Part("block", box((0, 0, 0), (1, 1, 1), (2, 2, 2)), soft)
    supports = (Fixed("a", "block", "z0"), Motion("b", "block", "z1", translation_mm=(0.1, 0.2, 0.3)))
    residuals = solve_model(Model("m", (part,), supports, large=True)).increments[-1].residuals
    last = [r for r in residuals if r > 1e-14][-3:]
    assert last[-1] < 10 * last[-2] ** 2 or last[-1] < 1e-11


def test_all_faults_come_together() -> None:
    model = Model(
        "m",
        (replace(beam(), material=elastic(1e9, 0.7)),),
        (Fixed("w", "beam", "nowhere"),),
        (Traction("t", "beem", "x1", force_N=(1, 0)),),
    )
    with pytest.raises(InputError) as found:
        solve_model(model)
    assert found.value.code == "model.faults"
    for words in ("Pa?", "nu", "nowhere", "beem"):
        assert words in found.value.message
