"""Surfaces, bodies and finite differences for the tests of contact."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.mechanics.contact.interaction import Interaction

_QUAD9 = ((0, 0), (2, 0), (2, 2), (0, 2), (1, 0), (2, 1), (1, 2), (0, 1), (1, 1))
_TRI6 = (((0, 0), (2, 0), (2, 2), (1, 0), (2, 1), (1, 1)), ((0, 0), (2, 2), (0, 2), (1, 1), (1, 2), (0, 1)))


def sheet(kind: str, n: int, m: int) -> tuple[Any, Any]:
    """Unit square in the plane z = 0: points (N, 3) and facets with normals +z."""
    a, b = np.meshgrid(np.arange(2 * n + 1), np.arange(2 * m + 1), indexing="ij")
    points = np.stack([a.ravel() / (2 * n), b.ravel() / (2 * m), 0 * a.ravel()], 1)
    patterns = [_QUAD9] if kind.startswith("quad") else list(_TRI6)
    corner = 2 * np.stack(np.meshgrid(np.arange(n), np.arange(m), indexing="ij"), -1).reshape(-1, 1, 2)
    grid = np.concatenate([corner + np.array(p) for p in patterns])
    nodes = grid[..., 0] * (2 * m + 1) + grid[..., 1]
    nodes = nodes[:, : {"tri3": 3, "tri6": 6, "quad4": 4, "quad9": 9}[kind]]
    used, flat = np.unique(nodes, return_inverse=True)
    return points[used], flat.reshape(nodes.shape)


def chain(kind: str, n: int) -> tuple[Any, Any]:
    """Unit line from (1, 0) to (0, 0): the body below it is on the left, its normal is +y."""
    if kind == "line2":
        points = np.stack([np.linspace(1, 0, n + 1), np.zeros(n + 1)], 1)
        return points, np.stack([np.arange(n), np.arange(1, n + 1)], 1)
    points = np.stack([np.linspace(1, 0, 2 * n + 1), np.zeros(2 * n + 1)], 1)
    start = 2 * np.arange(n)
    return points, np.stack([start, start + 2, start + 1], 1)


def tangent_error(thing: Interaction, u: Any, factor: float = 1.0, step: float = 1e-6) -> float:
    """Largest difference of tangent times direction and central differences of the force, for four random
    directions, over the largest entry of the product.
    """
    tangent = thing.evaluate(u, factor).tangent
    worst = 0.0
    for v in np.random.default_rng(7).standard_normal((4, len(u))):
        ahead, behind = thing.evaluate(u + step * v, factor), thing.evaluate(u - step * v, factor)
        measured, exact = (ahead.force - behind.force) / (2 * step), tangent @ v
        worst = max(worst, float(np.abs(measured - exact).max() / np.abs(exact).max()))
    return worst
