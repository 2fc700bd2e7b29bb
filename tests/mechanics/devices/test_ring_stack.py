from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.errors import GeometryError
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.devices.pattern import Pattern, upper_values
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.ring_law import ring_law
from surgitwin.mechanics.devices.stack import ANGLES, TO_RADII, Drive, RingStack
from surgitwin.mechanics.devices.struts import strut_lines
from surgitwin.mechanics.devices.sweep import find_sections

RING = ZigzagRing(0.0, 6, 1.7, 0.1, 0.1, 2.0)
TURN = 2 * np.pi * np.arange(ANGLES) / ANGLES


def stack(linked=0.5, rings=3):
    law = ring_law(RING, "CoCr-L605", "balloon_expandable", 6.0, 1.6)
    return RingStack([law] * rings, linked)


def bent_course(radius=20.0, length=24.0):
    s = np.linspace(0, length, 97)
    a, zero = s / radius, 0 * s
    points = np.column_stack([radius * (1 - np.cos(a)), zero, radius * np.sin(a)])
    tangent = np.column_stack([np.sin(a), zero, np.cos(a)])
    e1 = np.column_stack([np.cos(a), zero, -np.sin(a)])
    return Course(s, points, tangent, e1, np.cross(tangent, e1))


def device(count=8, pitch=2.0):
    rings = tuple(ZigzagRing(1.0 + pitch * i, 6, 1.7, 0.1, 0.1, 2.0) for i in range(count))
    return DeviceFrame("balloon_expandable", "CoCr-L605", rings, 6.0, 1.6, 3, count * pitch)


def test_gradient_and_tangent_are_derivatives():
    s = stack()
    rng = np.random.default_rng(5)
    values = 2.9 + 0.03 * rng.normal(size=(3, ANGLES))
    drive = Drive(np.array([6.0, 5.9, 5.8]), blend=0.3)
    way = rng.normal(size=values.shape)
    f, h = s.force(values, drive), 1e-6
    ahead, behind = s.force(values + h * way, drive), s.force(values - h * way, drive)
    slope = (ahead.gradient - behind.gradient) / (2 * h)
    mine = np.einsum("rij,rj->ri", f.own, way)
    mine[:-1] += np.einsum("rij,rj->ri", f.link, way[1:])
    mine[1:] += np.einsum("rji,rj->ri", f.link, way[:-1])
    assert slope == pytest.approx(mine, rel=1e-5, abs=1e-6)
    moved = (ahead.diameter_mm - behind.diameter_mm) / (2 * h)
    work = (ahead.shape_energy - behind.shape_energy) / (2 * h) + np.pi * float(f.tension_N @ moved)
    assert float((f.gradient * way).sum()) == pytest.approx(work, rel=1e-6)


def test_a_shifted_circle_costs_nothing_but_centring():
    s = stack(linked=0.0)
    values = np.full((3, ANGLES), 2.9) + 1e-3 * np.cos(TURN)
    free = Drive(np.full(3, 5.8), blend=1.0)
    assert s.force(values, free).shape_energy < 1e-8
    assert s.diameters(np.full((3, ANGLES), 2.9)) == pytest.approx(5.8, rel=1e-9)


def test_the_law_of_a_ring_is_its_force():
    s = stack(linked=0.0, rings=1)
    values = np.full((1, ANGLES), 2.8)
    f = s.force(values, Drive(np.array([5.6]), blend=1.0))
    T = float(s.laws[0].tension(np.array(5.5))[0])
    assert f.tension_N[0] == pytest.approx(T)
    assert float(f.gradient.sum()) == pytest.approx(2 * np.pi * T, rel=1e-6)


