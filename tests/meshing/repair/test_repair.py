"""Planted faults of every kind on shapes of known volume, and random ones: mended, counted, said."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from hypothesis import given, settings
from hypothesis import strategies as st

from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.repair.crossings import crossings
from surgitwin.meshing.repair.faults import faults
from surgitwin.meshing.repair.mend import repair


def ball(radius=10.0, centre=(0.0, 0.0, 0.0), turns=24):
    sphere = pv.Sphere(radius=radius, center=centre, theta_resolution=turns, phi_resolution=turns)
    return np.array(sphere.points, float), np.array(sphere.regular_faces, np.int64)


def box(low, high):
    """Twelve triangles outwards."""
    points = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    low = np.array(low, float)
    return low + points * (np.array(high) - low), np.array(faces)


def together(*parts):
    shifts = np.cumsum([0, *(len(p) for p, _ in parts)])
    return np.vstack([p for p, _ in parts]), np.vstack(
        [t + s for (_, t), s in zip(parts, shifts, strict=False)]
    )


def volume(part):
    return SurfaceMesh(*part).volume_mm3


def mend(part):
    mesh, report = repair(SurfaceMesh(*part))
    assert report.after == faults(mesh.points_mm, mesh.triangles)
    return mesh, report


def test_a_sound_surface_stays_as_it_is():
    part = ball()
    mesh, report = mend(part)
    assert report.before.sound
    assert report.after.sound
    assert report.steps == ()
    assert report.moved_mm < 1e-9
    assert np.array_equal(mesh.triangles, part[1])
    assert np.allclose(mesh.points_mm, part[0])


def test_double_points_and_double_triangles_are_joined():
    points, triangles = ball()
    soup = points[triangles].reshape(-1, 3)
    mesh, report = mend((soup, np.vstack([np.arange(len(soup)).reshape(-1, 3), [[0, 1, 2], [5, 5, 6]]])))
    assert report.before.duplicate_points == len(soup) - len(points)
    assert report.before.degenerate == 1
    assert report.before.duplicate_triangles == 1
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)))


def test_a_triangle_without_area_is_given_to_its_neighbour():
    points, triangles = ball()
    a, b, c = triangles[100]
    middle = (points[a] + points[b]) / 2
    new = len(points)
    # The point in the middle of edge a-b belongs to this side only: a flat triangle a, new, b fills the slit.
    flat_one = np.array([[a, new, c], [new, b, c], [a, b, new]])
    mesh, report = mend((np.vstack([points, middle]), np.vstack([np.delete(triangles, 100, 0), flat_one])))
    assert report.before.degenerate == 1
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)))


def test_holes_are_filled_and_their_size_is_said():
    points, triangles = box((0, 0, 0), (10, 20, 30))
    mesh, report = mend((points, triangles[2:]))
    assert report.before.holes == 1
    assert report.before.open_edges == 4
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(6000)
    (hole,) = report.filled
    assert hole.area_mm2 == pytest.approx(600)
    assert hole.rim_mm == pytest.approx(100)
    assert hole.centre_mm == pytest.approx((0, 10, 15))


def test_turned_triangles_and_shells_face_outwards_again():
    points, triangles = ball()
    mixed = triangles.copy()
    mixed[::3] = mixed[::3][:, ::-1]
    mesh, report = mend((points, mixed))
    assert report.before.turned_edges > 0
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)))
    mesh, report = mend((points, triangles[:, ::-1]))
    assert report.before.inward_shells == 1
    assert mesh.volume_mm3 > 0


def test_a_cavity_stays_a_cavity():
    inner = ball(4)
    part = together(ball(10), (inner[0], inner[1][:, ::-1]))
    mesh, report = mend(part)
    assert report.before.sound
    assert mesh.volume_mm3 == pytest.approx(volume(ball(10)) - volume(inner))


def test_fins_and_inner_walls_go():
    points, triangles = box((0, 0, 0), (10, 10, 10))
    fin = together((points, triangles), (np.array([[10.0, 10, 14]]), np.zeros((0, 3), int)))
    fin = (fin[0], np.vstack([triangles, [[5, 7, 8]]]))
    mesh, report = mend(fin)
    assert report.before.nonmanifold_edges == 1
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(1000)
    wall = (points, np.vstack([triangles, [[0, 1, 7], [0, 7, 6]]]))  # a diagonal wall through the box
    mesh, report = mend(wall)
    assert report.before.nonmanifold_edges > 0
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(1000)


def test_bodies_that_touch_along_an_edge_or_at_a_point_come_apart():
    edge = together(box((0, 0, 0), (10, 10, 10)), box((10, 10, 0), (20, 20, 10)))
    mesh, report = mend(edge)
    assert report.before.nonmanifold_edges == 1
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(2000, rel=2e-3)
    assert report.moved_mm < 0.02
    corner = together(box((0, 0, 0), (10, 10, 10)), box((10, 10, 10), (20, 20, 20)))
    mesh, report = mend(corner)
    assert report.before.nonmanifold_points == 1
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(2000, rel=2e-3)


def test_shells_that_cut_each_other_are_united():
    part = together(box((0, 0, 0), (10, 10, 10)), box((5, 3, 3), (15, 7, 7)))
    assert len(crossings(part[0], part[1])) > 0
    mesh, report = mend(part)
    assert report.before.crossings > 0
    assert report.after.sound
    assert report.after.shells == 1
    assert mesh.volume_mm3 == pytest.approx(1000 + 5 * 16)
    assert report.dropped_mm > 0  # the part of the peg inside the box


def test_a_point_pulled_through_the_other_side_is_cut_out():
    points, triangles = ball(turns=40)
    top = int(np.argmax(points[:, 2]))
    pulled = points.copy()
    pulled[top] = [0.7, 0.4, -13]
    mesh, report = mend((pulled, triangles))
    assert report.before.crossings > 0
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)), rel=0.03)


def test_a_surface_that_crosses_itself_all_over_is_made_again():
    points, triangles = ball(turns=30)
    spun = points + np.random.default_rng(1).normal(0, 0.9, points.shape)
    mesh, report = mend((spun, triangles))
    assert report.before.crossings > 20
    assert report.after.sound
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)), rel=0.1)
    assert report.moved_mm > 0


def test_what_encloses_nothing_is_refused_and_a_one_sided_surface_is_not_called_sound():
    sheet = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]])
    with pytest.raises(GeometryError) as error:
        repair(SurfaceMesh(*sheet))
    assert error.value.code == "mesh.surface_empty"


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000), missing=st.integers(0, 30), turned=st.integers(0, 40),
    twice=st.integers(0, 10), jitter=st.floats(0, 0.05),
)  # fmt: skip
def test_whatever_was_planted_the_result_is_closed_oriented_and_manifold(
    seed, missing, turned, twice, jitter
):
    rng = np.random.default_rng(seed)
    points, triangles = ball(turns=20)
    points = points + rng.normal(0, jitter, points.shape)
    broken = triangles.copy()
    flip = rng.choice(len(broken), turned, replace=False)
    broken[flip] = broken[flip][:, ::-1]
    broken = np.delete(broken, rng.choice(len(broken), missing, replace=False), axis=0)
    broken = np.vstack([broken, broken[rng.choice(len(broken), twice)]])
    mesh, report = mend((points, broken))
    assert report.after.sound, report
    assert report.unsolved == ()
    assert mesh.volume_mm3 == pytest.approx(volume((points, triangles)), rel=0.05)
    assert len(report.filled) == report.before.holes
