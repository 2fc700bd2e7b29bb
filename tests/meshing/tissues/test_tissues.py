"""Several tissues in one mesh, on phantoms of exact volume and exact interfaces."""

from __future__ import annotations

import re

import numpy as np
import pytest

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.frame import rotation_about
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.core.mesh import TET_FACES
from surgitwin.meshing import mesh_tissues
from surgitwin.meshing.quality import scaled_jacobian
from surgitwin.meshing.tissues.faces import tissue_faces
from surgitwin.meshing.tissues.fields import tissue_fields
from surgitwin.meshing.tissues.labels import without_specks
from surgitwin.meshing.tissues.report import border_points
from surgitwin.meshing.tissues.thickness import require_cells

SPACING = np.array([0.9, 1.0, 1.2])
VOXEL = float(np.cbrt(SPACING.prod()))
TURN = rotation_about([1, 2, 3], 0.6)
MIDDLE = np.array([5.0, -3.0, 2.0])
OFF_GRID = np.array([0.31, 0.17, 0.53])
"""Of the phantoms' centres: on a voxel, ties of voxels on a border would make the labels themselves wrong."""


def labels_of(which, half=(17.0, 17.0, 17.0), spacing=SPACING):
    """Labels of which(points) in a turned grid whose middle lies at MIDDLE."""
    spacing = np.asarray(spacing, float)
    n = np.ceil(2 * np.array(half) / spacing).astype(int) + 1
    origin = MIDDLE - TURN @ ((n - 1) * spacing / 2)
    grid = ImageGrid((int(n[2]), int(n[1]), int(n[0])), origin, spacing, TURN)
    kji = np.indices(grid.shape).reshape(3, -1).T
    at = local(grid.index_to_lps(kji[:, ::-1].astype(float)))
    array = which(at).reshape(grid.shape).astype(np.uint8)
    names = ("one", "two", "three")
    return LabelMap(array, grid, tuple(Segment(k + 1, n, "0", (1, 1, 1)) for k, n in enumerate(names)))


def local(points):
    return (points - MIDDLE) @ TURN - OFF_GRID


def balls(p):
    r = np.linalg.norm(p, axis=1)
    return np.where(r < 8, 2, np.where(r < 14, 1, 0))


def shelled_rod(p):
    """A rod of radius 8 in a shell 1.5 thick, 24 long."""
    r, inside = np.hypot(p[:, 0], p[:, 1]), np.abs(p[:, 2]) < 12
    return np.where(inside & (r < 8), 2, np.where(inside & (r < 9.5), 1, 0))