def test_rings_follow_a_bend_and_the_centre_of_the_lumen():
    course = bent_course()
    frame = device()
    placed = place_rings(course, frame, 2.0)
    centre = np.array([20.0, 0.0, 0.0])
    assert np.linalg.norm(placed.origin_mm - centre, axis=1) == pytest.approx(20.0, abs=0.1)
    assert np.einsum("ij,ij->i", placed.axis, placed.origin_mm - centre) == pytest.approx(0.0, abs=0.5)
    assert np.cross(placed.e1, placed.e2) == pytest.approx(placed.axis, abs=1e-9)
    turn = 2 * np.pi * np.arange(48) / 48
    aside = 0.4 * np.cos(turn) + np.sqrt(9 - (0.4 * np.sin(turn)) ** 2)
    tube = LumenTube(course, np.tile(aside, (len(course.s_mm), 1)))
    moved = place_rings(course, frame, 2.0, tube).origin_mm - placed.origin_mm
    assert np.einsum("ij,ij->i", moved, placed.e1) == pytest.approx(0.4, abs=0.01)


def test_a_device_beyond_the_vessel_is_refused():
    with pytest.raises(GeometryError) as caught:
        place_rings(bent_course(), device(), 12.0)
    assert caught.value.code == "device.beyond_vessel"


def test_sections_of_points_around_a_bent_device():
    course, frame = bent_course(), device()
    placed = place_rings(course, frame, 3.0)
    s, angle, radius = np.array([5.3, 9.0, 14.7]), np.array([0.3, 2.0, -1.2]), 2.5
    points, _tangent, e1, e2 = course.frames_at(s)
    points = points + radius * (np.cos(angle)[:, None] * e1 + np.sin(angle)[:, None] * e2)
    found = find_sections(placed, (1.0, 1.0), points)
    assert found.inside.all()
    assert found.radius_mm == pytest.approx(radius, abs=0.06)
    assert found.B.sum(1) == pytest.approx(1.0)
    values = np.arange(8)[:, None] * 0.1 + 2 + 0.2 * np.cos(TURN)
    made = (found.B * values.ravel()[found.columns]).sum(1)
    axial = (s - 4.0) / 2
    smooth = 0.2 * (2 + np.cos(2 * np.pi / ANGLES)) / 3
    assert made == pytest.approx(2 + 0.1 * axial + smooth * np.cos(angle), abs=0.01)
    ends = find_sections(placed, (1.0, 1.0), course.frames_at(np.array([2.0, 3.2, 18.7, 20.0]))[0] + 0.01)
    assert ends.inside.tolist() == [False, True, True, False]


def test_strut_lines_keep_their_length_on_a_round_ring():
    frame = device(2)
    placed = place_rings(bent_course(), frame, 2.0)
    points, offsets = strut_lines(frame, placed, np.full((2, ANGLES), 2.9))
    assert len(offsets) - 1 == 2 * 12 + frame.connectors
    first = points[offsets[0] : offsets[1]]
    length = np.linalg.norm(np.diff(first, axis=0), axis=1).sum()
    assert length == pytest.approx(1.7, rel=0.02)
    assert TO_RADII.sum(1) == pytest.approx(1.0)


@pytest.mark.parametrize("connectors", [0, 3])
def test_drawn_rings_are_one_frame(connectors: int):
    """Each ring is joined to the next one: crowns to troughs, or by links from crown to crown."""
    frame = replace(device(4), connectors=connectors)
    placed = place_rings(bent_course(), frame, 2.0)
    points, offsets = strut_lines(frame, placed, 2.9 - 0.2 * np.cos(2 * TURN) * np.ones((4, 1)))
    ends = np.concatenate([points[offsets[:-1]], points[offsets[1:] - 1]])
    near = cKDTree(ends).sparse_distance_matrix(cKDTree(ends), 1e-9)
    n = len(offsets) - 1
    one = coo_array((np.ones(n), (np.arange(n), np.arange(n) + n)), shape=near.shape)
    same = coo_array((np.ones(near.nnz), (near.tocoo().row, near.tocoo().col)), shape=near.shape)
    assert connected_components((one + same).tocsr(), directed=False)[0] == 1
    assert n == 4 * 12 + 3 * connectors


def test_springs_find_their_places_in_large_systems():
    """Rows times columns beyond 2^31: springs of later nodes were lost above 46 thousand unknowns."""
    n = 60000
    place = np.arange(n + 1)
    none = np.empty(0, int)
    pattern = Pattern(place, place[:-1], none, none, none, none, place[:-1])
    springs = np.linspace(1.0, 2.0, n)
    assert (upper_values(pattern, diags_array(springs, format="csr")) == springs).all()
