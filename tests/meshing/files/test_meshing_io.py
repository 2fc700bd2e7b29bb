"""Files: what is written can be read elsewhere, says its frame and notice, and wrong input is refused."""

from __future__ import annotations

import shutil
import subprocess

import meshio
import numpy as np
import pytest
import pyvista as pv

from surgitwin.core.errors import GeometryError, InputError, StorageError, UsageError
from surgitwin.core.field_text import text_in
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing import get_mesher
from surgitwin.meshing.files import abaqus
from surgitwin.meshing.files import vtu as io
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.meshing.lattice import orient


@pytest.fixture
def ball():
    sphere = pv.Sphere(radius=20, center=(5, -7, 300), theta_resolution=20, phi_resolution=20)
    return SurfaceMesh(np.array(sphere.points, float), sphere.regular_faces)


@pytest.fixture
def bar():
    """A bar 2 x 2 x 20 mm of ten-node tetrahedra along z."""
    x, y, z = np.meshgrid(range(3), range(3), range(21), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1).astype(float)
    grid = pv.StructuredGrid(x.astype(float), y.astype(float), z.astype(float)).triangulate()
    tets = orient(np.array(grid.points, float), grid.cells_dict[pv.CellType.TETRA])
    assert len(points) == len(grid.points)
    half = np.where(grid.points[tets].mean(axis=1)[:, 2] < 10, 1, 2)
    return TetMesh(np.array(grid.points, float), tets, half, {1: "bone", 2: "gap"}).with_midside_nodes()


def test_vtu_keeps_nodes_parts_and_notice(bar, tmp_path):
    path = tmp_path / "bar.vtu"
    io.write_vtu(
        path,
        bar,
        {"displacement": bar.points_mm * 2},
        {"E_MPa": bar.part * 1.0},
        {"note": 'peaks <here> & "there", Schuh', "body_weight_N": 700.0},
        units={"E_MPa": "MPa"},
    )
    other = meshio.read(path)
    assert np.array_equal(other.cells_dict["tetra10"], bar.cells)
    assert text_in(other.field_data)["part_names"] == "1=bone, 2=gap"
    assert other.field_data["body_weight_N"] == 700.0
    grid = pv.read(path)
    assert text_in(grid.field_data.keys()) == {
        "notice": "Not for clinical use",
        "frame": "LPS",
        "length_unit": "mm",
        "units": "E_MPa=MPa",
        "note": 'peaks <here> & "there", Schuh',
        "part_names": "1=bone, 2=gap",
    }
    assert bytes(grid.field_data["frame"]).decode() == "LPS"
    assert bytes(other.field_data["units"]).decode() == "E_MPa=MPa"
    assert set(grid.celltypes) == {pv.CellType.QUADRATIC_TETRA}
    assert np.allclose(grid.point_data["displacement"], bar.points_mm * 2)
    back = io.read_vtu(path)
    assert np.array_equal(back.cells, bar.cells)
    assert np.allclose(back.points_mm, bar.points_mm)
    assert back.names == bar.names
    assert np.array_equal(back.part, bar.part)


def test_vtu_with_strings_as_written_before_is_read(bar, tmp_path):
    grid = pv.UnstructuredGrid({pv.CellType.QUADRATIC_TETRA: np.asarray(bar.cells)}, np.array(bar.points_mm))
    grid.cell_data["part_id"] = bar.part
    grid.save(tmp_path / "none.vtu")
    with pytest.raises(InputError) as nameless:
        io.read_vtu(tmp_path / "none.vtu")
    assert nameless.value.code == "mesh.unreadable"
    grid.field_data["part_names"] = ["1=bone, 2=gap"]
    grid.save(tmp_path / "old.vtu")
    assert io.read_vtu(tmp_path / "old.vtu").names == bar.names


