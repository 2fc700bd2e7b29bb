"""Triangles and tetrahedra: volumes, mid-side nodes, boundary."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.frame import rotation_about
from surgitwin.core.mesh import TET10_EDGES, TET_FACES, SurfaceMesh, TetMesh, triangle_areas


def box_mesh(nx: int, ny: int, nz: int) -> TetMesh:
    """Unit cubes, each split into six tetrahedra along its main diagonal (Kuhn), all positive."""
    index = np.arange((nx + 1) * (ny + 1) * (nz + 1)).reshape(nx + 1, ny + 1, nz + 1)
    points = np.stack(np.meshgrid(range(nx + 1), range(ny + 1), range(nz + 1), indexing="ij"), -1).reshape(
        -1, 3
    )
    cells = []
    for i, j, k in itertools.product(range(nx), range(ny), range(nz)):
        for order in itertools.permutations(range(3)):
            corner = np.array([i, j, k])
            path = [corner.copy()]
            for axis in order:
                corner[axis] += 1
                path.append(corner.copy())
            tet = [int(index[tuple(p)]) for p in path]
            even = order in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
            cells.append(tet if even else [tet[0], tet[2], tet[1], tet[3]])
    return TetMesh(points.astype(float), np.array(cells), np.ones(len(cells), int))


sizes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))


@given(sizes)
def test_volumes_add_up(size) -> None:
    mesh = box_mesh(*size)
    assert (mesh.cell_volumes() > 0).all()
    assert mesh.cell_volumes().sum() == pytest.approx(np.prod(size))


@given(sizes)
def test_midside_nodes_are_shared_and_in_the_middle(size) -> None:
    mesh = box_mesh(*size)
    fine = mesh.with_midside_nodes()
    assert (mesh.order, fine.order) == (1, 2)
    x = fine.points_mm[fine.cells]
    for n, (a, b) in enumerate(TET10_EDGES):
        np.testing.assert_array_equal(x[:, 4 + n], (x[:, a] + x[:, b]) / 2)
    assert len(np.unique(fine.points_mm, axis=0)) == len(fine.points_mm)
    edges = {frozenset(e) for cell in mesh.cells for e in itertools.combinations(cell.tolist(), 2)}
    assert len(fine.points_mm) == len(mesh.points_mm) + len(edges)
    assert fine.with_midside_nodes() is fine
    np.testing.assert_array_equal(fine.cell_volumes(), mesh.cell_volumes())


@given(sizes, st.floats(-3, 3))
def test_boundary_is_closed_and_faces_outwards(size, angle) -> None:
    mesh = box_mesh(*size)
    mesh = TetMesh(mesh.points_mm @ rotation_about((1, 2, 3), angle).T, mesh.cells, mesh.part)
    faces, owner = mesh.boundary_faces()
    nx, ny, nz = size
    assert len(faces) == 4 * (nx * ny + ny * nz + nz * nx)
    # By Gauss: outward faces enclose the volume with a plus sign.
    surface = SurfaceMesh(mesh.points_mm, faces)
    assert surface.volume_mm3 == pytest.approx(nx * ny * nz)
    assert surface.area_mm2 == pytest.approx(2 * (nx * ny + ny * nz + nz * nx))
    directed = [(a, b) for f in faces.tolist() for a, b in ((f[0], f[1]), (f[1], f[2]), (f[2], f[0]))]
    assert {(b, a) for a, b in directed} == set(directed)
    for face, cell in zip(faces, owner, strict=True):
        assert set(face.tolist()) <= set(mesh.cells[cell].tolist())
    x = mesh.points_mm[faces]
    normal = np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0])
    inwards = mesh.points_mm[mesh.cells[owner]].mean(axis=1) - x.mean(axis=1)
    assert (np.einsum("ij,ij->i", normal, inwards) < 0).all()


def test_face_table_is_opposite_to_each_corner() -> None:
    for corner, face in enumerate(TET_FACES):
        assert set(face) == {0, 1, 2, 3} - {corner}


def test_an_inside_out_surface_has_negative_volume() -> None:
    faces, _ = box_mesh(1, 1, 1).boundary_faces()
    mesh = box_mesh(1, 1, 1)
    assert SurfaceMesh(mesh.points_mm, faces[:, ::-1]).volume_mm3 == pytest.approx(-1)


def test_triangle_areas() -> None:
    points = np.array([[0.0, 0, 0], [3, 0, 0], [0, 4, 0], [0, 0, 2]])
    np.testing.assert_allclose(triangle_areas(points, np.array([[0, 1, 2], [0, 1, 3]])), [6, 3])


def test_parts_by_name_and_shapes() -> None:
    mesh = box_mesh(1, 1, 1)
    assert mesh.part_id("bone") == 1
    with pytest.raises(KeyError):
        mesh.part_id("gap")
    with pytest.raises(ValueError, match="cells must be"):
        TetMesh(mesh.points_mm, mesh.cells[:, :3], mesh.part)
    with pytest.raises(ValueError, match="one id per cell"):
        TetMesh(mesh.points_mm, mesh.cells, mesh.part[:-1])


def test_hash_sees_nodes_cells_parts_and_names() -> None:
    mesh = box_mesh(1, 1, 1)
    moved = TetMesh(mesh.points_mm + 1e-9, mesh.cells, mesh.part)
    other_part = TetMesh(mesh.points_mm, mesh.cells, mesh.part + 1)
    renamed = TetMesh(mesh.points_mm, mesh.cells, mesh.part, {1: "gap"})
    assert len({m.hash for m in (mesh, moved, other_part, renamed)}) == 4
    assert TetMesh(mesh.points_mm.copy(), mesh.cells, mesh.part).hash == mesh.hash
