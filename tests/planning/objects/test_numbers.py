"""Overlap, distance and depth of bodies with known answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvista as pv
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from object_samples import GRID, HIGH, LOW, box
from surgitwin.core.frame import rotation_about
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.planning.case import Case
from surgitwin.planning.objects.borders import border_of
from surgitwin.planning.objects.measure import SegmentNumbers, measure_object, surface_points
from surgitwin.planning.objects.overlap import encloses_twice, overlap
from surgitwin.planning.objects.pose import put, turned
from surgitwin.planning.objects.reading import Wanted, read_object
from surgitwin.planning.objects.record import OwnObject

MIDDLE = (LOW + HIGH) / 2
Written = Callable[[SurfaceMesh, str], Path]


def against_bone(case: Case, own: OwnObject) -> SegmentNumbers:
    found = measure_object(case, own)
    assert [s.name for s in found.segments] == ["bone"]  # a segment without a voxel is left out
    return found.segments[0]


def body(case: Case, file: Path) -> OwnObject:
    return read_object(case, Wanted(file, unit="mm", frame="lps"), MIDDLE)


def test_box_half_in_the_bone(box_case: Case, written: Written) -> None:
    face = np.array([HIGH[0], MIDDLE[1], MIDDLE[2]])
    own = body(box_case, written(box(np.array([5.0, 6.0, 7.0]), face), "b.stl"))
    row = against_bone(box_case, own)
    assert own.volume_mm3 == pytest.approx(1680, rel=1e-5)
    assert row.overlap_mm3 == pytest.approx(840, abs=row.overlap_error_mm3)
    assert row.overlap_error_mm3 < 8
    assert (row.relation, row.distance_mm) == ("crosses", 0.0)
    assert row.depth_mm == pytest.approx(5, abs=1e-4)  # faces of voxels and of the box are parallel: exact


def test_box_apart_and_inside(box_case: Case, written: Written) -> None:
    own = body(box_case, written(box(np.array([2.0, 2.0, 12.0]), MIDDLE), "b.stl"))
    inside = against_bone(box_case, own)
    assert inside.relation == "inside"
    assert inside.distance_mm == pytest.approx(-6.75, abs=1e-4)  # at its ends: 18.75 - 12
    assert inside.share == pytest.approx(1, abs=1e-9)
    assert inside.axis_mm == pytest.approx(24, abs=0.1)
    apart = against_bone(box_case, put(own, np.array([HIGH[0] + 5.5, MIDDLE[1], MIDDLE[2]])))
    assert (apart.relation, apart.overlap_mm3, apart.depth_mm) == ("apart", 0.0, 0.0)
    assert apart.distance_mm == pytest.approx(3.5, abs=1e-4)


def test_body_round_the_bone_encloses_it(box_case: Case, written: Written) -> None:
    own = body(box_case, written(box((HIGH - LOW) / 2 + 3, MIDDLE), "b.stl"))
    row = against_bone(box_case, own)
    assert (row.relation, row.depth_mm) == ("encloses", 0.0)
    assert row.overlap_mm3 == pytest.approx(float(np.prod(HIGH - LOW)), abs=row.overlap_error_mm3)


def test_sphere_on_a_corner_and_beyond_the_image(labels: LabelMap) -> None:
    def ball(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> SurfaceMesh:
        made = pv.Sphere(radius=8, center=at, theta_resolution=90, phi_resolution=90)
        return SurfaceMesh(np.asarray(made.points, float), np.asarray(made.faces).reshape(-1, 4)[:, 1:])

    found = overlap(ball(LOW), labels)
    assert found.by_label[1] == pytest.approx(found.volume_mm3 / 8, abs=2 * found.error[1] + 2)
    corner = GRID.index_to_lps(np.full(3, -0.5))
    assert overlap(ball(corner), labels).outside_mm3 == pytest.approx(found.volume_mm3 * 7 / 8, rel=0.01)


@settings(max_examples=12, deadline=None)
@given(
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    st.floats(0, 180),
    st.tuples(*[st.floats(-4, 4)] * 3),
)
def test_body_inside_keeps_its_volume_however_it_lies(
    axis: tuple[float, ...], degrees: float, shift: tuple[float, ...]
) -> None:
    array = np.ones((30, 30, 30), np.uint8)
    labels = LabelMap(array, ImageGrid((30, 30, 30), np.full(3, -14.5), np.ones(3), np.eye(3)),
                      (Segment(1, "bone", "", (1.0, 1.0, 1.0)),))  # fmt: skip
    placed = box(np.array([2.0, 3.0, 7.0]), np.array(shift), rotation_about(axis, np.radians(degrees)))
    found = overlap(placed, labels)
    assert found.by_label[1] == pytest.approx(336, rel=1e-9)
    assert found.error[1] < 0.02 * 336


def test_oblique_images_give_the_same(labels: LabelMap) -> None:
    turn = rotation_about([1.0, 2.0, 0.5], 0.7)
    flipped = np.diag([-1.0, 1.0, 1.0])  # a left-handed grid
    direction = turn @ flipped
    grid = ImageGrid(GRID.shape, np.zeros(3), GRID.spacing_mm, direction)
    other = LabelMap(labels.array, grid, labels.segments)
    straight = box(np.array([5.0, 6.0, 7.0]), np.array([HIGH[0], MIDDLE[1], MIDDLE[2]]))
    index = GRID.lps_to_index(straight.points_mm)
    mirrored = SurfaceMesh(grid.index_to_lps(index), straight.triangles[:, ::-1])
    assert overlap(mirrored, other).by_label[1] == pytest.approx(
        overlap(straight, labels).by_label[1], rel=1e-6
    )


def test_distances_to_faces_are_exact(labels: LabelMap) -> None:
    border = border_of(labels, 1)
    assert border is not None
    points = np.random.default_rng(3).uniform(LOW - 8, HIGH + 8, (200, 3))
    away = np.maximum(np.maximum(LOW - points, points - HIGH), 0)
    inner = np.minimum(points - LOW, HIGH - points).min(axis=1)
    truth = np.where(inner > 0, inner, np.linalg.norm(away, axis=1))
    about, _ = border.tree.query(points)
    np.testing.assert_allclose(border.exact(points, about), truth, atol=1e-9)


def test_an_open_body_tells_no_volume(box_case: Case, written: Written) -> None:
    whole = box(np.array([5.0, 6.0, 7.0]), MIDDLE)
    own = body(box_case, written(SurfaceMesh(whole.points_mm, whole.triangles[1:]), "open.stl"))
    found = measure_object(box_case, own)
    assert (own.volume_mm3, found.volume_mm3, found.segments) == (None, None, ())
    assert "3 edges do not join exactly two triangles" in found.fault


def test_long_thin_triangles_do_not_widen_the_error() -> None:
    rod = pv.Cylinder(radius=5, height=60, resolution=46).triangulate().clean()
    coarse = SurfaceMesh(np.asarray(rod.points, float), np.asarray(rod.regular_faces))
    points, gap = surface_points(coarse, 1.0)
    assert len(points) <= 60_000
    assert gap < 1.0  # 2.3 mm when one point stood for each cube of 1 mm
    places = np.asarray(rod.subdivide(4).points, float)  # on the same flat triangles
    assert cKDTree(points).query(places)[0].max() <= gap


def joined(*parts: SurfaceMesh) -> SurfaceMesh:
    """Shells as one surface."""
    before = np.cumsum([0, *(len(p.points_mm) for p in parts)])
    triangles = [np.asarray(p.triangles) + n for p, n in zip(parts, before, strict=False)]
    return SurfaceMesh(np.concatenate([p.points_mm for p in parts]), np.concatenate(triangles))


@pytest.mark.parametrize(
    ("shift", "overlap_told"),
    [((3.0, 0.0, 0.0), True), ((10.0, 0.0, 0.0), False), ((25.0, 0.0, 0.0), False), ((0.0, 0.0, 0.0), True)],
)
def test_parts_that_share_planes_and_overlap_tell_no_volume(
    box_case: Case, written: Written, shift: tuple[float, float, float], overlap_told: bool
) -> None:
    half = np.array([5.0, 2.0, 2.0])
    two = joined(box(half, MIDDLE), box(half, MIDDLE + np.array(shift)))
    assert encloses_twice(two) is overlap_told
    own = body(box_case, written(two, "two.stl"))
    if shift == (3.0, 0.0, 0.0):  # the faces lie in common planes: no pair of triangles cuts another
        assert own.volume_mm3 is None
        assert "its parts overlap" in own.fault


def test_a_cavity_is_no_overlap_and_a_solid_inside_is_one() -> None:
    outer, inner = box(np.full(3, 5.0), MIDDLE), box(np.full(3, 2.0), MIDDLE)
    cavity = SurfaceMesh(inner.points_mm, np.asarray(inner.triangles)[:, ::-1])
    assert not encloses_twice(joined(outer, cavity))
    assert encloses_twice(joined(outer, inner))
    assert encloses_twice(cavity)
    for scale in (1e-2, 1e2):  # of any size
        assert not encloses_twice(SurfaceMesh(outer.points_mm * scale, outer.triangles))


def test_objects_differ_in_colour(box_case: Case, written: Written) -> None:
    file = written(box(np.array([5.0, 6.0, 7.0]), MIDDLE), "a.stl")
    first = body(box_case, file)
    case = box_case.updated("add", objects={first.id: first.as_dict()})
    assert body(case, file).rgb != first.rgb


def test_turning_about_the_middle_leaves_it(box_case: Case, written: Written) -> None:
    own = body(box_case, written(box(np.array([2.0, 3.0, 9.0]), MIDDLE), "b.stl"))
    done = turned(turned(own, "x", 40), "z", -25)
    np.testing.assert_allclose(done.middle_mm, own.middle_mm, atol=1e-9)
    row, before = against_bone(box_case, done), against_bone(box_case, own)
    assert row.overlap_mm3 == pytest.approx(before.overlap_mm3, rel=1e-6)
