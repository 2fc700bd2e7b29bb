"""A hollow rod in a tube with a known gap under transverse load: free until the gap closes, then contact; the
code of the fracture plans against the general engine on the same meshes.

The rod is held by a stiff plate below, which also holds the tube, and loaded through a stiff plate above.
"""

from functools import cache

import numpy as np
import pytest
from mechanics_cases import CUBE, faces_where

from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.bone_contact import HALVINGS
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.fenicsx.solids.engine import solve_model
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.model.couplings import Contact, Side
from surgitwin.mechanics.model.loads import RemoteForce
from surgitwin.mechanics.model.material import elastic
from surgitwin.mechanics.model.mesh import from_tets
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.supports import At, Fixed
from surgitwin.mechanics.patches import patch_quadrature
from surgitwin.mechanics.problem import (
    Bone,
    ContactSettings,
    ContactSurface,
    Implant,
    LoadCase,
    Patch,
    Problem,
    RemoteLoad,
)

SIDES, RADIUS, GAP = 16, 5.0, 0.2
TOP, TUBE, PLATE = 64.0, 60.0, 4.0
E_ROD, E_TUBE, E_PLATE, POISSON = 5000.0, 1000.0, 400e3, 0.3
TURN = np.pi / SIDES
TOWARDS = np.array([np.cos(TURN), np.sin(TURN), 0.0])
"""Of the load: to the middle of a flat side."""
FREE_N, FIRM_N = 3.0, 40.0


def rings(radii, z, keep=lambda r, z: np.ones(len(r), bool)):
    """Ten-node tets between coaxial prisms of SIDES sides, those whose centre (r, z) is kept."""
    nr, nz = len(radii), len(z)
    k, j, i = np.meshgrid(np.arange(nz), np.arange(SIDES), np.arange(nr), indexing="ij")
    angle, r = 2 * np.pi * j.ravel() / SIDES, np.asarray(radii)[i.ravel()]
    points = np.column_stack([r * np.cos(angle), r * np.sin(angle), np.asarray(z)[k.ravel()]])

    def number(a, b, c):
        return a + nr * ((b % SIDES) + SIDES * c)

    k, j, i = (x.ravel() for x in np.meshgrid(range(nz - 1), range(SIDES), range(nr - 1), indexing="ij"))
    corner = np.stack([number(i + a, j + b, k + c) for c in (0, 1) for b in (0, 1) for a in (0, 1)], axis=1)
    middle = (
        (np.asarray(radii)[i] + np.asarray(radii)[i + 1]) / 2,
        (np.asarray(z)[k] + np.asarray(z)[k + 1]) / 2,
    )
    tets = corner[keep(*middle)][:, CUBE].reshape(-1, 4)
    used, tets = np.unique(tets, return_inverse=True)
    points, tets = points[used], tets.reshape(-1, 4)
    mesh = TetMesh(points, tets, np.ones(len(tets), np.int32), {1: "all"})
    flip = mesh.cell_volumes() < 0
    tets[flip] = tets[flip][:, [0, 2, 1, 3]]
    return TetMesh(points, tets, mesh.part, mesh.names)


WALL = (RADIUS, RADIUS + GAP, 9.0)
ROD = (2.0, RADIUS)
SHAFT_Z, TUBE_Z = np.arange(0, TOP + 1, 4.0), np.arange(0, TUBE + 1, 5.0)


def bone():
    z = [-PLATE, *TUBE_Z, TOP, TOP + PLATE]
    mesh = rings(WALL, z, lambda r, z: (z < 0) | (z > TOP) | ((z < TUBE) & (r > RADIUS + GAP)))
    height = mesh.points_mm[mesh.cells].mean(axis=1)[:, 2]
    modulus = np.where((height < 0) | (height > TOP), E_PLATE, E_TUBE)
    support = faces_where(mesh, "support", lambda x: np.isclose(x[:, 2], -PLATE))
    count = len(mesh.cells)
    return Bone(
        mesh, np.repeat(modulus[:, None], 4, axis=1), np.full(count, POISSON), np.ones(count, bool), support
    )


def on_side(x):
    return np.isclose(np.hypot(x[:, 0], x[:, 1]), RADIUS)


def rod():
    mesh = rings(ROD, [-PLATE, *SHAFT_Z, TOP + PLATE])
    height = mesh.points_mm[mesh.cells].mean(axis=1)[:, 2]
    part = np.where((height < 0) | (height > TOP), 2, 1).astype(np.int32)
    mesh = TetMesh(mesh.points_mm, mesh.cells, part, {1: "shaft", 2: "ends"}).with_midside_nodes()

    def thread(x):
        return on_side(x) & ((x[:, 2] < 1e-6) | (x[:, 2] > TOP - 1e-6))

    found = faces_where(mesh, "thread", thread)
    low, high = (
        mesh.points_mm[found.triangles][..., 2].min(axis=1),
        mesh.points_mm[found.triangles][..., 2].max(axis=1),
    )
    return Implant("rod", mesh, E_ROD, POISSON, Patch("thread", found.triangles[(high - low) < PLATE + 1e-6]))


