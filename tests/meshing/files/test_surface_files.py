"""Surfaces of other programs: one shape from every format, unit and frame asked, damaged files refused."""

from __future__ import annotations

import meshio
import numpy as np
import pytest
import pyvista as pv
from netgen.occ import Box, Pnt

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.files import vtu as io
from surgitwin.meshing.files.surfaces import read_surface_file

SIZE = (10.0, 20.0, 40.0)
MIDDLE = (5.0, 10.0, 120.0)


@pytest.fixture
def box():
    return pv.Box(bounds=(0, 10, 0, 20, 100, 140)).triangulate()


def written(box, path):
    """The box as another program writes it: nothing said of unit and frame."""
    if path.suffix in (".step", ".stp"):
        Box(Pnt(0, 0, 100), Pnt(*SIZE[:2], 140)).WriteStep(str(path))
    elif path.suffix in (".obj", ".ply"):
        meshio.write_points_cells(path, box.points, [("triangle", box.regular_faces)])
    else:
        box.save(path)
    return path


@pytest.mark.parametrize("name", ["a.stl", "a.obj", "a.ply", "a.vtp", "a.step"])
def test_every_format_gives_the_same_box(box, tmp_path, name):
    path = written(box, tmp_path / name)
    step = name.endswith("step")
    with pytest.raises(InputError) as caught:
        read_surface_file(path)
    assert caught.value.code == ("surface.frame_unknown" if step else "surface.unit_unknown")
    assert "--frame" in caught.value.hint
    unit = None if step else "mm"
    found = read_surface_file(path, unit=unit, frame="lps")
    assert found.open_edges == 0
    assert found.mesh.volume_mm3 == pytest.approx(8000, rel=1e-5)
    assert np.allclose((found.mesh.points_mm.min(0) + found.mesh.points_mm.max(0)) / 2, MIDDLE, atol=1e-4)
    if step:  # each reading is a process of its own
        return
    turned = read_surface_file(path, unit=unit, frame="ras")
    assert np.allclose(turned.mesh.points_mm.min(0), (-10, -20, 100), atol=1e-4)
    assert turned.mesh.volume_mm3 == pytest.approx(8000, rel=1e-5)
    assert read_surface_file(path, unit=unit, frame="own").as_dict()["frame"] == "own"


def test_units_and_implausible_sizes(box, tmp_path):
    path = written(box, tmp_path / "a.stl")
    assert read_surface_file(path, unit="cm", frame="own").mesh.volume_mm3 == pytest.approx(8e6, rel=1e-5)
    with pytest.raises(InputError) as caught:
        read_surface_file(path, unit="m", frame="own")
    assert caught.value.code == "mesh.units"
    (note,) = read_surface_file(path, unit="m", frame="own", accept_size=True).notes
    assert "Accepted" in note


def test_what_a_file_says_is_believed_and_not_overruled(box, tmp_path):
    mesh = SurfaceMesh(np.array(box.points, float), box.regular_faces)
    for name, write in (("a.stl", io.write_stl), ("a.ply", io.write_ply), ("a.vtp", io.write_vtp)):
        write(tmp_path / name, mesh)
        found = read_surface_file(tmp_path / name)
        assert (found.frame, found.unit) == ("lps", "mm"), name
        with pytest.raises(UsageError) as caught:
            read_surface_file(tmp_path / name, frame="ras")
        assert caught.value.code == "surface.contradiction"
    raw = (tmp_path / "a.stl").read_bytes()
    (tmp_path / "s.stl").write_bytes(b"3D Slicer output. SPACE=RAS".ljust(80) + raw[80:])
    assert read_surface_file(tmp_path / "s.stl", unit="mm").frame == "ras"


def test_a_ply_header_without_end_is_refused_at_once(box, tmp_path):
    raw = written(box, tmp_path / "a.ply").read_bytes()
    (tmp_path / "b.ply").write_bytes(raw.replace(b"end_header", b"end_heade_"))
    with pytest.raises(InputError) as caught:
        read_surface_file(tmp_path / "b.ply", unit="mm", frame="lps")
    assert caught.value.code == "mesh.unreadable"


@pytest.mark.parametrize("name", ["a.stl", "a.obj", "a.ply", "a.vtp", "a.step"])
def test_damaged_files_are_refused(box, tmp_path, name):
    whole = written(box, tmp_path / name).read_bytes()
    for n, data in enumerate((b"hello", whole[: len(whole) // 3], b"")):
        path = tmp_path / f"{n}{name}"
        path.write_bytes(data)
        if name == "a.step" and n == 2:
            continue
        unit = None if name == "a.step" else "mm"
        with pytest.raises(InputError) as caught:
            read_surface_file(path, unit=unit, frame="lps")
        assert caught.value.code == "mesh.unreadable"


@pytest.mark.parametrize("beyond", [1, 10**8, 2 * 10**9])
def test_polygons_of_points_that_are_not_there_end_no_program(tmp_path, beyond):
    """VTK's triangulation read far beyond its points: a segmentation fault in one of its threads."""
    path = tmp_path / "far.obj"
    path.write_text(f"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\nf 1 2 3 {4 + beyond}\n")
    with pytest.raises(InputError) as caught:
        read_surface_file(path, unit="mm", frame="lps")
    assert caught.value.code == "mesh.unreadable"
