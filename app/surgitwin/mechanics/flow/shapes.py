"""Mapped meshes of the usual test shapes: channel, cavity, pipe and half section of a pipe. Metres."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.flow.blocks import Block, Map, build, graded
from surgitwin.mechanics.flow.mesh import FlowMesh

EPS = 1e-9
"""Relative tolerance of coordinates."""


def rectangle(length_m: float, height_m: float, nx: int, ny: int, wall_ratio: float = 1.0) -> FlowMesh:
    """0..length by 0..height: "inlet" x = 0, "outlet" x = length, "bottom", "top".

    wall_ratio: spacing in the middle over that at bottom and top.
    """

    def place(x: FloatArray) -> FloatArray:
        return np.stack([length_m * x[:, 0], height_m * both_ends(x[:, 1], wall_ratio)], 1)

    size = EPS * max(length_m, height_m)
    return build(
        [Block((nx, ny), place)],
        {
            "bottom": lambda x: x[:, 1] < size,
            "top": lambda x: x[:, 1] > height_m - size,
            "inlet": lambda x: x[:, 0] < size,
            "outlet": lambda x: x[:, 0] > length_m - size,
        },
        size,
    )


def cavity(side_m: float, n: int, wall_ratio: float = 4.0) -> FlowMesh:
    """Square 0..side: "lid" y = side (with its corners), "wall" the rest."""

    def place(x: FloatArray) -> FloatArray:
        return side_m * np.stack([both_ends(x[:, 0], wall_ratio), both_ends(x[:, 1], wall_ratio)], 1)

    size = EPS * side_m
    return build(
        [Block((n, n), place)],
        {"lid": lambda x: x[:, 1] > side_m - size, "wall": lambda x: np.ones(len(x), bool)},
        size,
    )


def pipe_section(radius_m: float, length_m: float, nr: int, nx: int, wall_ratio: float = 1.0) -> FlowMesh:
    """Half section for axisymmetric runs: x along the axis, y the radius; with an "axis"."""

    def place(x: FloatArray) -> FloatArray:
        return np.stack([length_m * x[:, 0], radius_m * graded(x[:, 1], 1 / wall_ratio)], 1)

    size = EPS * max(radius_m, length_m)
    return build(
        [Block((nx, nr), place)],
        {
            "axis": lambda x: x[:, 1] < size,
            "wall": lambda x: x[:, 1] > radius_m - size,
            "inlet": lambda x: x[:, 0] < size,
            "outlet": lambda x: x[:, 0] > length_m - size,
        },
        size,
    )


def pipe(
    radius_m: float, length_m: float, n_core: int, n_ring: int, n_axial: int, wall_ratio: float = 2.0
) -> FlowMesh:
    """Straight pipe along z as an O-grid (four blocks about a core): "inlet" z = 0, "outlet", "wall"."""
    core = 0.5 * radius_m
    blocks = [Block((n_core, n_core, n_axial), lambda x: lift(core * (2 * x[:, :2] - 1), length_m * x[:, 2]))]
    for quarter in range(4):
        blocks.append(
            Block((n_core, n_ring, n_axial), _ring_place(radius_m, core, length_m, quarter, wall_ratio))
        )
    size = EPS * max(radius_m, length_m)
    return build(
        blocks,
        {
            "wall": lambda x: np.hypot(x[:, 0], x[:, 1]) > radius_m * (1 - 1e-6),
            "inlet": lambda x: x[:, 2] < size,
            "outlet": lambda x: x[:, 2] > length_m - size,
        },
        size,
    )


def _ring_place(radius: float, core: float, length: float, quarter: int, wall_ratio: float) -> Map:
    turn = quarter * np.pi / 2
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def place(x: FloatArray) -> FloatArray:
        # Before the turn this is the quarter on the +x side: along the core's edge, then out to the circle.
        angle = np.pi / 4 * (1 - 2 * x[:, 0])
        inner = np.stack([np.full(len(x), core), core * (1 - 2 * x[:, 0])], 1)
        outer = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        t = graded(x[:, 1], 1 / wall_ratio)[:, None]
        return lift(((1 - t) * inner + t * outer) @ rotation.T, length * x[:, 2])

    return place


def both_ends(unit: FloatArray, ratio: float) -> FloatArray:
    """Spacing graded towards both ends: middle over end spacing."""
    left = graded(np.minimum(2 * unit, 1), ratio) / 2
    right = 1 - graded(np.minimum(2 * (1 - unit), 1), ratio) / 2
    out: FloatArray = np.where(unit <= 0.5, left, right)
    return out


def lift(flat: FloatArray, z: FloatArray) -> FloatArray:
    """(n, 3) from (n, 2) and heights."""
    return np.column_stack([flat, z])
