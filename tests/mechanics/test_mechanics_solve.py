"""The solver against exact answers, balance, symmetry and scaling, on meshes that cost little."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("dolfinx_solver")

from mechanics.mechanics_cases import bone_of, box, faces_where, rod_through_tube, tube
from surgitwin.core.errors import Cancelled, GeometryError, InputError, SolverError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.progress import Progress
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.postprocess import cell_strain, displacement_at
from surgitwin.mechanics.problem import Bone, LoadCase, Problem, RemoteLoad, SolverSettings


def top(mesh, z):
    return faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], z))


def case(name, patch, point, force, moment=(0, 0, 0)):
    return LoadCase(name, (RemoteLoad(patch, np.array(point), np.array(force), np.array(moment)),))


@pytest.fixture(scope="module")
def tube_bone() -> Bone:
    return bone_of(tube(cells=(2, 16, 10)))


@pytest.fixture(scope="module")
def axial(tube_bone) -> LoadCase:
    return case("axial", top(tube_bone.mesh, 60), (20, 0, 60), (0, 0, -1000.0))


def one(problem):
    return solve([problem])[0]


def test_patch_test_uniform_tension_on_distorted_cells():
    """Uniaxial stress is exact for linear displacement: strain is constant in every distorted cell."""
    mesh = box((10, 10, 10), (3, 3, 3))
    inner = ((mesh.points_mm > 1e-6) & (mesh.points_mm < 10 - 1e-6)).all(axis=1)
    points = np.array(mesh.points_mm)
    points[inner] += np.random.default_rng(1).uniform(-0.6, 0.6, (inner.sum(), 3))
    mesh = TetMesh(points, mesh.cells, mesh.part)
    bone = bone_of(mesh, 1000.0, poisson=0.0)  # without contraction the clamp does not disturb the field
    s = one(Problem("patch", bone, (), (case("pull", top(mesh, 10), (5, 5, 10), (0, 0, 500.0)),),
                    SolverSettings(rtol=1e-12)))  # fmt: skip
    strain = cell_strain(s.bone_mesh, s.loads[0].bone_displacement_mm, [[0.25, 0.25, 0.25]])[:, 0]
    exact = np.zeros((3, 3))
    exact[2, 2] = 500 / 100 / 1000
    assert np.abs(strain - exact).max() < 1e-10


def test_cantilever_tip_and_energy():
    """Row 4 of the verification table: 100 x 10 x 10, E 200e3, tip 100 N, fully clamped 0.2001 mm."""
    mesh = box((10, 10, 100), (2, 2, 20))
    s = one(
        Problem("beam", bone_of(mesh, 200e3), (), (case("tip", top(mesh, 100), (5, 5, 100), (100.0, 0, 0)),))
    )
    load = s.loads[0]
    assert load.remote_displacement_mm[0] == pytest.approx(0.20015, rel=0.01)
    assert load.energy_mJ == pytest.approx(100 * load.remote_displacement_mm[0] / 2, rel=1e-6)


def test_tube_under_axial_force_and_bending_follows_beam_theory():
    length, ri, ro, E = 120.0, 7.0, 14.0, 17000.0
    mesh = tube(ri, ro, length, (2, 32, 16))
    patch = top(mesh, length)
    loads = (
        case("axial", patch, (0, 0, length), (0, 0, -1000.0)),
        case("moment", patch, (0, 0, length), (0, 0, 0), (10000.0, 0, 0)),
    )
    loads = (loads[0], case("both", patch, (0, 0, length), (0, 0, -1000.0), (10000.0, 0, 0)))
    s = one(Problem("tube", bone_of(mesh, E), (), loads))
    polygon = mesh.cell_volumes().sum() / (np.pi * (ro**2 - ri**2) * length)
    area, inertia = np.pi * (ro**2 - ri**2) * polygon, np.pi / 4 * (ro**4 - ri**4) * polygon**2
    shortening = -s.loads[0].remote_displacement_mm[2]
    turn = s.loads[1].remote_rotation_rad - s.loads[0].remote_rotation_rad
    assert shortening == pytest.approx(1000 * length / (E * area), rel=0.02)
    assert turn[0] == pytest.approx(10000 * length / (E * inertia), rel=0.03)


def test_remote_load_has_exact_force_moment_and_balance(tube_bone):
    patch = top(tube_bone.mesh, 60)
    force, point = np.array([120.0, -80.0, -700.0]), np.array([35.0, 22.0, 110.0])
    load = one(Problem("remote", tube_bone, (), (case("far", patch, point, force),))).loads[0]
    assert np.allclose(load.applied_N, force, rtol=1e-12)
    assert np.linalg.norm(load.applied_N + load.reaction_N) < 1e-6 * np.linalg.norm(force)
    assert load.moment_imbalance < 1e-6
    assert load.rel_residual <= 1e-8
    assert load.energy_mJ == pytest.approx(force @ load.remote_displacement_mm / 2, rel=1e-6)


def test_double_load_doubles_motion_and_half_stiffness_doubles_it(tube_bone, axial):
    patch = axial.loads[0].patch
    twice = case("twice", patch, (20, 0, 60), (0, 0, -2000.0))
    s, soft = solve([
        Problem("a", tube_bone, (), (axial, twice)),
        Problem("soft", tube_bone, (), (axial,), modulus_factor=0.5),
    ])  # fmt: skip
    single, double = s.loads
    assert s.facts["derived_from"] == {"twice": {"axial": pytest.approx(2.0)}}
    assert np.allclose(double.remote_displacement_mm, 2 * single.remote_displacement_mm, rtol=1e-9)
    assert double.energy_mJ == pytest.approx(4 * single.energy_mJ, rel=1e-9)
    assert np.allclose(soft.loads[0].remote_displacement_mm, 2 * single.remote_displacement_mm, rtol=1e-6)


def test_loads_that_are_combinations_are_not_solved_again(tube_bone, axial):
    patch = axial.loads[0].patch
    side = case("side", patch, (20, 0, 60), (50.0, 0, 0))
    both = case("both", patch, (20, 0, 60), (50.0, 0, -500.0))
    s = one(Problem("lin", tube_bone, (), (axial, side, both)))
    alone = one(Problem("lin", tube_bone, (), (both,)))
    assert set(s.facts["derived_from"]) == {"both"}
    assert np.allclose(s.loads[2].bone_displacement_mm, alone.loads[0].bone_displacement_mm, atol=1e-8)


def test_modulus_factor_leaves_the_gap_alone(axial):
    mesh = tube(cells=(2, 16, 10))
    middle = np.abs(mesh.points_mm[mesh.corners].mean(axis=1)[:, 2] - 30) < 6
    mesh = TetMesh(mesh.points_mm, mesh.cells, np.where(middle, 2, 1), {1: "bone", 2: "gap"})
    bone = bone_of(mesh)
    modulus = np.array(bone.modulus_MPa)
    modulus[middle] = 3.0
    bone = dataclasses.replace(bone, modulus_MPa=modulus)
    healed = dataclasses.replace(bone, modulus_MPa=np.where(modulus < 10, 100.0, modulus))
    stiff, soft, callus = solve([
        Problem("stiff", bone, (), (axial,)),
        Problem("soft", bone, (), (axial,), modulus_factor=0.8),
        Problem("callus", healed, (), (axial,)),
    ])  # fmt: skip
    u = [-x.loads[0].remote_displacement_mm[2] for x in (stiff, soft, callus)]
    assert u[0] < u[1] < 1.02 * u[0]  # the soft gap carries nearly all the motion
    assert u[2] < 0.2 * u[0]  # a stiffer callus lowers motion


def test_mirrored_problem_gives_mirrored_results(tube_bone):
    mesh = tube_bone.mesh
    force = np.array([60.0, 30.0, -900.0])
    a = one(Problem("a", tube_bone, (), (case("f", top(mesh, 60), (25, 8, 70), force),)))
    mirror = np.array([-1.0, 1, 1])
    flipped = TetMesh(mesh.points_mm * mirror, mesh.cells[:, [0, 2, 1, 3]], mesh.part)
    b = one(Problem("b", bone_of(flipped), (), (case("f", top(flipped, 60), (-25, 8, 70), force * mirror),)))
    assert np.allclose(
        b.loads[0].remote_displacement_mm, mirror * a.loads[0].remote_displacement_mm, atol=1e-7
    )
    assert np.allclose(b.loads[0].remote_rotation_rad, -mirror * a.loads[0].remote_rotation_rad, atol=1e-8)


def test_fallback_to_direct_solution_is_visible(tube_bone, axial):
    few = SolverSettings(max_iterations=2)
    s = one(Problem("few", tube_bone, (), (axial,), few))
    good = one(Problem("good", tube_bone, (), (axial,)))
    assert s.facts["solver"].startswith("mumps (fallback")
    assert np.allclose(s.loads[0].bone_displacement_mm, good.loads[0].bone_displacement_mm, atol=1e-7)
    with pytest.raises(SolverError) as error:
        one(Problem("few", tube_bone, (), (axial,), dataclasses.replace(few, fallback_to_direct=False)))
    assert error.value.code == "solver.not_converged"


def test_implant_stiffens_and_agrees_with_the_direct_solution(tube_bone, axial):
    implant = rod_through_tube()
    intact, cg, direct = solve([
        Problem("intact", tube_bone, (), (axial,)),
        Problem("cg", tube_bone, (implant,), (axial,)),
        Problem("mumps", tube_bone, (implant,), (axial,), SolverSettings(method="mumps")),
    ])  # fmt: skip
    a, b = cg.loads[0], direct.loads[0]
    assert a.energy_mJ < 0.999 * intact.loads[0].energy_mJ
    assert a.energy_mJ == pytest.approx(b.energy_mJ, rel=1e-7)
    assert np.allclose(a.implant_displacement_mm[0], b.implant_displacement_mm[0], atol=1e-7)
    assert np.linalg.norm(a.applied_N + a.reaction_N) < 1e-6 * 1000
    assert a.moment_imbalance < 1e-6
    assert cg.facts["n_cells"] == len(tube_bone.mesh.cells) + len(implant.mesh.cells)


def test_band_loads_stop_earlier_and_say_so(tube_bone, axial):
    side = case("side", top(tube_bone.mesh, 60), (0, 0, 60), (100.0, 0, 0))
    exact = one(Problem("exact", tube_bone, (), (axial, side)))
    loose = one(Problem("loose", tube_bone, (), (axial, dataclasses.replace(side, band=True))))
    assert loose.loads[0].rel_residual <= 1e-8 < loose.loads[1].rel_residual <= 1e-6
    assert loose.loads[1].iterations < exact.loads[1].iterations
    u, v = (s.loads[1].bone_displacement_mm for s in (exact, loose))
    assert 0 < np.linalg.norm(u - v) < 1e-5 * np.linalg.norm(u)


def test_first_guess_from_earlier_problems_changes_iterations_only(tube_bone, axial):
    implant = rod_through_tube()
    nominal = Problem("nominal", tube_bone, (implant,), (axial,))
    soft = dataclasses.replace(nominal, name="soft", modulus_factor=0.8)
    first, after = solve([nominal, soft])
    (cold,) = solve([soft])
    assert after.loads[0].iterations < cold.loads[0].iterations
    assert after.loads[0].rel_residual <= 1e-8
    u, v, w = (s.loads[0].bone_displacement_mm for s in (cold, after, first))
    assert np.linalg.norm(u - v) < 1e-7 * np.linalg.norm(u)
    assert np.linalg.norm(u - w) > 0.05 * np.linalg.norm(u)  # not the answer of the other problem


def test_thread_follows_the_bone(tube_bone, axial):
    """Inside the wall the rod's nodes move with the bone to within a small part of the motion."""
    implant = rod_through_tube()
    s = one(Problem("tie", tube_bone, (implant,), (axial,)))
    nodes = np.unique(implant.thread.triangles)
    x = s.implant_meshes[0].points_mm[nodes]
    bone = displacement_at(s.bone_mesh, s.loads[0].bone_displacement_mm, x)
    keep = np.isfinite(bone).all(axis=1)
    jump = np.linalg.norm(s.loads[0].implant_displacement_mm[0][nodes] - bone, axis=1)[keep]
    assert keep.sum() > 10
    assert np.median(jump) < 0.05 * np.linalg.norm(bone[keep], axis=1).mean()


