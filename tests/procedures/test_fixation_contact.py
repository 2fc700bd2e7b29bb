"""Overlap of surfaces that the linear model lets pass, on bodies whose motion is prescribed."""

from dataclasses import replace

import numpy as np
import pytest
from bone_block import AT, GAP_MM, block, halves, lattice, solved

from surgitwin.core.mesh import TetMesh
from surgitwin.core.solids import Box, Cylinder, ImplantSolids
from surgitwin.mechanics.problem import SurfaceContact
from surgitwin.procedures.fracture_fixation.contact import gap_overlap_mm, meetings
from surgitwin.procedures.fracture_fixation.metrics import metrics
from surgitwin.procedures.fracture_fixation.motion import CortexMotion
from surgitwin.procedures.fracture_fixation.walls import contact_surfaces

NAIL_RADIUS, CANAL_HALF = 5.0, 6.0


@pytest.fixture(scope="module")
def setting():
    return block()


def implant(name, solid):
    return ImplantSolids(name, (solid,), "Ti", 110000.0, 0.33, 800.0, 500.0, "test", True)


def prism(radius, low, high, sides=72, layers=12):
    """Tets of a regular prism round the z axis whose first side node lies on +x."""
    angle = 2 * np.pi * np.arange(sides) / sides
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius
    flat = np.vstack([[0, 0], ring])
    z = np.linspace(low, high, layers + 1)
    points = np.concatenate([np.column_stack([flat, np.full(len(flat), at)]) for at in z])
    cells = []
    for k in range(layers):
        for i in range(sides):
            c, a, b = (k * len(flat) + n for n in (0, 1 + i, 1 + (i + 1) % sides))
            c1, a1, b1 = (n + len(flat) for n in (c, a, b))
            cells += [[c, a, b, b1], [c, a, b1, a1], [c, a1, b1, c1]]
    cells = np.array(cells)
    x = points[cells]
    flip = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[flip] = cells[flip][:, [1, 0, 2, 3]]
    return points, cells


def with_implant(context, bone, solids, mesh, metal, bone_u=(0, 0, 0)):
    """A solved run in which implant and bone move by constant vectors of the bone frame."""
    to_lps = context.anatomy.frame.vector_to_lps
    run = solved(context, bone, np.broadcast_to(to_lps(bone_u), bone.mesh.points_mm.shape))
    moved = np.broadcast_to(to_lps(metal), mesh.points_mm.shape)
    load = replace(run.solution.loads[0], implant_displacement_mm=(moved,))
    solution = replace(run.solution, implant_meshes=(mesh,), loads=(load,))
    surfaces = contact_surfaces(bone, bone, [solids], [mesh])
    return replace(run, solution=solution, solids=(solids,), surfaces=surfaces)


@pytest.fixture(scope="module")
def nailed(setting):
    """Bone with a square canal of half width 6 mm, and a nail of radius 5 mm in its middle."""
    context, _, bone = setting
    frame = context.anatomy.frame
    at = frame.from_lps(bone.mesh.points_mm[bone.mesh.corners].mean(axis=1)) - [0, 12, 0]
    wall = (np.abs(at[:, :2]) > CANAL_HALF).any(axis=1)
    modulus = np.where(wall[:, None], bone.modulus_MPa, 2.0)
    bone = replace(bone, tie_mask=wall, modulus_MPa=modulus)
    points, cells = prism(NAIL_RADIUS, -130, -70)
    nodes = frame.to_lps(points + np.array([0.0, 12, 0]))
    mesh = TetMesh(nodes, cells, np.ones(len(cells)), {1: "nail"}).with_midside_nodes()
    ends = frame.to_lps([[0, 12, -130], [0, 12, -70]])
    return context, bone, implant("n", Cylinder("nail", "nail", ends[0], ends[1], NAIL_RADIUS)), mesh


@pytest.mark.parametrize(
    ("metal", "bone_u", "overlap"),
    [
        ((0.8, 0, 0), (0, 0, 0), 0.0),
        ((1.4, 0, 0), (0, 0, 0), 0.4),
        ((0, -1.7, 0), (0, 0, 0), 0.7),
        ((1.4, 0, 0), (-0.3, 0, 0), 0.7),
        ((5.0, 5.0, 0), (5.0, 5.0, 0), 0.0),
        ((0, 0, 3.0), (0, 0, 0), 0.0),
    ],
)
def test_a_nail_moves_into_the_wall_by_what_its_clearance_leaves(nailed, metal, bone_u, overlap):
    context, bone, solids, mesh = nailed
    run = with_implant(context, bone, solids, mesh, metal, bone_u)
    (found,) = meetings(run)
    assert found.overlap_mm(run.solution.loads[0]) == pytest.approx(overlap, abs=0.02)


