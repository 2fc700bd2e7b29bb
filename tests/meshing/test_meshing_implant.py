"""Implant meshes against the volumes and areas of their solids."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin import meshing
from surgitwin.core.frame import rotation_about
from surgitwin.core.mesh import triangle_areas
from surgitwin.core.solids import ArcRod, Box, Cylinder, ImplantSolids
from surgitwin.meshing.quality import GAUSS, gradient

R = rotation_about([1, 2, 0.5], 0.7)
SHIFT = np.array([40.0, -20.0, 300.0])
MATERIAL = ("titanium", 110e3, 0.3, 800.0, 400.0, "test", False)


@pytest.fixture(scope="module")
def plate():
    solids = [Box("plate", "plate", SHIFT + R @ [2.0, 0, 0], R, np.array([2.0, 6, 20]))]
    for k, z in enumerate((-12.0, 12.0)):
        ends = (SHIFT + R @ [4.0, 0, z], SHIFT + R @ [-16.0, 0, z])
        solids.append(Cylinder("screw", f"screw {k}", *ends, 2.25))
    solids.append(Cylinder("hole", "hole", SHIFT + R @ [-5.0, 0, 0], SHIFT + R @ [9.0, 0, 0], 2.5))
    implant = ImplantSolids("plate", tuple(solids), *MATERIAL)
    return implant, meshing.mesh_implant(implant)


@pytest.fixture(scope="module")
def nail():
    rod = ArcRod("nail", "nail", SHIFT, R[:, 2], R[:, 1], 1 / 900, 80.0, 5.0)
    bolts = [
        Cylinder("bolt", f"bolt {s}", rod.centreline(s) - 20 * R[:, 0], rod.centreline(s) + 20 * R[:, 0], 2.5)
        for s in (15.0, 60.0)
    ]
    implant = ImplantSolids("nail", (rod, *bolts), *MATERIAL)
    return implant, meshing.mesh_implant(implant)


def volume(mesh):
    return sum(q.volume_mm3 for q in meshing.qualities(mesh))


def test_plate_has_its_solids_volume_and_thread_area(plate):
    implant, made = plate
    exact = 4 * 12 * 40 - np.pi * 2.5**2 * 4 + 2 * np.pi * 2.25**2 * 16
    assert volume(made.mesh) == pytest.approx(exact, rel=0.005)
    assert dict(made.mesh.names) == {1: "plate", 2: "screw"}
    assert meshing.quality(made.mesh, 1).volume_mm3 == pytest.approx(4 * 12 * 40 - np.pi * 25, rel=0.02)
    area = triangle_areas(made.mesh.points_mm, made.thread).sum()
    assert area == pytest.approx(2 * 2 * np.pi * 2.25 * 16, rel=0.03)
    assert set(made.solid_of_thread) == {1, 2}
    corners = made.mesh.points_mm[made.thread]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    screw = implant.solids[1]
    mine = made.solid_of_thread == 1
    outward = corners[mine].mean(axis=1) - screw.start_mm
    assert (
        np.einsum("ij,ij->i", normal[mine], outward - np.outer(outward @ screw.direction, screw.direction))
        > 0
    ).all()


def test_bowed_nail_and_bolts(nail):
    implant, made = nail
    area = triangle_areas(made.mesh.points_mm, made.thread).sum()
    assert area == pytest.approx(4 * 2 * np.pi * 2.5 * (20 - 4.66), rel=0.03)
    points = np.random.default_rng(1).uniform(
        made.mesh.points_mm.min(0), made.mesh.points_mm.max(0), (400_000, 3)
    )
    inside = (implant.distance(points) < 0).mean() * np.ptp(made.mesh.points_mm, axis=0).prod()
    assert volume(made.mesh) == pytest.approx(inside, rel=0.02)
    assert meshing.quality(made.mesh, 1).volume_mm3 == pytest.approx(np.pi * 25 * 80, rel=0.005)


@pytest.mark.parametrize("which", ["plate", "nail"])
def test_curved_elements_have_positive_jacobians_and_nodes_on_the_solid(which, request):
    implant, made = request.getfixturevalue(which)
    x = made.mesh.points_mm[made.mesh.cells]
    for at in GAUSS:
        assert (np.linalg.det(np.einsum("ad,mac->mdc", gradient(at), x)) > 0).all()
    assert meshing.quality(made.mesh).min_scaled_jacobian > 0.1
    screw = next(s for s in implant.solids if s.role in ("screw", "bolt"))
    d = made.mesh.points_mm - screw.start_mm
    r = np.linalg.norm(d - np.outer(d @ screw.direction, screw.direction), axis=1)
    middle = np.setdiff1d(made.mesh.cells[:, 4:], made.mesh.corners)
    assert (np.abs(r[middle] - screw.radius_mm) < 1e-4).sum() > 50


def test_sizes_are_followed():
    rod = ImplantSolids("rod", (Cylinder("screw", "s", np.zeros(3), np.array([0, 0, 20.0]), 2.5),), *MATERIAL)
    fine, coarse = (len(meshing.mesh_implant(rod, size).mesh.cells) for size in (0.8, 1.6))
    assert fine > 2.5 * coarse
