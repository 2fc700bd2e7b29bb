"""Facets: shape functions, areas, normals; the projection of points; rigid shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contact_cases import chain, sheet

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.contact.motion import RigidMotion
from surgitwin.mechanics.contact.rigid import RigidSurface
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.search import project
from surgitwin.mechanics.contact.shapes import KINDS, Kind, dimension, rule, shape
from surgitwin.mechanics.contact.surface import REVERSED, Surface, oriented

FLAT = ("tri3", "tri6", "quad4", "quad9")


@pytest.mark.parametrize("kind", KINDS)
def test_shape_functions(kind: Kind) -> None:
    p, h = dimension(kind), 1e-6
    xi = 0.4 * np.random.default_rng(0).random((5, p))
    at = shape(kind, xi)
    assert np.allclose(at.value.sum(axis=1), 1)
    for a in range(p):
        step = h * np.eye(p)[a]
        ahead, behind = shape(kind, xi + step), shape(kind, xi - step)
        assert np.allclose((ahead.value - behind.value) / (2 * h), at.first[:, a], atol=1e-8)
        assert np.allclose((ahead.first - behind.first) / (2 * h), at.second[:, a], atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_rules_are_exact_to_degree_four(kind: Kind, level: int) -> None:
    x, w = rule(kind, level)
    exact = {1: 1 / 5, 2: 1 / 8 if kind.startswith("quad") else 6 / 720}[dimension(kind)]
    assert w @ (x[:, 0] ** 3 * x[:, -1]) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("kind", FLAT)
def test_area_of_a_curved_surface(kind: str) -> None:
    """A quarter of a cylinder of radius 2 and length 3; corners share its area."""
    points, facets = sheet(kind, 12, 4)
    angle = points[:, 0] * np.pi / 2
    X = np.stack([2 * np.cos(angle), 2 * np.sin(angle), 3 * points[:, 1]], 1)
    slave = SlavePoints(Surface(facets, kind, X), 1)
    accuracy = 2e-3 if kind in ("tri3", "quad4") else 1e-6
    assert slave.weight.sum() == pytest.approx(3 * np.pi, rel=accuracy)
    assert slave.area.sum() == pytest.approx(slave.weight.sum())
    assert slave.current_area(2 * X).sum() == pytest.approx(4 * slave.weight.sum())
    normal = slave.normals(X)
    outwards = np.einsum("nd,nd->n", normal[:, :2], slave.X[:, :2]) / np.linalg.norm(slave.X[:, :2], axis=1)
    assert (outwards > 0.99).all()


def test_thickness_and_ring() -> None:
    points, facets = chain("line3", 4)
    assert SlavePoints(Surface(facets, "line3", points, thickness_mm=5.0), 0).weight.sum() == pytest.approx(5)
    ring = SlavePoints(Surface(facets, "line3", points, axisymmetric=True), 0)
    assert ring.weight.sum() == pytest.approx(np.pi)
    assert ring.normals(points)[:, 1] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [*FLAT, "line2", "line3"])
def test_orientation(kind: Kind) -> None:
    points, facets = sheet(kind, 3, 2) if kind in FLAT else chain(kind, 3)
    mixed = facets.copy()
    mixed[::2] = mixed[::2][:, REVERSED[kind]]
    below = points[facets].mean(axis=1) - np.eye(points.shape[1])[-1]
    turned = oriented(mixed, kind, points, below)
    assert (SlavePoints(Surface(turned, kind, points), 0).normals(points)[:, -1] > 0.99).all()


def test_bad_surfaces() -> None:
    points, facets = sheet("tri3", 1, 1)
    for nodes in (facets[:0], facets + 3, facets[:, :2]):
        with pytest.raises(InputError) as caught:
            Surface(nodes, "tri3", points)
        assert caught.value.code == "contact.bad_surface"
    flat = points.copy()
    flat[:, 1] = 0.0
    with pytest.raises(GeometryError) as flatness:
        _ = Surface(facets, "tri3", flat).size_mm
    assert flatness.value.code == "contact.flat_facet"


def dome(kind: str, n: int) -> tuple[Any, Any]:
    """A cap of the sphere of radius 2 around the origin."""
    points, facets = sheet(kind, n, n)
    x, y = 1.2 * (points[:, 0] - 0.5), 1.2 * (points[:, 1] - 0.5)
    return np.stack([x, y, np.sqrt(4 - x**2 - y**2)], 1), facets


@pytest.mark.parametrize("kind", ["tri6", "quad9"])
def test_projection_on_a_sphere(kind: Kind) -> None:
    """The signed distance of a sphere, from both sides, also between facets."""
    X, facets = dome(kind, 12)
    points, radius = (
        np.random.default_rng(1).normal(size=(500, 3)),
        np.random.default_rng(2).uniform(1.9, 2.1, 500),
    )
    points[:, :2] *= 0.07
    points[:, 2] = 1.0
    points *= (radius / np.linalg.norm(points, axis=1))[:, None]
    pairs = project(points, -points / radius[:, None], X, facets, kind, 0.2)
    assert pairs.paired.all()
    assert np.abs(pairs.gap_mm - (radius - 2)).max() < 1e-5


def test_projection_is_the_closest_of_all_facets() -> None:
    rng = np.random.default_rng(3)
    X, facets = sheet("quad4", 8, 8)
    X[:, 2] = 0.05 * rng.standard_normal(len(X))
    points = np.column_stack([rng.uniform(0.1, 0.9, (300, 2)), rng.uniform(-0.05, 0.05, 300)])
    normal = np.tile([0.0, 0.0, -1.0], (300, 1))
    pairs = project(points, normal, X, facets, "quad4", 1.0)
    each = [project(points, normal, X, facets[f : f + 1], "quad4", 1.0).gap_mm for f in range(len(facets))]
    nearest = np.abs(each).min(axis=0)
    found = pairs.paired & np.isfinite(nearest)
    assert found.mean() > 0.97
    assert (np.abs(pairs.gap_mm[found]) <= nearest[found] + 0.05 * 0.125 + 1e-12).all()


def test_no_pair_through_a_thin_wall() -> None:
    """A slave facing down pairs with a top that faces up, never with the wall's other side, however near."""
    X, facets = sheet("tri3", 4, 4)
    wall = np.vstack([X - 0.2 * np.eye(3)[2], X - 0.05 * np.eye(3)[2]])
    under = facets[:, REVERSED["tri3"]] + len(X)
    both = np.vstack([facets, under])
    points, down = np.array([[0.4, 0.3, 0.0], [0.6, 0.7, -0.04]]), np.array([[0.0, 0.0, -1.0]] * 2)
    pairs = project(points, down, wall, both, "tri3", 1.0)
    assert pairs.gap_mm == pytest.approx([0.2, 0.16])
    assert (pairs.facet < len(facets)).all()
    assert not project(points, down, wall, under, "tri3", 1.0).paired.any()


