"""Signed distances of solids against brute force: the nearest of many points on the surface."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from surgitwin.core.frame import rotation_about
from surgitwin.core.solids import ArcRod, Box, Cylinder, ImplantSolids, Solid

STEP_MM = 0.25
TURN = rotation_about((1, -2, 0.5), 0.8)
SHIFT = np.array([12.0, -7, 30])


def disc(radius: float) -> np.ndarray:
    """(n, 2) points that fill a disc."""
    line = np.arange(-radius, radius + STEP_MM / 2, STEP_MM)
    xy = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    return xy[np.hypot(*xy.T) <= radius]


def ring(radius: float) -> np.ndarray:
    """(n, 2) points on a circle."""
    turn = np.linspace(0, 2 * np.pi, int(2 * np.pi * radius / STEP_MM), endpoint=False)
    return radius * np.column_stack([np.cos(turn), np.sin(turn)])


def tube_surface(centres: np.ndarray, first: np.ndarray, second: np.ndarray, radius: float) -> np.ndarray:
    """Side and both ends of a rod: centres (n, 3), the two directions across it (n, 3) each."""
    side, end = ring(radius), disc(radius)
    parts = [centres[:, None] + side[:, 0, None] * first[:, None] + side[:, 1, None] * second[:, None]]
    for at in (0, -1):
        parts.append(centres[at] + end[:, :1] * first[at] + end[:, 1:] * second[at])
    return np.concatenate([p.reshape(-1, 3) for p in parts])


def cylinder() -> tuple[Solid, np.ndarray]:
    solid = Cylinder("screw", "s", SHIFT, SHIFT + 20 * TURN[:, 2], 2.5)
    s = np.linspace(0, 20, 81)
    centres = SHIFT + s[:, None] * TURN[:, 2]
    across = [np.broadcast_to(TURN[:, n], centres.shape) for n in (0, 1)]
    return solid, tube_surface(centres, *across, 2.5)


def box() -> tuple[Solid, np.ndarray]:
    half = np.array([3.0, 5, 8])
    solid = Box("plate", "p", SHIFT, TURN, half)
    faces = []
    for axis in range(3):
        a, b = (n for n in range(3) if n != axis)
        u, v = np.meshgrid(*(np.arange(-half[n], half[n] + STEP_MM / 2, STEP_MM) for n in (a, b)))
        for sign in (-1, 1):
            local = np.empty((u.size, 3))
            local[:, a], local[:, b], local[:, axis] = u.ravel(), v.ravel(), sign * half[axis]
            faces.append(local)
    return solid, np.concatenate(faces) @ TURN.T + SHIFT


def rod(curvature: float) -> tuple[Solid, np.ndarray]:
    solid = ArcRod("nail", "n", SHIFT, TURN[:, 2], TURN[:, 0], curvature, 30.0, 4.0)
    s = np.linspace(0, 30, 121)
    tangents = np.array([solid.tangent_at(x) for x in s])
    sideways = np.broadcast_to(TURN[:, 1], tangents.shape)
    return solid, tube_surface(solid.centreline(s), sideways, np.cross(tangents, sideways), 4.0)


CASES = {
    "cylinder": cylinder,
    "box": box,
    "straight rod": lambda: rod(0.0),
    "bowed rod": lambda: rod(1 / 1500),
}
"""The bow of a femoral nail; a sharper one has a test of its own, away from its ends."""

END_SLACK = {"bowed rod": 25 / 1500}
"""Beyond its ends a bowed rod measures along the arc: wrong by the share offset / radius of the bow."""


@pytest.mark.parametrize("name", CASES)
def test_distance_against_brute_force(name: str) -> None:
    solid, surface = CASES[name]()
    assert np.abs(solid.distance(surface)).max() < 1e-9
    rng = np.random.default_rng(1)
    points = surface.mean(axis=0) + rng.uniform(-18, 18, (4000, 3))
    brute, _ = cKDTree(surface).query(points)
    found = solid.distance(points)
    # Sampling makes the brute-force distance too long: at most by half a cell's diagonal.
    slack = STEP_MM * np.sqrt(0.5)
    end = END_SLACK.get(name, 0.0) * brute
    assert (brute - np.abs(found) > -1e-9 - end).all()
    assert (brute - np.abs(found) < slack + end).all()
    assert (found < 0).any()
    assert (found > 0).any()


@pytest.mark.parametrize("name", CASES)
def test_sign_changes_across_the_surface(name: str) -> None:
    """The gradient has length 1 and points outwards, so a step along it leaves the solid."""
    solid, surface = CASES[name]()
    rng = np.random.default_rng(2)
    points = surface[rng.choice(len(surface), 200)] + rng.normal(0, 0.5, (200, 3))
    h = 1e-6
    steps = h * np.eye(3)
    gradient = np.column_stack(
        [(solid.distance(points + e) - solid.distance(points - e)) / (2 * h) for e in steps]
    )
    smooth = np.abs(np.linalg.norm(gradient, axis=1) - 1) < 1e-4 + END_SLACK.get(name, 0.0)
    assert smooth.mean() > 0.97  # the rest sits where two faces are equally near
    d = solid.distance(points[smooth])
    far = solid.distance(points[smooth] + 0.01 * gradient[smooth])
    np.testing.assert_allclose(far - d, 0.01, atol=1e-3)


def test_inside_of_the_solids_by_volume() -> None:
    """The share of random points with negative distance is the solid's share of the box."""
    rng = np.random.default_rng(3)
    for solid, volume in ((cylinder()[0], np.pi * 2.5**2 * 20), (box()[0], 8 * 3 * 5 * 8)):
        points = SHIFT + rng.uniform(-22, 22, (200_000, 3))
        share = (solid.distance(points) < 0).mean()
        expected = volume / 44**3
        assert share == pytest.approx(expected, abs=4 * np.sqrt(expected / len(points)))


