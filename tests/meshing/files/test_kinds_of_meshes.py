"""Every kind of mesh in every format of volumes, read again: nodes, cells, parts, sets, frame and unit."""

from __future__ import annotations

from types import SimpleNamespace

import meshio
import numpy as np
import pytest
import pyvista as pv
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader

from febio_reader import read_febio
from surgitwin.core.field_text import text_in
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.core.mesh import TET10_EDGES, SurfaceMesh
from surgitwin.meshing.files.abaqus import set_names, write_abaqus_mesh
from surgitwin.meshing.files.febio import write_febio
from surgitwin.meshing.files.gmsh import write_gmsh
from surgitwin.meshing.files.vtu import read_vtu, write_vtu
from surgitwin.meshing.files.xdmf import write_xdmf
from surgitwin.meshing.quality import element_volumes, scaled_jacobian
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import open_edges
from surgitwin.meshing.tissues.fill import mesh_tissues
from surgitwin.meshing.walls.vessel import VesselWish, mesh_vessel

CENTRE = np.array([40.0, -25.0, 310.0])
"""LPS mm, away from the origin and unlike along all axes: a flipped axis shows."""


def tissues(order):
    """A ball in a ball, finer near a point of the outer one."""
    grid = ImageGrid((24, 24, 24), CENTRE - 11.5, np.ones(3), np.eye(3))
    k, j, i = np.indices(grid.shape)
    away = np.sqrt((k - 11.4) ** 2 + (j - 11.6) ** 2 + (i - 11.5) ** 2)
    array = np.where(away < 5, 2, np.where(away < 9.5, 1, 0)).astype(np.uint8)
    segments = tuple(Segment(n, name, "", (1, 1, 1)) for n, name in ((1, "cortex <1>"), (2, "marrow & fat")))
    near = Refinement(CENTRE[None] + (9.0, 0, 0), 1.2, 2.0)
    return mesh_tissues(
        LabelMap(array, grid, segments), [s.name for s in segments], 3.0, order=order, refine=[near]
    ).mesh, {}


def vessel(**wish):
    """A straight vessel of 3 mm radius, open at both ends."""
    tube = pv.Cylinder(
        center=CENTRE, direction=(0, 0.6, 0.8), radius=3.0, height=16.0, resolution=24, capping=False
    ).triangulate()
    tube = tube.subdivide(2).clean()
    surface = SurfaceMesh(np.array(tube.points, float), tube.regular_faces)
    made = mesh_vessel(surface, VesselWish(1.8, 1.2, layers=2, **wish))
    return made.mesh, made.boundaries