def side(base, implant):
    """The rod's side within the tube, paired with the tube's inside along the normals of the flat sides."""
    mesh = implant.mesh
    faces, owner = mesh.boundary_faces()
    x = mesh.points_mm[faces]
    on = on_side(x.reshape(-1, 3)).reshape(-1, 3).all(axis=1)
    on &= (x[..., 2] > -1e-6).all(axis=1) & (x[..., 2] < TUBE + 1e-6).all(axis=1)
    faces, owner, x = faces[on], owner[on], x[on]
    middle = x.mean(axis=1)
    angle = (np.floor(np.arctan2(middle[:, 1], middle[:, 0]) / (2 * TURN)) + 0.5) * 2 * TURN
    normal = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(len(angle))])
    points = patch_quadrature(mesh, Patch("side", faces), HALVINGS).points_mm
    count = points.shape[1]
    normal = np.repeat(normal[:, None], count, axis=1)
    clearance = np.full((len(faces), count), GAP * np.cos(TURN))
    corners = base.mesh.points_mm[base.mesh.corners]
    wall = np.flatnonzero((corners[..., 2].mean(axis=1) > 0) & (corners[..., 2].mean(axis=1) < TUBE))
    cell, reference, inside = CellLocator(corners[wall]).find(
        (points + clearance[..., None] * normal).reshape(-1, 3)
    )
    assert inside.all()
    return ContactSurface(
        "rod side", 0, "nail", faces, owner, normal, clearance,
        wall[cell].reshape(clearance.shape), reference.reshape(points.shape),
    )  # fmt: skip


@cache
def plan_way(model):
    """Loads FREE_N and FIRM_N through the code of the fracture plans."""
    base, implant = bone(), rod()
    top = faces_where(base.mesh, "top", lambda x: np.isclose(x[:, 2], TOP + PLATE))
    at = np.array([0, 0, TOP + PLATE])
    loads = tuple(LoadCase(f"{f:g}", (RemoteLoad(top, at, f * TOWARDS),)) for f in (FREE_N, FIRM_N))
    contact = ContactSettings(model, penetration_mm=1e-5)
    problem = Problem("tube", base, (implant,), loads, surfaces=(side(base, implant),), contact=contact)
    return solve([problem])[0].loads


def engine_way(force):
    """The same by the general engine: the plates rigid."""
    shaft = rod().mesh
    tube = rings(WALL[1:], TUBE_Z).with_midside_nodes()

    def within(x):
        return on_side(x) & (x[:, 2] > -1e-6) & (x[:, 2] < TUBE + 1e-6)

    def held(x):
        return on_side(x) & (x[:, 2] < 1e-6)

    def cap(x):
        return on_side(x) & (x[:, 2] > TOP - 1e-6)

    def inner(x):
        return np.isclose(np.hypot(x[:, 0], x[:, 1]), RADIUS + GAP)

    meshes = (
        from_tets(shaft).with_surface("side", within).with_surface("held", held).with_surface("cap", cap),
        from_tets(tube).with_surface("inside", inner),
    )
    parts = (
        Part("rod", meshes[0], elastic(E_ROD, POISSON)),
        Part("tube", meshes[1], elastic(E_TUBE, POISSON)),
    )
    push = RemoteForce("push", "rod", "cap", (0, 0, TOP + PLATE), tuple(force * TOWARDS), rigid=True)
    contact = Contact("gap", Side("rod", "side"), Side("tube", "inside"), search_mm=1.0)
    clamps = (Fixed("rod below", "rod", "held"), Fixed("tube below", "tube", At(z=0.0)))
    result = solve_model(Model("tube", parts, clamps, (push,), contacts=(contact,)))
    top = rod().mesh.points_mm[top_nodes()]
    moved = result.part("rod").displacement_at(*top).mean(axis=0) @ TOWARDS
    return result.coupling_facts("gap")["normal_force_N"], moved


def top_nodes():
    """Corner nodes of the rod where it enters the upper plate."""
    mesh = rod().mesh
    corners = np.unique(mesh.corners)
    return corners[np.isclose(mesh.points_mm[corners, 2], TOP)]


def top_of_rod(load):
    return load.implant_displacement_mm[0][top_nodes()].mean(axis=0) @ TOWARDS


def test_free_until_the_gap_closes():
    free, leaning = plan_way("none"), plan_way("contact")
    assert leaning[0].contact[0].force_N == 0.0
    assert top_of_rod(leaning[0]) == pytest.approx(top_of_rod(free[0]), rel=1e-6)
    assert 0.3 * GAP < top_of_rod(free[0]) < GAP, "the load that must not touch is no trivial one"
    assert leaning[1].contact[0].force_N > FIRM_N / 2
    assert top_of_rod(leaning[1]) < 0.8 * top_of_rod(free[1])
    assert leaning[1].contact[0].overlap_mm.max() <= 1e-5


def test_like_the_general_engine():
    free, firm = plan_way("contact")
    touch, moved = engine_way(FIRM_N)
    assert firm.contact[0].force_N == pytest.approx(touch, rel=0.005)
    assert top_of_rod(firm) == pytest.approx(moved, rel=0.005)
    touch, moved = engine_way(FREE_N)
    assert abs(touch) < 1e-9
    assert top_of_rod(free) == pytest.approx(moved, rel=0.005)
