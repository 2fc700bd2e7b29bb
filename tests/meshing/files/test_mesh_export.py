"""Meshes in the files of other programs: read again by other readers, node order checked by curved
volumes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import meshio
import numpy as np
import pytest
import pyvista as pv
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader

from surgitwin.core.mesh import TET10_EDGES, TetMesh
from surgitwin.meshing.files.abaqus import write_abaqus
from surgitwin.meshing.files.border import border, write_border_ply, write_border_stl
from surgitwin.meshing.files.febio import write_febio
from surgitwin.meshing.files.gmsh import write_gmsh
from surgitwin.meshing.files.vtu import read_vtu, write_vtu
from surgitwin.meshing.files.xdmf import write_xdmf
from surgitwin.meshing.lattice import orient
from surgitwin.meshing.quality import element_volumes, scaled_jacobian
from surgitwin.meshing.surface import open_edges

RADIUS, HEIGHT = 10.0, 12.0


@pytest.fixture(scope="module", params=[1, 2], ids=["linear", "quadratic"])
def mesh(request):
    """A drum of two parts; its ten-node cells are curved on the side, so a wrong order shows."""
    disc = pv.Disc(inner=0.0, outer=RADIUS, r_res=4, c_res=24).triangulate().clean()
    solid = pv.merge([disc.extrude((0, 0, HEIGHT), capping=True)]).clean()
    grid = solid.delaunay_3d()
    points = np.array(grid.points, float)
    tets = orient(points, grid.cells_dict[pv.CellType.TETRA].astype(np.int64))
    tets = tets[np.abs(TetMesh(points, tets, np.ones(len(tets))).cell_volumes()) > 1e-3]
    used, inverse = np.unique(tets, return_inverse=True)
    tets, points = inverse.reshape(-1, 4), points[used]
    part = np.where(points[tets].mean(axis=1)[:, 0] < 0, 1, 7)
    straight = TetMesh(points, tets, part, {1: "bone", 7: "dense bone"})
    if request.param == 1:
        return straight
    curved = straight.with_midside_nodes()
    bent = np.array(curved.points_mm)
    ends = curved.cells[:, np.array(TET10_EDGES)].reshape(-1, 2)
    middles = curved.cells[:, 4:].reshape(-1)
    rim = (np.abs(np.hypot(points[:, 0], points[:, 1]) - RADIUS) < 1e-6)[ends].all(axis=1)
    chord = np.hypot(bent[middles, 0], bent[middles, 1])
    rim &= chord > 0.9 * RADIUS
    bent[middles[rim], :2] *= (RADIUS / chord[rim])[:, None]
    return TetMesh(bent, curved.cells, curved.part, curved.names)


def check(mesh, points, cells, part=None, exact=1e-14):
    """The same nodes, cells with the same node order and parts; curved volume and Jacobians agree."""
    order = np.argsort(part, kind="stable") if part is not None else np.arange(len(cells))
    own = np.argsort(mesh.part, kind="stable") if part is not None else order
    assert np.abs(points - mesh.points_mm).max() <= exact * np.abs(mesh.points_mm).max()
    assert np.array_equal(cells[order], mesh.cells[own])
    if part is not None:
        assert np.array_equal(np.asarray(part)[order], mesh.part[own])
    assert element_volumes(points, cells).sum() == pytest.approx(
        element_volumes(mesh.points_mm, mesh.cells).sum(), rel=1e-9
    )
    assert scaled_jacobian(points, cells).min() > 0


def test_the_drum_is_curved_and_a_swapped_order_would_show(mesh):
    volume = element_volumes(mesh.points_mm, mesh.cells).sum()
    exact = np.pi * RADIUS**2 * HEIGHT
    assert volume == pytest.approx(exact, rel=0.02 if mesh.order == 1 else 1e-3)
    if mesh.order == 2:
        swapped = mesh.cells[:, [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]]
        assert scaled_jacobian(mesh.points_mm, swapped).min() < 0


def test_vtu_read_by_meshio_and_ourselves(mesh, tmp_path):
    write_vtu(tmp_path / "a.vtu", mesh)
    back = read_vtu(tmp_path / "a.vtu")
    check(mesh, back.points_mm, back.cells, back.part)
    assert dict(back.names) == dict(mesh.names)
    other = meshio.read(tmp_path / "a.vtu")
    check(mesh, other.points, other.cells[0].data, other.cell_data["part_id"][0])


def test_xdmf_read_by_vtk(mesh, tmp_path):
    path = tmp_path / "a.xdmf"
    write_xdmf(path, mesh, {"E_MPa": mesh.part * 1.5}, {"E_MPa": "MPa"})
    reader = vtkXdmfReader()
    reader.SetFileName(str(path))
    reader.Update()
    grid = pv.wrap(reader.GetOutputDataObject(0))
    grid = grid[0] if isinstance(grid, pv.MultiBlock) else grid
    (cells,) = grid.cells_dict.values()
    check(mesh, np.asarray(grid.points, float), cells, np.asarray(grid.cell_data["part_id"]))
    assert np.allclose(grid.cell_data["E_MPa"], mesh.part * 1.5)
    text = path.read_text()
    for word in ("Not for clinical use", "Frame LPS; unit mm", "7=dense bone", "E_MPa=MPa"):
        assert word in text


def test_gmsh_read_by_meshio_and_in_its_own_order(mesh, tmp_path):
    path = tmp_path / "a.msh"
    write_gmsh(path, mesh)
    other = meshio.read(path)
    cells = np.vstack([block.data for block in other.cells])
    part = np.concatenate(other.cell_data["gmsh:physical"])
    order = np.argsort(mesh.part, kind="stable")
    assert np.array_equal(other.points[cells], mesh.points_mm[mesh.cells[order]])  # nodes stand by volume
    assert np.array_equal(part, mesh.part[order])
    assert {k: tuple(v) for k, v in other.field_data.items()} == {"bone": (1, 3), "dense bone": (7, 3)}
    raw = path.read_bytes()
    assert raw.startswith(b"$MeshFormat\n4.1 1 8")
    assert b"Frame LPS, unit mm" in raw
    # The first element of the last block, as the file has it: gmsh counts edges 4-1, 3-4 for VTK's 9, 8.
    size = 1 + mesh.cells.shape[1]
    body = raw[raw.index(b"$Elements\n") + len(b"$Elements\n") :]
    blocks = int(np.frombuffer(body, np.uint64, 1)[0])
    assert blocks == 2
    first = np.frombuffer(body, np.uint64, size, offset=4 * 8 + 3 * 4 + 8)[1:].astype(int) - 1
    mine = mesh.cells[mesh.part == 1][0]
    order = list(range(4)) if mesh.order == 1 else [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]
    assert first.tolist() == mine[order].tolist()


def test_febio_read_again_with_parts_and_border(mesh, tmp_path):
    path = tmp_path / "a.feb"
    write_febio(path, mesh)
    assert "Not for clinical use. Frame LPS, unit mm" in path.read_text()
    root = ElementTree.parse(path).getroot()
    assert (root.tag, root.get("version")) == ("febio_spec", "4.0")
    section = root.find("Mesh")
    points = np.array([[float(v) for v in node.text.split(",")] for node in section.find("Nodes")])
    assert [int(n.get("id")) for n in section.find("Nodes")] == list(range(1, len(points) + 1))
    names = {v: k for k, v in mesh.names.items()}
    cells, part = [], []
    for block in section.findall("Elements"):
        assert block.get("type") == ("tet4" if mesh.order == 1 else "tet10")
        cells += [[int(v) - 1 for v in element.text.split(",")] for element in block]
        part += [names[block.get("name")]] * len(block)
    check(mesh, points, np.array(cells), np.array(part))
    faces = np.array([[int(v) - 1 for v in face.text.split(",")] for face in section.find("Surface")])
    flat = TetMesh(points, mesh.corners, mesh.part, mesh.names)
    assert open_edges(faces[:, :3]) == 0
    a, b, c = (points[faces[:, n]] for n in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 == pytest.approx(flat.cell_volumes().sum())
    if mesh.order == 2:
        for n, (i, j) in enumerate(((0, 1), (1, 2), (2, 0))):
            away = points[faces[:, 3 + n]] - (points[faces[:, i]] + points[faces[:, j]]) / 2
            assert np.linalg.norm(away, axis=1).max() < 0.1 * RADIUS


def test_abaqus_runs_in_calculix_with_the_volume_that_it_has(mesh, tmp_path):
    z = mesh.points_mm[:, 2]
    materials = {"bone": (1000.0, 0.3), "dense bone": (1000.0, 0.3)}
    used = np.unique(mesh.cells)
    fixed = used[z[used] < 1e-9]
    top = used[z[used] > HEIGHT - 1e-9]
    write_abaqus(tmp_path / "a.inp", mesh, materials, fixed, {int(n): (0.0, 0.0, 1.0) for n in top})
    other = meshio.read(tmp_path / "a.inp")
    check(mesh, other.points, other.cells[0].data, exact=1e-12)
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX (ccx) is not installed")
    text = (tmp_path / "a.inp").read_text()
    text = text.replace("*END STEP", "*EL PRINT, ELSET=BONE, TOTALS=ONLY\nEVOL\n*END STEP")
    (tmp_path / "a.inp").write_text(text)
    done = subprocess.run(["ccx", "a"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "Job finished" in done.stdout, done.stdout[-500:]
    printed = (tmp_path / "a.dat").read_text()
    total = float(re.findall(r"total volume.*?\n\s*\n?\s*([0-9.E+-]+)", printed)[0])
    half = mesh.part == 1
    assert total == pytest.approx(element_volumes(mesh.points_mm, mesh.cells[half]).sum(), rel=1e-3)


def test_border_as_stl_and_ply(mesh, tmp_path):
    shell = border(mesh)
    assert open_edges(shell.triangles) == 0
    straight = TetMesh(mesh.points_mm, mesh.corners, mesh.part, mesh.names)
    assert shell.volume_mm3 == pytest.approx(straight.cell_volumes().sum())
    write_border_stl(tmp_path / "a.stl", mesh)
    write_border_ply(tmp_path / "a.ply", mesh)
    for name in ("a.stl", "a.ply"):
        other = pv.read(tmp_path / name)
        assert other.n_cells == len(shell.triangles)
        assert other.volume == pytest.approx(shell.volume_mm3, rel=1e-4)