def thirds(p):
    """Three sectors of a ball, which meet along a line."""
    angle = np.arctan2(p[:, 1], p[:, 0]) % (2 * np.pi)
    sector = 1 + np.minimum(angle // (2 * np.pi / 3), 2)
    return np.where(np.linalg.norm(p, axis=1) < 13, sector, 0)


@pytest.fixture(scope="module")
def ball_mesh():
    return mesh_tissues(labels_of(balls), ["one", "two"], 2.5)


@pytest.fixture(scope="module")
def rod_mesh():
    return mesh_tissues(labels_of(shelled_rod), ["one", "two"], 2.5)


@pytest.fixture(scope="module")
def sector_mesh():
    return mesh_tissues(labels_of(thirds), ["one", "two", "three"], 2.5)


def require_conforming(mesh):
    """Every face belongs to one or two cells, parts' shared faces are one set, and borders are closed."""
    corners = mesh.corners
    faces = np.sort(corners[:, np.array(TET_FACES)].reshape(-1, 3), axis=1)
    _, count = np.unique(faces, axis=0, return_counts=True)
    assert count.max() == 2
    found = tissue_faces(corners, mesh.part)
    for number in mesh.names:
        border = found.of_part(number)
        edges = border[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64)
        there = np.sort(edges[:, 0] * 10**7 + edges[:, 1])
        back = np.sort(edges[:, 1] * 10**7 + edges[:, 0])
        assert np.array_equal(there, back)
    # No node lies within the face of a neighbour that does not have it: closed borders fill the same volume.
    outer = mesh.points_mm[mesh.boundary_faces()[0]]
    enclosed = np.einsum("ij,ij->i", outer[:, 0], np.cross(outer[:, 1], outer[:, 2])).sum() / 6
    assert mesh.cell_volumes().sum() == pytest.approx(enclosed, rel=1e-9)
    assert (mesh.cell_volumes() > 0).all()


@pytest.mark.parametrize("which", ["ball_mesh", "rod_mesh", "sector_mesh"])
def test_parts_share_their_faces_and_cells_are_good(which, request):
    made = request.getfixturevalue(which)
    mesh = made.mesh
    assert mesh.order == 2
    require_conforming(mesh)
    # Two cells that share an edge share its middle node, curved or not.
    keys, nodes = mesh.edge_table
    assert len(np.unique(nodes)) == len(keys)
    value = scaled_jacobian(mesh.points_mm, mesh.cells)
    assert value.min() > 0.1
    assert np.percentile(value, 1) > 0.22
    for part in made.parts:
        assert abs(part.volume_change) < 0.01
        assert part.p95_mm < VOXEL / 2
        assert part.specks_mm3 == 0


def test_balls_lie_on_their_spheres(ball_mesh):
    mesh = ball_mesh.mesh
    faces = tissue_faces(mesh.corners, mesh.part)
    inner = np.linalg.norm(local(border_points(mesh, faces.of_part(2))), axis=1)
    assert np.percentile(np.abs(inner - 8), 95) < VOXEL / 2
    exact = {"two": 4 / 3 * np.pi * 8**3, "one": 4 / 3 * np.pi * (14**3 - 8**3)}
    for part in ball_mesh.parts:
        assert part.quality.volume_mm3 == pytest.approx(exact[part.quality.name], rel=0.02)
    areas = {(c.first, c.second): c.area_mm2 for c in ball_mesh.contacts}
    assert set(areas) == {("one", "outside"), ("two", "one")}
    assert areas["two", "one"] == pytest.approx(4 * np.pi * 64, rel=0.03)


def test_shell_thinner_than_an_element_has_no_hole(rod_mesh):
    parts = {p.quality.name: p for p in rod_mesh.parts}
    assert parts["one"].quality.volume_mm3 == pytest.approx(np.pi * (9.5**2 - 64) * 24, rel=0.03)
    assert parts["two"].quality.volume_mm3 == pytest.approx(np.pi * 64 * 24, rel=0.03)
    areas = {(c.first, c.second): c.area_mm2 for c in rod_mesh.contacts}
    # The rod is free at its two ends only, not through its shell.
    assert areas["two", "outside"] == pytest.approx(2 * np.pi * 64, rel=0.1)
    assert areas["two", "one"] == pytest.approx(2 * np.pi * 8 * 24, rel=0.05)


def test_three_meet_at_a_line(sector_mesh):
    mesh = sector_mesh.mesh
    nodes = [set(np.unique(mesh.corners[mesh.part == k])) for k in (1, 2, 3)]
    common = np.array(sorted(set.intersection(*nodes)))
    away = np.linalg.norm(local(mesh.points_mm[common])[:, :2], axis=1)
    assert len(common) > 8
    assert np.percentile(away, 95) < VOXEL / 2
    assert {(c.first, c.second) for c in sector_mesh.contacts} == {
        ("one", "outside"), ("two", "outside"), ("three", "outside"),
        ("two", "one"), ("three", "one"), ("three", "two"),
    }  # fmt: skip


def test_straight_cells_and_one_tissue():
    made = mesh_tissues(labels_of(balls), ["two"], 3.0, order=1)
    assert made.mesh.order == 1
    assert dict(made.mesh.names) == {1: "two"}
    require_conforming(made.mesh)
    assert made.as_dict()["parts"][0]["hausdorff_mm"] < VOXEL


def test_a_zone_is_finer():
    from surgitwin.meshing import Refinement

    labels = labels_of(balls)
    zone = Refinement(np.array([[5.0, -3.0, 16.0]]), 1.0, 3.0)
    made = mesh_tissues(labels, ["one", "two"], 3.0, order=1, refine=[zone])
    x = made.mesh.points_mm[made.mesh.corners]
    length = np.linalg.norm(x[:, 0] - x[:, 1], axis=1)
    near = np.linalg.norm(x.mean(axis=1) - zone.at[0], axis=1) < 3
    assert np.median(length[near]) < 1.4
    assert np.median(length[~near]) > 1.8


def test_specks_go_to_what_surrounds_them():
    array = np.zeros((9, 9, 9), np.uint8)
    array[2:8, 2:8, 2:8] = 1
    array[4, 4, 4] = 2  # a speck of another tissue
    array[5, 5, 6] = 0  # a pore
    assert np.array_equal(without_specks(array, 3), np.where(array + 1 > 1, 1, 0) | (_box(array) > 0))


def _box(array):
    out = np.zeros_like(array)
    out[2:8, 2:8, 2:8] = 1
    return out


@pytest.mark.parametrize(
    ("tissues", "size", "code"),
    [
        ([], 2.0, "mesh.no_tissue"),
        (["four"], 2.0, "mesh.unknown_tissue"),
        (["one", "one"], 2.0, "mesh.unknown_tissue"),
        (["one"], -1.0, "mesh.tissue_size"),
        (["one"], float("nan"), "mesh.tissue_size"),
    ],
)
def test_wrong_requests_are_named(tissues, size, code):
    with pytest.raises(InputError) as wrong:
        mesh_tissues(labels_of(balls), tissues, size)
    assert wrong.value.code == code
    assert wrong.value.hint


@pytest.mark.parametrize(
    ("tissues", "size", "code"),
    [
        (["three"], 2.0, "mesh.empty_tissue"),
        (["two"], 30.0, "mesh.tissue_small"),
        (["one"], 0.05, "mesh.tissue_cells"),
    ],
)
def test_what_cannot_be_meshed_is_named(tissues, size, code):
    with pytest.raises(GeometryError) as wrong:
        mesh_tissues(labels_of(balls), tissues, size)
    assert wrong.value.code == code
    assert wrong.value.hint


def test_too_many_cells_names_what_is_to_blame():
    with pytest.raises(GeometryError) as wrong:
        mesh_tissues(labels_of(balls), ["one"], 0.05)
    assert "thinnest" not in wrong.value.message  # no layer asked for it: the size did
    least = float(re.search(r"size of ([0-9.]+) mm", wrong.value.hint)[1])
    require_cells(tissue_fields(labels_of(balls), ["one"], 2.0), least, least)


def test_fields_of_many_tissues_are_refused_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr("surgitwin.meshing.tissues.fields.MOST_VALUES", 10_000)
    with pytest.raises(GeometryError) as wrong:
        mesh_tissues(labels_of(balls), ["one", "two"], 2.0)
    assert wrong.value.code == "mesh.tissue_memory"
