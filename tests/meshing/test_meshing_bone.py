"""Surfaces and bone tetrahedra of shapes with known volume, planes and place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surgitwin import meshing
from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Frame, Plane, rotation_about
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.core.mesh import TET_FACES, SurfaceMesh, TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.meshing.lattice import volumes
from surgitwin.meshing.quality import first_good
from surgitwin.meshing.surface import open_edges

SEGMENTS = (Segment(1, "femur", "71341001", (1, 1, 1)), Segment(2, "femur_canal", "0", (1, 0, 0)))
TILT = rotation_about([1, 2, 3], 0.7)
OBLIQUE = TILT @ np.diag([1.0, 1.0, -1.0])  # left-handed
RADIUS, LENGTH = 12.0, 70.4  # 44 slices of 1.6 mm


def labels_of(
    distance, direction=OBLIQUE, spacing=(0.9, 1.1, 1.6), shape=(60, 48, 48), centre=(0.0, 0.0, 0.0)
):
    """Labels of {distance(points) < 0}, in a grid whose middle lies at `centre`."""
    spacing = np.array(spacing)
    half = (np.array(shape)[::-1] - 1) / 2 * spacing
    grid = ImageGrid(shape, np.array(centre) - direction @ half, spacing, direction)
    kji = np.indices(shape).reshape(3, -1).T
    inside = distance(grid.index_to_lps(kji[:, ::-1])) < 0
    return LabelMap(inside.reshape(shape).astype(np.uint8), grid, SEGMENTS)


def rod(points, centre=(0.0, 0.0, 0.0)):
    """Distance of a rod along the tilted z axis."""
    d = (points - np.array(centre)) @ TILT
    return np.maximum(np.hypot(d[..., 0], d[..., 1]) - RADIUS, np.abs(d[..., 2]) - LENGTH / 2)


def anatomy_of_rod(low=-30.0, high=28.0):
    axis = TILT[:, 2]
    tilted = rotation_about(TILT[:, 0], 0.5) @ axis
    return FemurAnatomy(
        "left", Frame(np.zeros(3), TILT), {}, Plane(low * axis, -axis), Plane(high / 2 * axis, tilted), (),
        20.0, 10.0, True, "test",
    )  # fmt: skip


@pytest.fixture(scope="module")
def surface():
    return meshing.bone_surface(labels_of(rod))


@pytest.fixture(scope="module")
def bone(surface):
    return meshing.mesh_bone(surface, anatomy_of_rod(), 3.5)


@pytest.fixture(scope="module")
def fracture():
    normal = rotation_about(TILT[:, 1], 0.4) @ TILT[:, 2]
    return Fracture(Plane(-8 * TILT[:, 2], normal), 2.0, "none", True)


@pytest.fixture(scope="module")
def broken(surface, fracture):
    return meshing.mesh_fractured(surface, anatomy_of_rod(), fracture, 3.5)


def shares(mesh: TetMesh) -> np.ndarray:
    """How many cells share each face."""
    faces = np.sort(mesh.corners[:, np.array(TET_FACES)].reshape(-1, 3), axis=1)
    return np.unique(faces, axis=0, return_counts=True)[1]


def test_surface_is_closed_outward_and_keeps_the_labels_volume(surface):
    assert open_edges(surface.mesh.triangles) == 0
    assert abs(surface.volume_change) < 0.01
    assert surface.mesh.volume_mm3 == pytest.approx(np.pi * RADIUS**2 * LENGTH, rel=0.02)
    assert surface.deviation_mean_mm < 0.3


def test_sphere_lands_at_its_place_in_an_oblique_left_handed_grid():
    centre = np.array([31.0, -52.0, 417.0])
    found = meshing.bone_surface(
        labels_of(lambda p: np.linalg.norm(p - centre, axis=-1) - 15.0, centre=centre + 3.0)
    )
    points = found.mesh.points_mm
    assert np.allclose((points.min(0) + points.max(0)) / 2, centre, atol=0.3)
    assert found.mesh.area_mm2 == pytest.approx(4 * np.pi * 15**2, rel=0.02)
    assert np.abs(np.linalg.norm(points - centre, axis=1) - 15).max() < 0.6


@settings(max_examples=8, deadline=None)
@given(radius=st.floats(7, 15), sk=st.floats(0.8, 3.0), angle=st.floats(0, 3))
def test_surface_keeps_volume_whatever_the_grid(radius, sk, angle):
    labels = labels_of(
        lambda p: np.linalg.norm(p, axis=-1) - radius,
        rotation_about([1, 0, 1], angle),
        (1.0, 1.0, sk),
        (int(36 / sk) + 6, 42, 42),
    )
    found = meshing.bone_surface(labels)
    assert abs(found.volume_change) < 0.015
    assert open_edges(found.mesh.triangles) == 0


def test_small_pieces_and_cavities_are_left_out():
    def shape(points):
        hollow = np.maximum(rod(points), 4 - np.linalg.norm(points, axis=-1))
        return np.minimum(hollow, np.linalg.norm(points - TILT @ [19.0, 0, 0], axis=-1) - 2)

    labels = labels_of(shape)
    found = meshing.bone_surface(labels)
    assert found.mesh.volume_mm3 == pytest.approx(np.pi * RADIUS**2 * LENGTH, rel=0.02)


def test_empty_labels_are_refused():
    with pytest.raises(GeometryError) as error:
        meshing.bone_surface(labels_of(lambda p: np.ones(len(p))))
    assert error.value.code == "mesh.empty_labels"


def test_bone_ends_are_plane_to_rounding_and_its_volume_is_right(bone, surface):
    anatomy = anatomy_of_rod()
    for cut in (anatomy.distal_cut, anatomy.proximal_cut):
        away = cut.distance(bone.points_mm)
        assert away.max() < 1e-9
        assert (np.abs(away) < 1e-9).sum() > 20
        corners = bone.points_mm[bone.boundary_faces()[0]]
        on = np.abs(cut.distance(corners)).max(axis=1) < 1e-9
        flat = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)[
            on
        ]
        cosine = abs(cut.normal @ TILT[:, 2])
        assert flat.sum() / 2 == pytest.approx(np.pi * RADIUS**2 / cosine, rel=0.02)
    volume = np.pi * RADIUS**2 * (30.0 + 14.0 * 1.0)
    assert bone.cell_volumes().sum() == pytest.approx(volume, rel=0.02)
    assert meshing.surface_distance(bone, surface.mesh, anatomy).hausdorff_mm < 0.5


def test_bone_is_conforming_and_of_good_quality(bone):
    assert set(shares(bone)) == {1, 2}
    found = meshing.quality(bone)
    assert found.min_scaled_jacobian > 0.1
    assert found.p1_scaled_jacobian > 0.28
    assert meshing.quality(bone.with_midside_nodes()).min_scaled_jacobian == pytest.approx(
        found.min_scaled_jacobian
    )


def test_refinement_makes_small_elements_where_wanted(surface, bone):
    at = np.zeros((1, 3))
    fine = meshing.mesh_bone(
        surface, anatomy_of_rod(), 3.5, [meshing.Refinement(at, size_mm=1.2, radius_mm=3.0)]
    )

    def volume_there(mesh):
        centre = mesh.points_mm[mesh.cells].mean(axis=1)
        return np.median(mesh.cell_volumes()[np.linalg.norm(centre, axis=1) < 3])

    assert volume_there(fine) < 0.15 * volume_there(bone)


def test_gap_lies_between_two_exact_planes_and_shares_nodes(broken, fracture):
    gap, bone = (np.unique(broken.cells[broken.part == k]) for k in (2, 1))
    assert broken.names == {1: "bone", 2: "gap"}
    away = fracture.plane.distance(broken.points_mm)
    assert np.abs(away[gap]).max() == pytest.approx(1.0, abs=1e-9)
    shared = np.intersect1d(gap, bone)
    assert len(shared) > 30
    assert np.abs(np.abs(away[shared]) - 1.0).max() < 1e-9
    assert set(shares(broken)) == {1, 2}
    assert (volumes(broken.points_mm, broken.cells) > 0).all()
    area = np.pi * RADIUS**2 / abs(fracture.plane.normal @ TILT[:, 2])
    assert meshing.quality(broken, 2).volume_mm3 == pytest.approx(2.0 * area, rel=0.02)
    assert [r.as_dict()["name"] for r in meshing.part_reports(broken)] == ["bone", "gap"]


@pytest.mark.parametrize(
    ("height", "gap", "code"),
    [
        (90.0, 2.0, "mesh.fracture_outside"),
        (-29.0, 4.0, "mesh.gap_at_cut"),
        (-10.0, 0.0, "mesh.gap_width"),
    ],
)
def test_impossible_fractures_are_refused_with_place_and_remedy(surface, height, gap, code):
    wrong = Fracture(Plane(height * TILT[:, 2], TILT[:, 2]), gap, "none", True)
    with pytest.raises(GeometryError) as error:
        meshing.mesh_fractured(surface, anatomy_of_rod(), wrong, 3.5)
    assert error.value.code == code
    assert error.value.where.startswith("fracture")
    assert error.value.hint


def test_open_surface_is_refused(surface):
    holed = SurfaceMesh(surface.mesh.points_mm, surface.mesh.triangles[5:])
    with pytest.raises(GeometryError) as error:
        meshing.mesh_bone(holed, anatomy_of_rod(), 3.5)
    assert error.value.code == "mesh.surface_open"


def test_quality_gate_names_the_place(bone):
    points = np.array(bone.points_mm)
    a, b = bone.cells[100, :2]
    points[a] = points[b] + 1e-3 * (points[a] - points[b])
    with pytest.raises(GeometryError) as error:
        meshing.gate(TetMesh(points, bone.cells, bone.part), "the bone")
    assert error.value.code == "mesh.quality"
    assert "LPS" in error.value.where


def test_scaled_jacobian_of_known_elements():
    regular = np.array([[0, 0, 0], [1, 0, 0], [0.5, 3**0.5 / 2, 0], [0.5, 3**0.5 / 6, (2 / 3) ** 0.5]])
    mesh = TetMesh(regular, np.array([[0, 1, 2, 3]]), np.ones(1, int))
    assert meshing.quality(mesh).min_scaled_jacobian == pytest.approx(1)
    quadratic = mesh.with_midside_nodes()
    bent = np.array(quadratic.points_mm)
    bent[4] += [0, 0.45, 0]
    curved = TetMesh(bent, quadratic.cells, quadratic.part)
    assert meshing.quality(quadratic).min_scaled_jacobian == pytest.approx(1)
    assert meshing.quality(curved).min_scaled_jacobian < 0.5
    mirrored = TetMesh(regular, np.array([[0, 2, 1, 3]]), np.ones(1, int))
    assert meshing.quality(mirrored).min_scaled_jacobian == pytest.approx(-1)


def test_a_bad_first_mesh_is_tried_again_a_little_finer():
    flat = TetMesh(
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.3, 0.3, 1e-4]]), np.array([[0, 1, 2, 3]]), np.array([1])
    )
    good = TetMesh(
        np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]), np.array([[0, 1, 2, 3]]), np.array([1])
    )
    asked = []

    def make(factor):
        asked.append(factor)
        return good if factor < 1 else flat

    assert first_good(make, "the bone") is good
    assert asked == [1.0, 0.94]
    with pytest.raises(GeometryError) as caught:
        first_good(lambda factor: flat, "the bone")
    assert caught.value.code == "mesh.quality"
