"""Contact of embedded implants with bone: two blocks through the code of the fracture plans.

A bone block, a soft layer, a bone block on top: the implant fills the soft layer and a part of the upper
block, in which it is threaded. Its lower face meets the lower block after a known gap.
"""

from dataclasses import replace

import numpy as np
import pytest
from mechanics_cases import bone_of, box, faces_where

from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics import serial
from surgitwin.mechanics.bone_contact import HALVINGS, contact_rows, overlap_mm, point_pairs
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import (
    ContactSettings,
    ContactSurface,
    Implant,
    LoadCase,
    Patch,
    Problem,
    RemoteLoad,
    SolverSettings,
)

SIDE, LOW, SOFT, HIGH = 10.0, 10.0, 18.0, 26.0
GAP = 0.004
FORCE = 1000.0
E_SOFT = 0.3


def bone(soft_MPa=E_SOFT):
    mesh = box((SIDE, SIDE, HIGH), (4, 4, 13))
    out = bone_of(mesh, modulus=1000.0, poisson=0.0)
    z = mesh.points_mm[mesh.corners].mean(axis=1)[:, 2]
    soft = (z > LOW) & (z < SOFT)
    return replace(out, modulus_MPa=np.where(soft[:, None], soft_MPa, out.modulus_MPa), tie_mask=~soft)


def block():
    """5 x 5 cells over the bone's 4 x 4: nothing matches."""
    flat = box((SIDE, SIDE, 22.0 - LOW - GAP), (5, 5, 6))
    mesh = TetMesh(np.add(flat.points_mm, [0, 0, LOW + GAP]), flat.cells, flat.part, {1: "block"})
    mesh = mesh.with_midside_nodes()
    return Implant("block", mesh, 10000.0, 0.0, faces_where(mesh, "thread", lambda x: x[:, 2] > SOFT + 0.1))


def lower_face(base, implant, halvings=HALVINGS):
    mesh = implant.mesh
    faces, owner = mesh.boundary_faces()
    on = np.isclose(mesh.points_mm[faces][..., 2], LOW + GAP).all(axis=1)
    faces, owner = faces[on], owner[on]
    x = patch_quadrature(mesh, Patch("low", faces), halvings).points_mm
    holds = np.flatnonzero(base.mesh.points_mm[base.mesh.corners].mean(axis=1)[:, 2] < LOW)
    locator = CellLocator(base.mesh.points_mm[base.mesh.corners[holds]])
    y = x - [0, 0, GAP]
    cell, reference, inside = locator.find(y.reshape(-1, 3))
    assert inside.all()
    shape = x.shape[:2]
    normal = np.broadcast_to([0.0, 0, -1], x.shape)
    return ContactSurface(
        "block low", 0, "nail", faces, owner, normal, np.full(shape, GAP),
        holds[cell].reshape(shape), reference.reshape(x.shape),
    )  # fmt: skip


@pytest.fixture(scope="module")
def parts():
    base, implant = bone(), block()
    return base, implant, lower_face(base, implant)


def load(base, force, name="press"):
    top = faces_where(base.mesh, "top", lambda x: np.isclose(x[:, 2], HIGH))
    return LoadCase(name, (RemoteLoad(top, np.array([5.0, 5.0, LOW]), np.asarray(force, float)),))


def problem(parts, contact, *forces, **settings):
    base, implant, surface = parts
    cases = tuple(load(base, f, f"load {n}") for n, f in enumerate(forces))
    return Problem("blocks", base, (implant,), cases, SolverSettings(**settings), 1.0, (surface,), contact)


def run(parts, contact, *forces, **settings):
    return solve([problem(parts, contact, *forces, **settings)])[0]


def balanced(solution):
    for s in solution.loads:
        assert np.linalg.norm(s.applied_N + s.reaction_N) <= 1e-6 * np.linalg.norm(s.applied_N)
        assert s.moment_imbalance <= 1e-6


EXACT = ContactSettings("contact", penetration_mm=1e-6)


def test_contact_patch(parts):
    solution = run(parts, EXACT, [0, 0, -FORCE])
    balanced(solution)
    (load,) = solution.loads
    (touch,) = load.contact
    assert touch.force_N == pytest.approx(FORCE, rel=1e-3)
    assert touch.contact_area_mm2 == pytest.approx(SIDE**2, rel=1e-9)
    assert touch.mean_pressure_MPa == pytest.approx(FORCE / SIDE**2, rel=1e-2)
    assert touch.pressure_MPa == pytest.approx(FORCE / SIDE**2, rel=0.04)  # every vertex; measured 1.5 %
    assert np.abs(touch.overlap_mm).max() <= 1e-5
    # The gap, 10 mm below it and the block above it, all in uniaxial stress.
    lower = solution.bone_mesh.points_mm
    at = np.isclose(lower[:, 2], LOW)
    assert load.bone_displacement_mm[at, 2].mean() == pytest.approx(-FORCE / SIDE**2 * LOW / 1000, rel=0.01)


def test_no_tension(parts):
    pulled = run(parts, EXACT, [0, 0, 1.0])
    free = run(parts, ContactSettings("none"), [0, 0, 1.0])
    assert pulled.loads[0].contact[0].force_N == 0.0
    assert pulled.loads[0].remote_displacement_mm == pytest.approx(
        free.loads[0].remote_displacement_mm, rel=1e-6, abs=1e-8
    )
    assert not free.loads[0].contact