def test_limit_and_edge() -> None:
    X, facets = sheet("tri3", 4, 4)
    down = np.array([[0.0, 0.0, -1.0]])
    assert not project(np.array([[0.5, 0.5, 0.3]]), down, X, facets, "tri3", 0.2).paired.any()
    assert project(np.array([[0.5, 0.5, 0.3]]), down, X, facets, "tri3", 0.4).paired.all()
    assert not project(np.array([[1.1, 0.5, 0.0]]), down, X, facets, "tri3", 0.4).paired.any()


RIGID = [
    (RigidSurface("plane", (0, 0, 1), (0, 3, 4)), (0.3, 2.0, 2.0), 2.0),
    (RigidSurface("cylinder", (1, 0, 0), (0, 0, 2), 0.5), (1.0, 2.0, 7.0), 1.5),
    (RigidSurface("cylinder", (1, 0, 0), (0, 0, 2), 2.5, inside=True), (1.0, 2.0, 7.0), 0.5),
    (RigidSurface("sphere", (0, 0, 0), radius_mm=1.0, growth_mm=0.5), (0.0, 3.0, 4.0), 4.0),
    (RigidSurface("torus", (0, 0, 0), (0, 0, 1), 0.5, ring_mm=3.0), (6.0, 0.0, 4.0), 4.5),
]


@pytest.mark.parametrize(("surface", "point", "gap"), RIGID)
def test_rigid_distance_and_its_derivatives(surface: RigidSurface, point: Any, gap: float) -> None:
    factor = 0.0
    x = np.array([point], float)
    value, normal, bend = surface.distance(x, factor)
    assert value[0] == pytest.approx(gap)
    h = 1e-6
    for k in range(3):
        ahead, behind = (surface.distance(x + s * h * np.eye(3)[k], factor) for s in (1, -1))
        assert (ahead[0] - behind[0])[0] / (2 * h) == pytest.approx(normal[0, k], abs=1e-8)
        assert (ahead[1] - behind[1])[0] / (2 * h) == pytest.approx(bend[0, :, k], abs=1e-8)


def test_rigid_motion_and_growth() -> None:
    motion = RigidMotion((0.0, 0.0, 2.0), (0.0, np.pi / 2, 0.0))
    sphere = RigidSurface("sphere", (1, 0, 0), radius_mm=1.0, growth_mm=1.0, motion=motion)
    assert sphere.distance(np.array([[0.0, 0.0, 5.0]]), 1.0)[0] == pytest.approx([2.0])
    x = np.random.default_rng(4).random((6, 3))
    assert motion.carry(motion.carry(x, 0.0, 0.7), 0.7, 0.0) == pytest.approx(x)


def test_bad_rigid_shapes() -> None:
    for kind, direction, radius, ring in (
        ("cone", (0, 0, 1), 1, 0), ("sphere", (0, 0, 1), 0, 0), ("plane", (0, 0, 0), 0, 0),
        ("torus", (0, 0, 1), 2, 1),
    ):  # fmt: skip
        with pytest.raises(InputError) as caught:
            RigidSurface(kind, (0, 0, 0), direction, radius, ring_mm=ring)
        assert caught.value.code == "contact.bad_rigid"