def test_implant_outside_bone_or_in_marrow_is_not_held(tube_bone, axial):
    implant = rod_through_tube()
    away = dataclasses.replace(
        implant,
        mesh=TetMesh(
            np.add(implant.mesh.points_mm, [60, 0, 0]), implant.mesh.cells, implant.mesh.part, {1: "screw"}
        ),
    )
    marrow = dataclasses.replace(tube_bone, tie_mask=np.zeros(len(tube_bone.mesh.cells), bool))
    for problem in (
        Problem("away", tube_bone, (away,), (axial,)),
        Problem("marrow", marrow, (implant,), (axial,)),
    ):
        with pytest.raises(GeometryError, match="screw") as error:
            solve([problem])
        assert error.value.code == "implant.not_held"


def test_bad_numbers_are_refused(tube_bone, axial):
    for modulus in (np.nan, 0.0, -5.0, 17e9):
        bone = dataclasses.replace(tube_bone, modulus_MPa=np.full_like(tube_bone.modulus_MPa, modulus))
        with pytest.raises(InputError) as error:
            solve([Problem("bad", bone, (), (axial,))])
        assert error.value.code == "material.out_of_range"
    mesh = tube_bone.mesh
    inverted = TetMesh(mesh.points_mm, mesh.cells[:, [0, 2, 1, 3]], mesh.part)
    with pytest.raises(InputError) as error:
        solve([Problem("bad", dataclasses.replace(tube_bone, mesh=inverted), (), (axial,))])
    assert error.value.code == "mesh.inverted_cells"


