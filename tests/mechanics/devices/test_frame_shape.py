"""The network of struts at rest: sizes, joints, links, curved courses."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.errors import GeometryError
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamState
from surgitwin.mechanics.devices.frame_bound import Hold, RadialBound, ramp
from surgitwin.mechanics.devices.frame_course import device_course, gentle, partly_straight, turning
from surgitwin.mechanics.devices.frame_metal import elastic
from surgitwin.mechanics.devices.frame_ring import ring_height, strut_line
from surgitwin.mechanics.devices.frame_rotation import no_turn
from surgitwin.mechanics.devices.frame_section import rectangle
from surgitwin.mechanics.devices.frame_shape import StrutFrame, strut_frame
from surgitwin.mechanics.devices.frame_solve import relax
from surgitwin.mechanics.devices.problem import Placement


def device(connectors: int, rings: int = 3, crowns: int = 6) -> DeviceFrame:
    row = [ZigzagRing((k + 0.5) * 1.3, crowns, 1.0, 0.09, 0.08, 1.5) for k in range(rings)]
    return DeviceFrame("balloon_expandable", "CoCr-L605", tuple(row), 3.0, 1.1, connectors, 1.3 * rings)


def radius(frame: StrutFrame) -> np.ndarray:
    return np.hypot(*frame.beams.points_mm[:, :2].T)


def test_a_round_strut_keeps_the_rings_height_and_half_pitch() -> None:
    for round_mm in (0.0, 0.05, 0.09, 5.0):
        line = strut_line(0.9, 0.4, round_mm, 6, 3)
        assert_allclose(line[[0, -1]], [(0, 0), (0.4, 0.9)], atol=1e-9)
        assert (np.diff(line[:, 1]) > 0).all()
        assert_allclose(line[::-1] + line, np.broadcast_to((0.4, 0.9), line.shape), atol=1e-9)
    slope = np.diff(strut_line(0.9, 0.4, 0.05, 6, 8), axis=0)
    assert slope[0, 1] / slope[0, 0] < 0.15  # the top of a round crown lies across


def test_linked_rings_stand_in_phase_a_pitch_apart() -> None:
    made = strut_frame(device(connectors=3))
    assert_allclose(radius(made)[made.ring >= 0], 0.75, atol=1e-12)
    z = made.beams.points_mm[:, 2]
    height = ring_height(made.device.rings[0], 1.5)
    for j in range(3):
        own = z[made.ring == j]
        assert own.min() == pytest.approx(1.3 * j)
        assert np.ptp(own) == pytest.approx(height)
    assert len(made.strut_offsets) - 1 == 3 * 12 + 2 * 3
    assert made.n_struts == 36
    for a, b in zip(made.strut_offsets[36:], made.strut_offsets[37:], strict=False):
        link = made.beams.points_mm[made.strut_nodes[a:b]]
        assert np.linalg.norm(link[-1] - link[0]) == pytest.approx(1.3)
    assert made.tributary_mm.sum() == pytest.approx(36 * 1.0, rel=0.05)  # round crowns are a detour
    assert_allclose(made.tributary_mm[made.ring < 0], 0.0)


def test_joined_rings_share_their_crowns() -> None:
    made = strut_frame(device(connectors=0))
    z = made.beams.points_mm[:, 2]
    height = ring_height(made.device.rings[0], 1.5)
    assert np.ptp(z) == pytest.approx(3 * height)
    meeting = np.bincount(made.beams.ends.ravel())
    assert (meeting == 4).sum() == 2 * 6  # crowns of two rings, each with four struts
    assert meeting.min() == 2
    lengths = made.beams.length_mm.reshape(36, -1).sum(1)
    assert_allclose(lengths, lengths[0])


def test_rings_that_cannot_be_joined_are_named() -> None:
    first, second = device(0, 1, 6).rings[0], device(0, 2, 8).rings[1]
    wrong = DeviceFrame("balloon_expandable", "CoCr-L605", (first, second), 3.0, 1.1, 0, 2.6)
    with pytest.raises(GeometryError) as caught:
        strut_frame(wrong)
    assert caught.value.code == "frame.crowns"


def test_sections_have_the_moments_of_a_rectangle() -> None:
    s = rectangle(0.3, 0.2)
    y, z = s.points_mm.T
    assert s.weights_mm2.sum() == pytest.approx(0.06)
    assert (s.weights_mm2 * y**2).sum() == pytest.approx(0.2 * 0.3**3 / 12)
    assert (s.weights_mm2 * z**2).sum() == pytest.approx(0.3 * 0.2**3 / 12)


def test_a_frame_is_bent_on_a_curved_course_with_its_nodes_turned() -> None:
    made, bend = strut_frame(device(connectors=3)), 20.0
    turn = np.array([r.z_mm for r in made.device.rings]) / bend
    zero = np.zeros(3)
    origin = bend * np.stack([1 - np.cos(turn), zero, np.sin(turn)], axis=1)
    axis = np.stack([np.sin(turn), zero, np.cos(turn)], axis=1)
    e1 = np.stack([np.cos(turn), zero, -np.sin(turn)], axis=1)
    course = device_course(made, Placement(origin, e1, np.cross(axis, e1), axis))
    rest = BeamState(made.beams.points_mm, no_turn(len(made.ring)), np.zeros((1, 1, 3)))
    put = course.put(rest)
    _, centre, along = course.nearest(put.points_mm)
    across = put.points_mm - centre
    assert_allclose(np.linalg.norm(across, axis=1), radius(made), rtol=2e-3)
    assert np.abs(np.einsum("ij,ij->i", across, along)).max() < 1e-3
    inner = np.abs(course.s_middle_mm + made.beams.points_mm[:, 2] - course.z_middle_mm - 1.3) < 1.0
    distance = np.linalg.norm(centre[inner] - (bend, 0, 0), axis=1)
    assert_allclose(distance, bend, rtol=1e-3)


def test_a_bound_pushes_by_the_slope_of_its_energy() -> None:
    rng = np.random.default_rng(0)
    n = 5
    axis = np.tile([0.0, 0.6, 0.8], (n, 1))
    points = rng.normal(size=(n, 3))
    for side in ("sheath", "balloon"):
        bound = RadialBound(np.zeros((n, 3)), axis, np.full(n, 0.9), side, np.full(n, 7.0))  # type: ignore[arg-type]
        force, slope = bound.act(points)
        for c, d in enumerate(1e-6 * np.eye(3)):
            change = (bound.act(points + d)[0] - bound.act(points - d)[0]) / 2e-6
            assert_allclose(slope[:, :, c], change, atol=1e-5)
        inward = np.einsum("ij,ij->i", force, points)
        assert (inward >= 0).all() if side == "sheath" else (inward <= 0).all()
    value, _ = ramp(np.array([-1.0, 0.0, 1.0]), 0.02)
    assert_allclose(value, (0.0, 0.005, 1.0))


def test_a_course_is_bent_by_parts_and_takes_the_frame_along() -> None:
    made = strut_frame(device(connectors=3))
    turn = np.array([r.z_mm for r in made.device.rings]) / 20.0
    zero = np.zeros(3)
    origin = 20.0 * np.stack([1 - np.cos(turn), zero, np.sin(turn)], axis=1)
    axis = np.stack([np.sin(turn), zero, np.cos(turn)], axis=1)
    e1 = np.stack([np.cos(turn), zero, -np.sin(turn)], axis=1)
    place = Placement(origin, e1, np.cross(axis, e1), axis)
    assert turning(place) == pytest.approx(2.6 / 20.0)
    straight = partly_straight(place, 0.0)
    assert_allclose(straight.axis, np.tile(axis[1], (3, 1)), atol=1e-12)
    whole = partly_straight(place, 1.0)
    assert_allclose(whole.origin_mm, origin, atol=1e-12)
    first, last = device_course(made, straight), device_course(made, place)
    rest = BeamState(made.beams.points_mm, no_turn(len(made.ring)), np.zeros((1, 1, 3)))
    at_once, by_parts = last.put(rest), last.take_over(first.put(rest), first)
    assert_allclose(by_parts.points_mm, at_once.points_mm, atol=2e-3)
    same = np.abs(np.einsum("ij,ij->i", by_parts.rotation, at_once.rotation))
    assert_allclose(same, 1.0, atol=1e-5)


def waves(bend: float, wave: float) -> Placement:
    """Rings on a parabola along z with a wave of two periods across it."""
    z = np.linspace(0, 24, 13)
    origins = np.stack([bend * (z - 12) ** 2, wave * np.sin(np.pi * z / 6), z], axis=1)
    k = np.pi / 6
    axis = np.stack([2 * bend * (z - 12), wave * k * np.cos(k * z), np.ones_like(z)], axis=1)
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    e1 = np.cross([0.0, 1.0, 0.0], axis)
    e1 /= np.linalg.norm(e1, axis=1, keepdims=True)
    return Placement(origins, e1, np.cross(axis, e1), axis)


def test_a_device_takes_the_bend_but_not_the_waves() -> None:
    calm = waves(0.01, 0.0)
    assert_allclose(gentle(calm).origin_mm, calm.origin_mm, atol=0.02)
    assert turning(gentle(calm)) == pytest.approx(turning(calm), rel=0.1)
    wavy = waves(0.01, 0.5)
    assert turning(wavy) > 2 * turning(calm)
    assert turning(gentle(wavy)) < 1.3 * turning(calm)
    assert_allclose(np.einsum("ij,ij->i", gentle(wavy).axis, gentle(wavy).e1), 0, atol=1e-12)
    few = Placement(*(a[:2] for a in (wavy.origin_mm, wavy.e1, wavy.e2, wavy.axis)))
    assert gentle(few) is few


def test_a_free_frame_far_from_the_origin_finds_its_rest() -> None:
    body = BeamBody(strut_frame(device(3, rings=7)).beams, elastic(200e3))
    state = body.at_rest()
    far = BeamState(state.points_mm + 400.0, state.rotation, state.history)
    rest, _ = relax(body, far, terms=[Hold(far.points_mm, 1e-3)])
    assert_allclose(rest.points_mm, far.points_mm, atol=1e-8)
