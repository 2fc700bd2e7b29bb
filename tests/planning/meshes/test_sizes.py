"""Local sizes by distance and by curvature, on files and tissues; what is expected is said and refused."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from test_mesh_tissues import case_of, labels_of_two

from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.estimate import MOST_UNASKED, estimate, require_wanted
from surgitwin.meshing.files.vtu import write_stl
from surgitwin.planning.meshes.sizes import LocalSizes, Near, place_points
from surgitwin.planning.meshes.surface import SurfaceTask, mesh_surface_file
from surgitwin.planning.meshes.tissues import mesh_tissues_case, tissue_mesh, tissue_mesh_current


@pytest.fixture
def capsule(tmp_path):
    """A capsule of 4 mm radius and 40 mm along x: only its ends bend both ways."""
    body = pv.Capsule(center=(0, 0, 0), direction=(1, 0, 0), radius=4, cylinder_length=32, resolution=40)
    body = body.triangulate().clean()
    file = tmp_path / "capsule.stl"
    write_stl(file, SurfaceMesh(np.array(body.points), body.regular_faces))
    return SurfaceTask(file, "mm", "lps")


def edge_lengths(file):
    """(m,) mean edge and (m, 3) middle of the cells of a VTU."""
    mesh = pv.read(file)
    x = mesh.points[mesh.cells.reshape(-1, 5)[:, 1:]]
    pairs = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
    return np.linalg.norm(x[:, pairs[:, 0]] - x[:, pairs[:, 1]], axis=2).mean(axis=1), x.mean(axis=1)


def test_elements_are_small_near_a_point_and_only_there(capsule, tmp_path):
    out = tmp_path / "a.vtu"
    sizes = LocalSizes((Near("16,0,0", 0.8, 2.0),))
    made = mesh_surface_file(capsule, out, size_mm=2.5, sizes=sizes)
    assert made.mesher == "stuffing-mmg3d"  # chosen because it makes local sizes
    edge, at = edge_lengths(out)
    away = np.linalg.norm(at - [16, 0, 0], axis=1)
    assert np.median(edge[away < 2]) == pytest.approx(0.8, rel=0.25)
    assert np.median(edge[away > 15]) > 1.7
    assert 0.3 < made.expected.cells / made.measured.cells < 3
    with pytest.raises(GeometryError) as cannot:
        mesh_surface_file(capsule, out, size_mm=2.5, sizes=sizes, mesher="stuffing")
    assert cannot.value.code == "mesh.mesher_cannot"


def test_a_place_far_from_the_body_is_refused(capsule, tmp_path):
    with pytest.raises(UsageError) as far:
        mesh_surface_file(
            capsule, tmp_path / "a.vtu", size_mm=2.5, sizes=LocalSizes((Near("500,0,0", 0.8, 2.0),))
        )
    assert far.value.code == "usage.size_near"
    assert "480 mm from 500,0,0" in far.value.message
    assert not (tmp_path / "a.vtu").exists()
    mesh_surface_file(capsule, tmp_path / "b.vtu", size_mm=2.5, sizes=LocalSizes((Near("22,0,0", 0.8, 0.0),)))


def test_a_place_far_from_the_segments_is_refused(tmp_path):
    case = case_of(tmp_path, labels_of_two())
    with pytest.raises(UsageError) as far:
        mesh_tissues_case(case, size_mm=2.0, sizes=LocalSizes((Near("500,0,0", 0.8, 2.0),)))
    assert far.value.code == "usage.size_near"


def test_elements_follow_the_curvature_of_the_surface(capsule, tmp_path):
    plain = mesh_surface_file(capsule, tmp_path / "a.vtu", size_mm=3.0, mesher="stuffing-mmg3d")
    fine = mesh_surface_file(capsule, tmp_path / "b.vtu", size_mm=3.0, sizes=LocalSizes((), 4.0, 0.5))
    assert fine.measured.cells > 4 * plain.measured.cells  # a radius of 4 mm asks for edges of 1 mm
    assert fine.measured.from_surface_mm < 0.5 * plain.measured.from_surface_mm


def test_places_that_are_none_are_refused(capsule, tmp_path):
    assert place_points("1,2,3/1,2,5", 1.0).shape == (5, 3)
    assert place_points("calcium", 1.0) is None
    for near in (Near("nothing.stl", 1.0), Near("0,0,0", 9.0), Near("0,0,0", 1.0, -1.0)):
        with pytest.raises(UsageError) as wrong:
            mesh_surface_file(capsule, tmp_path / "a.vtu", size_mm=3.0, sizes=LocalSizes((near,)))
        assert wrong.value.code == "usage.size_near"


def test_tissues_get_small_elements_near_one_of_them_and_the_wish_belongs_to_the_mesh(tmp_path):
    case = case_of(tmp_path, labels_of_two())
    done = mesh_tissues_case(case, size_mm=3.0, sizes=LocalSizes((Near("left", 1.2),)))
    mesh = tissue_mesh(done)
    x = mesh.points_mm[mesh.corners]
    edge = np.linalg.norm(x[:, 1:] - x[:, :1], axis=2).mean(axis=1)
    far = x.mean(axis=1)[:, 0] > 11.5
    assert np.median(edge[mesh.part == 1]) < 0.75 * np.median(edge[far])
    assert done.state["mesh"]["sizes"]["near"][0]["place"] == "left"
    assert tissue_mesh_current(done)
    other = mesh_tissues_case(done, size_mm=3.0)
    assert other.state["mesh"]["sizes"] is None
    assert other.state["mesh"]["input_hash"] != done.state["mesh"]["input_hash"]


def test_a_mesh_too_large_to_want_is_refused_before_it_is_begun(capsule, tmp_path):
    with pytest.raises(GeometryError) as large:
        mesh_surface_file(capsule, tmp_path / "a.vtu", size_mm=0.05)
    assert large.value.code == "mesh.large"
    found = estimate("stuffing", 1000.0, 0.1)
    assert found.cells > MOST_UNASKED
    require_wanted(found, 0.1, large=True)
    # The size that the hint names is enough.
    size = float(large.value.hint.split("--size ")[1].split(",")[0])
    require_wanted(estimate("stuffing", 2000.0, size), size, large=False)
