"""Cheap geometries for the mechanics tests: boxes, tubes and a screw-like rod, without a mesher."""

from __future__ import annotations

import numpy as np

from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.problem import Bone, Implant, Patch

# Six tetrahedra of a unit cube (corner numbers i + 2 j + 4 k), all sharing the diagonal 0-7.
CUBE = np.array([[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]])


def box(size=(10.0, 10.0, 10.0), cells=(3, 3, 3)) -> TetMesh:
    """Straight tetrahedra of a box with one corner at the origin."""
    nx, ny, nz = cells
    axes = [np.linspace(0, s, n + 1) for s, n in zip(size, cells, strict=True)]
    z, y, x = np.meshgrid(axes[2], axes[1], axes[0], indexing="ij")
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    k, j, i = np.meshgrid(np.arange(nz), np.arange(ny), np.arange(nx), indexing="ij")
    first = (i + (nx + 1) * (j + (ny + 1) * k)).ravel()
    corner = np.array([a + (nx + 1) * (b + (ny + 1) * c) for c in (0, 1) for b in (0, 1) for a in (0, 1)])
    tets = (first[:, None] + corner)[:, CUBE].reshape(-1, 4)
    mesh = TetMesh(points, tets, np.ones(len(tets)))
    flip = mesh.cell_volumes() < 0
    tets[flip] = tets[flip][:, [0, 2, 1, 3]]
    return TetMesh(points, tets, np.ones(len(tets)))


def tube(inner=7.0, outer=14.0, length=60.0, cells=(2, 24, 12)) -> TetMesh:
    """Straight tetrahedra of a hollow cylinder along z, from z = 0."""
    nr, nt, nz = cells
    flat = box((1.0, 1.0, 1.0), (nr, nt, nz))
    p = flat.points_mm
    r, angle = inner + (outer - inner) * p[:, 0], 2 * np.pi * p[:, 1]
    points = np.stack([r * np.cos(angle), r * np.sin(angle), length * p[:, 2]], -1)
    number = np.arange(len(p)).reshape(nz + 1, nt + 1, nr + 1)
    number[:, nt] = number[:, 0]
    tets = number.ravel()[flat.cells]
    used, tets = np.unique(tets, return_inverse=True)
    return TetMesh(points[used], tets.reshape(-1, 4), np.ones(len(flat.cells)))


def faces_where(mesh: TetMesh, name: str, condition) -> Patch:
    """Boundary triangles all of whose corners satisfy `condition(points)`."""
    faces, _ = mesh.boundary_faces()
    keep = condition(mesh.points_mm)[faces].all(axis=1)
    return Patch(name, faces[keep])


def bone_of(mesh: TetMesh, modulus=17000.0, poisson=0.3, bottom=0.0, degree=2) -> Bone:
    """Homogeneous bone clamped where z == bottom."""
    q = {2: 4, 4: 14}[degree]
    return Bone(
        mesh,
        np.full((len(mesh.cells), q), modulus),
        np.full(len(mesh.cells), poisson),
        np.ones(len(mesh.cells), bool),
        faces_where(mesh, "support", lambda x: np.isclose(x[:, 2], bottom)),
        degree,
    )


def rod_through_tube(z=30.0) -> Implant:
    """A square rod of titanium through one wall of `tube()`, at height z, threaded inside the wall."""
    rod = box((15.0, 4.0, 4.0), (6, 2, 2))
    mesh = TetMesh(
        np.add(rod.points_mm, [4, -2, z - 2]), rod.cells, rod.part, {1: "screw"}
    ).with_midside_nodes()

    def thread(x):
        on_side = np.isclose(np.abs(x[:, 1]), 2) | np.isclose(np.abs(x[:, 2] - z), 2)
        return on_side & (x[:, 0] > 4.1) & (x[:, 0] < 14.1)

    return Implant("rod", mesh, 110e3, 0.3, faces_where(mesh, "thread", thread))