def test_stl_and_ply_and_vtp_come_back_in_place(ball, tmp_path):
    io.write_stl(tmp_path / "a.stl", ball)
    header = (tmp_path / "a.stl").read_bytes()[:80].decode()
    assert "Not for clinical use" in header
    assert "LPS" in header
    assert "mm" in header
    io.write_ply(tmp_path / "a.ply", ball)
    assert b"Not for clinical use" in (tmp_path / "a.ply").read_bytes()[:200]
    io.write_vtp(tmp_path / "a.vtp", ball)
    assert pv.read(tmp_path / "a.vtp").field_data["notice"][0] == "Not for clinical use"
    for name in ("a.stl", "a.ply"):
        back = read_surface_file(tmp_path / name).mesh
        assert back.volume_mm3 == pytest.approx(ball.volume_mm3, rel=1e-4)
        assert np.allclose(back.points_mm.mean(0), (5, -7, 300), atol=1e-3)


def test_inside_out_file_is_turned(ball, tmp_path):
    io.write_stl(tmp_path / "a.stl", SurfaceMesh(ball.points_mm, ball.triangles[:, ::-1]))
    assert read_surface_file(tmp_path / "a.stl").mesh.volume_mm3 > 0


def test_wrong_surfaces_are_refused_with_reason(ball, tmp_path):
    io.write_stl(tmp_path / "open.stl", SurfaceMesh(ball.points_mm, ball.triangles[3:]))
    assert read_surface_file(tmp_path / "open.stl").open_edges > 0
    for factor in (1000, 0.001):
        io.write_stl(tmp_path / "big.stl", SurfaceMesh(ball.points_mm * factor, ball.triangles))
        with pytest.raises(InputError) as refused:
            read_surface_file(tmp_path / "big.stl")
        assert refused.value.code == "mesh.units"
    (tmp_path / "text.stl").write_text("this is no surface")
    with pytest.raises(InputError) as unreadable:
        read_surface_file(tmp_path / "text.stl")
    assert unreadable.value.code == "mesh.unreadable"
    with pytest.raises(StorageError):
        io.write_stl(tmp_path / "nowhere" / "a.stl", ball)


def test_abaqus_file_runs_in_calculix_and_stretches_as_it_should(bar, tmp_path):
    path = tmp_path / "bar.inp"
    z = bar.points_mm[:, 2]
    top = np.flatnonzero(z == 20)
    force = {int(n): (0.0, 0.0, 100.0 / len(top)) for n in top}
    materials = {"bone": (10_000.0, 0.0), "gap": (1_000.0, 0.0)}
    abaqus.write_abaqus(path, bar, materials, np.flatnonzero(z == 0), force)
    text = path.read_text()
    assert text.startswith("** Not for clinical use")
    assert np.array_equal(meshio.read(path).cells_dict["tetra10"], bar.cells)
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX (ccx) is not installed")
    done = subprocess.run(["ccx", "bar"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "Job finished" in done.stdout, done.stdout[-500:]
    exact = 100 / 4 * (5 / 10_000 + 5 / 1_000)  # away from the ends, where nodal forces act
    along = read_displacement(tmp_path / "bar.frd", len(bar.points_mm))[:, 2]
    assert along[z == 15].mean() - along[z == 5].mean() == pytest.approx(exact, rel=0.01)


def read_displacement(path, count):
    """(count, 3) of the first displacement block of a CalculiX .frd file."""
    out, inside = np.zeros((count, 3)), False
    for line in path.read_text().splitlines():
        if line.startswith(" -4  DISP"):
            inside = True
        elif inside and line.startswith(" -1"):
            out[int(line[3:13]) - 1] = [float(line[13 + 12 * k : 25 + 12 * k]) for k in range(3)]
        elif inside and line.startswith(" -3"):
            break
    return out


def test_conforming_mesher_is_refused_with_advice():
    with pytest.raises(GeometryError) as error:
        get_mesher("cgal")
    assert error.value.code == "mesh.no_conforming_program"
    assert "meshing.md" in error.value.hint
    assert get_mesher().name == "stuffing-mmg3d"
    with pytest.raises(UsageError) as unknown:
        get_mesher("unknown")
    assert unknown.value.code == "mesh.unknown_mesher"