KINDS = {
    "tissues, local size, straight": lambda: tissues(1),
    "tissues, local size, quadratic": lambda: tissues(2),
    "blood with boundary layers": lambda: vessel(first_mm=0.2),
    "wall": lambda: vessel(wall_mm=0.6),
    "wall and blood": lambda: vessel(wall_mm=0.6, blood=True, first_mm=0.2),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    mesh, boundaries = KINDS[request.param]()
    return SimpleNamespace(kind=request.param, mesh=mesh, boundaries=boundaries)


def same(mesh, points, cells, part, exact=0.0):
    """Points of each cell in its own order, and its part: whatever order the file has parts and nodes in."""
    own = np.argsort(mesh.part, kind="stable")
    other = np.argsort(part, kind="stable")
    assert np.array_equal(np.asarray(part)[other], mesh.part[own])
    assert np.abs(points[cells[other]] - mesh.points_mm[mesh.cells[own]]).max() <= exact
    assert len(points) == len(mesh.points_mm)
    assert scaled_jacobian(np.asarray(points, float), cells).min() == pytest.approx(
        scaled_jacobian(mesh.points_mm, mesh.cells).min(), abs=1e-6
    )


def test_the_kinds_are_what_they_are_called(made):
    assert np.linalg.norm(made.mesh.points_mm.mean(axis=0) - CENTRE) < 5
    assert made.mesh.order == (1 if "straight" in made.kind else 2)
    assert len(made.mesh.names) == {"wall": 1, "wall and blood": 3}.get(made.kind, 2)
    if made.mesh.order == 2:  # curved: a wrong order of nodes would show
        x = made.mesh.points_mm[made.mesh.cells]
        ends = x[:, np.array(TET10_EDGES)].mean(axis=2)
        assert np.linalg.norm(x[:, 4:] - ends, axis=2).max() > 1e-3
        assert (
            scaled_jacobian(made.mesh.points_mm, made.mesh.cells[:, [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]]).min() < 0
        )


def test_vtu(made, tmp_path):
    path = tmp_path / "a.vtu"
    write_vtu(path, made.mesh)
    back, other = read_vtu(path), meshio.read(path)
    same(made.mesh, back.points_mm, back.cells, back.part)
    assert dict(back.names) == dict(made.mesh.names)
    same(made.mesh, other.points, other.cells[0].data, other.cell_data["part_id"][0])
    said = text_in(other.field_data)
    assert (said["frame"], said["length_unit"]) == ("LPS", "mm")


def test_xdmf(made, tmp_path):
    path = tmp_path / "a.xdmf"
    write_xdmf(path, made.mesh, boundaries=made.boundaries)
    reader = vtkXdmfReader()
    reader.SetFileName(str(path))
    reader.Update()
    grid = pv.wrap(reader.GetOutputDataObject(0))
    grid = grid[0] if isinstance(grid, pv.MultiBlock) else grid
    (cells,) = grid.cells_dict.values()
    same(made.mesh, np.asarray(grid.points), cells, np.asarray(grid.cell_data["part_id"]))
    for name, nodes in made.boundaries.items():
        assert np.array_equal(np.flatnonzero(grid.point_data[name]), np.unique(nodes))
    assert "Frame LPS; unit mm" in path.read_text()


def test_gmsh(made, tmp_path):
    path = tmp_path / "a.msh"
    write_gmsh(path, made.mesh)
    other = meshio.read(path)
    cells = np.vstack([block.data for block in other.cells])
    same(made.mesh, other.points, cells, np.concatenate(other.cell_data["gmsh:physical"]))
    assert {int(v[0]): k for k, v in other.field_data.items()} == dict(made.mesh.names)
    assert b"Frame LPS, unit mm" in path.read_bytes()


def test_febio(made, tmp_path):
    path = tmp_path / "a.feb"
    write_febio(path, made.mesh, made.boundaries)
    read = read_febio(path)
    number = {v: k for k, v in made.mesh.names.items()}
    same(made.mesh, read.points, read.cells, np.array([number[n] for n in read.part]))
    assert np.array_equal(read.points, made.mesh.points_mm)
    assert "Frame LPS, unit mm" in path.read_text(encoding="utf-8")
    border = read.surfaces["border"]
    assert open_edges(border[:, :3]) == 0
    a, b, c = (read.points[border[:, n]] for n in range(3))
    inside = element_volumes(read.points, made.mesh.corners).sum()
    assert np.einsum("ij,ij->i", a - CENTRE, np.cross(b - CENTRE, c - CENTRE)).sum() / 6 == pytest.approx(
        inside
    )
    assert set(read.node_sets) == set(made.boundaries)
    for name, nodes in made.boundaries.items():
        assert np.array_equal(np.sort(read.node_sets[name]), np.unique(nodes))
        if name in read.surfaces:
            assert np.isin(read.surfaces[name], nodes).all()
    assert set(read.surfaces) == {"border", *made.boundaries} - {"interface"}


def test_abaqus(made, tmp_path):
    path = tmp_path / "a.inp"
    write_abaqus_mesh(path, made.mesh)
    other = meshio.read(path)
    part = np.zeros(len(made.mesh.cells), int)
    sets = set_names(made.mesh.names.values())
    for number, name in made.mesh.names.items():
        part[other.cell_sets[sets[name]][0]] = number
    same(made.mesh, other.points, other.cells[0].data, part, exact=1e-9)
    assert "Frame LPS; units mm, N, MPa" in path.read_text()