def test_a_loose_fragment_is_singular(tube_bone, axial):
    """Two separate tubes of which only the lower one is clamped."""
    mesh = tube_bone.mesh
    n = len(mesh.points_mm)
    upper = np.add(mesh.points_mm, [0, 0, 80])
    cells = np.vstack([mesh.cells, mesh.cells + n])
    both = TetMesh(np.vstack([mesh.points_mm, upper]), cells, np.ones(len(cells)))
    load = case("top", top(both, 140), (0, 0, 140), (0, 0, -100.0))
    with pytest.raises(SolverError) as error:
        solve([Problem("loose", bone_of(both), (), (load,))])
    assert error.value.code == "solver.singular"


def test_cancel_stops_between_iterations(tube_bone, axial):
    seen: list[str] = []
    progress = Progress(lambda e: seen.append(e.message), lambda: any("residual" in m for m in seen))
    with pytest.raises(Cancelled):
        solve([Problem("a", tube_bone, (), (axial,))], progress)


def test_matrices_are_reused_from_disk(tube_bone, axial, tmp_path):
    problem = Problem("a", tube_bone, (), (axial,))
    first = solve([problem], cache_dir=tmp_path)[0]
    again = solve([problem], cache_dir=tmp_path)[0]
    assert (first.facts["bone_matrix_from_cache"], again.facts["bone_matrix_from_cache"]) == (False, True)
    assert np.allclose(first.loads[0].bone_displacement_mm, again.loads[0].bone_displacement_mm, atol=1e-9)
    for path in tmp_path.glob("*.npy"):
        path.write_bytes(path.read_bytes()[:100])
    damaged = solve([problem], cache_dir=tmp_path)[0]
    assert damaged.facts["bone_matrix_from_cache"] is False