def test_arc_rod_keeps_its_length_and_radius() -> None:
    solid, _ = rod(1 / 60)
    assert isinstance(solid, ArcRod)
    s = np.linspace(0, 30, 4001)
    line = solid.centreline(s)
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).sum() == pytest.approx(30, abs=1e-4)
    centre = solid.start_mm + 60 * solid.towards
    np.testing.assert_allclose(np.linalg.norm(line - centre, axis=1), 60, atol=1e-9)
    np.testing.assert_allclose((line[1] - line[0]) / (s[1] - s[0]), solid.tangent_at(0), atol=1e-4)


def test_a_sharp_bow_away_from_its_ends() -> None:
    solid, surface = rod(1 / 60)
    assert isinstance(solid, ArcRod)
    rng = np.random.default_rng(5)
    s = rng.uniform(12, 18, 500)
    tangents = np.array([solid.tangent_at(x) for x in s])
    sideways = np.broadcast_to(TURN[:, 1], tangents.shape)
    turn, off = rng.uniform(0, 2 * np.pi, (500, 1)), rng.uniform(0, 8, (500, 1))
    across = np.cos(turn) * sideways + np.sin(turn) * np.cross(tangents, sideways)
    np.testing.assert_allclose(solid.distance(solid.centreline(s) + off * across), off[:, 0] - 4, atol=1e-9)
    assert (cKDTree(surface).query(solid.centreline(s))[0] > 4 - 1e-9).all()


def test_union_leaves_out_holes_and_other_roles() -> None:
    screw, plate = cylinder()[0], Box("plate", "p", SHIFT, TURN, np.array([3.0, 5, 8]))
    hole = Cylinder("hole", "h", SHIFT - 50, SHIFT + 50, 20.0)
    whole = ImplantSolids("i", (screw, plate, hole), "Ti", 110000, 0.33, 795, 500, "test", False)
    points = SHIFT + np.random.default_rng(4).uniform(-25, 25, (300, 3))
    np.testing.assert_array_equal(
        whole.distance(points), np.minimum(screw.distance(points), plate.distance(points))
    )
    np.testing.assert_array_equal(whole.distance(points, ("screw",)), screw.distance(points))
    assert np.isinf(whole.distance(points, ("nail",))).all()


def test_flat_cylinders_are_refused() -> None:
    for end, radius in ((SHIFT, 1.0), (SHIFT + 1, 0.0), (SHIFT + 1, float("nan"))):
        with pytest.raises(ValueError, match="positive"):
            Cylinder("screw", "s", SHIFT, end, radius)