def test_gap_opens_before_force(parts):
    """A load that the soft layer bears before the gap closes transmits nothing through the contact."""
    small = 0.2 * E_SOFT * SIDE**2 * GAP / (SOFT - LOW)
    solution = run(parts, EXACT, [0, 0, -small], [0, 0, -100 * small])
    first, second = (s.contact[0] for s in solution.loads)
    assert first.force_N == 0.0
    assert first.overlap_mm.max() < 0
    assert second.force_N > 0
    assert not solution.facts["derived_from"], "loads are not proportional"
    assert not solution.facts["contact"]["proportional"]


def test_friction_sticks(parts):
    wanted = 0.8 * 0.3 * FORCE
    solution = run(parts, ContactSettings("contact", 0.3, penetration_mm=1e-3), [wanted, 0, -FORCE])
    balanced(solution)
    (touch,) = solution.loads[0].contact
    assert touch.area_mm2 @ touch.friction_MPa == pytest.approx(wanted, rel=0.01)
    assert touch.slip_mm.max() < 0.02


def test_friction_slips():
    """More than friction bears: the rest goes through the soft layer, here fifteen times stiffer."""
    friction = 0.3
    base = bone(15 * E_SOFT)
    parts = base, block(), lower_face(base, block())
    contact = ContactSettings("contact", friction, penetration_mm=1e-3)
    solution = run(parts, contact, [1.4 * friction * FORCE, 0, -FORCE])
    balanced(solution)
    (touch,) = solution.loads[0].contact
    assert touch.area_mm2 @ touch.friction_MPa == pytest.approx(friction * touch.force_N, rel=0.01)
    assert touch.slip_mm.min() > 0.2
    assert (touch.friction_MPa <= friction * touch.pressure_MPa * (1 + 1e-6)).all()


def test_order_of_stiffness(parts):
    moved = {}
    for model in ("none", "contact", "glued"):
        solution = run(parts, ContactSettings(model), [30.0, 0, -FORCE])
        balanced(solution)
        moved[model] = float(np.linalg.norm(solution.loads[0].remote_displacement_mm))
        assert solution.facts["contact"]["model"] == model
    assert moved["glued"] < moved["contact"] < moved["none"]


def test_direct_and_iterative_agree(parts):
    contact = ContactSettings("contact", 0.2)
    cg, direct = (run(parts, contact, [50.0, 0, -FORCE], method=m).loads[0] for m in ("cg", "mumps"))
    assert cg.contact[0].force_N == pytest.approx(direct.contact[0].force_N, rel=1e-6)
    assert cg.energy_mJ == pytest.approx(direct.energy_mJ, rel=1e-6)
    assert cg.iterations > 0
    assert direct.iterations == 0


def test_energy_is_the_strain_energy(parts):
    """Of the lower 10 mm and the load's path through implant and upper block: half the load's work less the
    gap's closing, which stores nothing."""
    load = run(parts, EXACT, [0, 0, -FORCE]).loads[0]
    work = FORCE * -load.remote_displacement_mm[2] / 2
    assert load.energy_mJ == pytest.approx(work - FORCE * GAP / 2, rel=1e-3)


def test_rigid_motion_opens_nothing(parts):
    base, implant, surface = parts
    mesh = base.mesh.with_midside_nodes()
    rows = contact_rows(point_pairs(surface, implant.mesh, mesh))
    x = np.vstack([mesh.points_mm, implant.mesh.points_mm])
    u = np.add(np.cross([0.02, -0.01, 0.03], x), [1.0, 2.0, 3.0])
    for matrix in (rows.normal, *rows.tangent):
        assert np.abs(matrix @ u.ravel()).max() < 1e-12
    assert rows.gap_mm == pytest.approx(GAP)
    pushed = np.broadcast_to([0, 0, -0.01], implant.mesh.points_mm.shape)
    assert overlap_mm(rows, np.zeros(mesh.points_mm.shape), pushed) == pytest.approx(0.01 - GAP)


def test_rigid_patch_and_contact(parts):
    one = problem(parts, EXACT, [0, 0, -FORCE])
    case = replace(one.loads[0], loads=(replace(one.loads[0].loads[0], rigid=True),))
    load = solve([replace(one, loads=(case,))])[0].loads[0]
    assert load.contact[0].force_N == pytest.approx(FORCE, rel=1e-3)


def test_problem_and_solution_survive_their_files(parts, tmp_path):
    one = problem(parts, ContactSettings("contact", 0.25), [10.0, 0, -FORCE])
    serial.save_problem(one, tmp_path / "p")
    again = serial.load_problem(tmp_path / "p")
    assert again.contact == one.contact
    assert (again.surfaces[0].reference == one.surfaces[0].reference).all()
    solution = solve([again])[0]
    serial.save_solution(solution, tmp_path / "s")
    read = serial.load_solution(tmp_path / "s")
    ours, theirs = solution.loads[0].contact[0], read.loads[0].contact[0]
    assert theirs.name == "block low"
    assert theirs.force_N == ours.force_N
    assert (theirs.vertices == ours.vertices).all()