def test_the_overlap_is_a_metric_with_a_limit_in_every_load(nailed):
    context, bone, solids, mesh = nailed
    run = with_implant(context, bone, solids, mesh, (1.4, 0, 0))
    axial = replace(run.solution.loads[0], name="axial")
    run = replace(run, solution=replace(run.solution, loads=(*run.solution.loads, axial)))
    rows = [m for m in metrics(context, None, run) if m.id == "contact_overlap"]
    assert [(m.part, m.load_case, m.passed, m.verified) for m in rows] == [
        ("n nail", "stance_full", False, False),
        ("n nail", "axial", False, False),
    ]


def test_soft_tissue_stops_nothing(nailed):
    context, bone, solids, mesh = nailed
    soft = replace(bone, modulus_MPa=np.full(np.shape(bone.modulus_MPa), 50.0))
    run = with_implant(context, soft, solids, mesh, (3.0, 0, 0))
    assert not meetings(run)


def test_a_nail_reamed_into_bone_has_no_clearance(nailed):
    """The wall is that of the image: what is reamed away is where the nail lies."""
    _, bone, solids, mesh = nailed
    solid = replace(bone, modulus_MPa=np.full(np.shape(bone.modulus_MPa), 9000.0))
    (surface,) = contact_surfaces(solid, bone, [solids], [mesh])
    found = np.isfinite(surface.clearance_mm)
    assert found.mean() > 0.9
    assert (surface.clearance_mm[found] == 0).all()
    # The force goes to the first bone that is left, beyond the canal.
    assert np.asarray(bone.tie_mask)[surface.cell[found]].all()


def test_contact_is_a_metric_where_it_was_solved(nailed):
    context, bone, solids, mesh = nailed
    run = with_implant(context, bone, solids, mesh, (1.0, 0, 0))
    name = run.surfaces[0].name
    touch = SurfaceContact(name, [0, 1], [2.0, 3.0], [10.0, 0.0], [1.0, 0.0], [1e-4, -1.0], [0.0, 0.0])
    load = replace(run.solution.loads[0], contact=(touch,))
    rows = metrics(context, None, replace(run, solution=replace(run.solution, loads=(load,))))
    values = {m.id: m.value for m in rows if m.part == name}
    assert values["contact_force"] == 20.0
    assert values["contact_area"] == 2.0
    assert values["contact_pressure"] == 10.0
    without = {m.id for m in metrics(context, None, run)}
    assert "contact_overlap" in without
    assert not without & {"contact_force", "contact_area", "contact_pressure"}


def test_a_plate_that_moves_onto_the_bone(setting):
    context, _, bone = setting
    frame = context.anatomy.frame
    points, cells = lattice(2.0, [-20, 6, AT - 20], [-16, 18, AT + 20])
    mesh = TetMesh(frame.to_lps(points), cells, np.ones(len(cells)), {1: "plate"}).with_midside_nodes()
    solids = implant("p", Box("plate", "plate", frame.to_lps([-18, 12, AT]), frame.axes, [2, 6, 20]))
    for metal, overlap in (((1.5, 0, 0), 0.0), ((2.6, 0.5, 0), 0.6), ((-2.6, 0, 0), 0.0)):
        run = with_implant(context, bone, solids, mesh, metal)
        (found,) = meetings(run)
        assert found.overlap_mm(run.solution.loads[0]) == pytest.approx(overlap, abs=0.02)


def test_a_mesh_that_is_not_of_these_solids_is_refused(nailed):
    context, bone, _, mesh = nailed
    ends = context.anatomy.frame.to_lps([[0, 12, -131], [0, 12, -69]])
    other = implant("n", Cylinder("nail", "nail", ends[0], ends[1], NAIL_RADIUS + 1))
    with pytest.raises(ValueError, match="no node on the surface"):
        with_implant(context, bone, other, mesh, (0, 0, 0))


def test_faces_that_pass_through_each_other(setting):
    context, plan, bone = setting
    assert gap_overlap_mm([CortexMotion(2.0, 9.0), CortexMotion(-5.0, 0.0)], 3.0) == 0.0
    assert gap_overlap_mm([CortexMotion(2.0, 9.0), CortexMotion(3.25, 0.0)], 3.0) == 0.25
    for closure, overlap in ((GAP_MM - 0.5, 0.0), (GAP_MM + 0.5, 0.5)):
        run = solved(context, bone, halves(context, bone.mesh, [0, 0, -closure], [0, 0, 0]))
        # Gap cells are no bone, as after `fixation_bone`.
        run = replace(run, bone=replace(bone, tie_mask=np.asarray(bone.mesh.part) == 1))
        (row,) = [m for m in metrics(context, plan, run) if m.id == "contact_overlap"]
        assert (row.part, row.value) == ("gap", pytest.approx(overlap, abs=1e-9))
        assert row.passed is (overlap == 0.0)