def test_rigid_option_moves_the_patch_as_one_body_and_is_stiffer(tube_bone):
    """Bending by an eccentric force: the distributing load lets the end warp, the rigid one does not."""
    patch = top(tube_bone.mesh, 60)
    point, force = np.array([25.0, 5, 80]), np.array([100.0, 0, -1000])
    rigid = LoadCase("rigid", (RemoteLoad(patch, point, force, rigid=True),))
    implant = rod_through_tube()
    free, stiff, plated = solve([
        Problem("free", tube_bone, (), (case("free", patch, point, force),)),
        Problem("rigid", tube_bone, (), (rigid,)),
        Problem("plated", tube_bone, (implant,), (rigid,)),
    ])  # fmt: skip
    load = stiff.loads[0]
    nodes = np.unique(patch.triangles)
    x = stiff.bone_mesh.points_mm[nodes]
    exact = load.remote_displacement_mm + np.cross(load.remote_rotation_rad, x - point)
    assert np.allclose(load.bone_displacement_mm[nodes], exact, atol=1e-9)
    assert np.linalg.norm(load.applied_N + load.reaction_N) < 1e-6 * 1000
    assert load.moment_imbalance < 1e-6
    assert 0.9 * free.loads[0].energy_mJ < load.energy_mJ < free.loads[0].energy_mJ
    assert plated.loads[0].energy_mJ < load.energy_mJ
