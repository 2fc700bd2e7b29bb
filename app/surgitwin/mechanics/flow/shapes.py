"""Mapped meshes of the usual test shapes: channel, cavity, pipe, cylinder in a channel, nozzle. Metres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.flow.blocks import Block, Map, Where, build, graded
from surgitwin.mechanics.flow.mesh import FlowMesh

EPS = 1e-9
"""Relative tolerance of coordinates."""


def rectangle(length_m: float, height_m: float, nx: int, ny: int, wall_ratio: float = 1.0) -> FlowMesh:
    """0..length by 0..height: "inlet" x = 0, "outlet" x = length, "bottom", "top".

    wall_ratio: spacing in the middle over that at bottom and top.
    """
    unit = [
        Block((nx, ny), lambda x: np.stack([length_m * x[:, 0], height_m * _both(x[:, 1], wall_ratio)], 1))
    ]
    size = EPS * max(length_m, height_m)
    return build(
        unit,
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
    place: Map = lambda x: side_m * np.stack([_both(x[:, 0], wall_ratio), _both(x[:, 1], wall_ratio)], 1)  # noqa: E731
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
    blocks = [
        Block((n_core, n_core, n_axial), lambda x: _lift(core * (2 * x[:, :2] - 1), length_m * x[:, 2]))
    ]
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
        return _lift(((1 - t) * inner + t * outer) @ rotation.T, length * x[:, 2])

    return place


def cylinder_in_channel(
    x_range_m: tuple[float, float],
    height_m: float,
    centre_m: tuple[float, float],
    radius_m: float,
    box_m: tuple[float, float],
    cells: tuple[int, int, int, int],
    ratios: tuple[float, float] = (6.0, 4.0),
    depth_m: float = 0.0,
    layers: Sequence[float] = (),
) -> FlowMesh:
    """Channel with a round cylinder across it: "cylinder", "walls" y = 0 and height, "inlet", "outlet".

    box_m: x from and to of the box of four blocks around the cylinder. cells: per side of the box, radially,
    upstream (not used when the box begins at the inlet), downstream. ratios: last over first spacing radially
    and downstream. depth_m > 0 with layers (rising unit coordinates 0..1 of z) makes it 3D with "front" z = 0
    and "back" z = depth.
    """
    side, radial, before, after = cells
    corners = [(box_m[0], 0.0), (box_m[1], 0.0), (box_m[1], height_m), (box_m[0], height_m)]
    flat: list[tuple[tuple[int, int], Map]] = []
    for k in range(4):
        place = _around(centre_m, radius_m, corners[k], corners[(k + 1) % 4], k, ratios[0])
        flat.append(((side, radial), place))
    if box_m[0] > x_range_m[0]:
        flat.append(((before, side), _straight((x_range_m[0], box_m[0]), height_m, 1 / ratios[1])))
    flat.append(((after, side), _straight((box_m[1], x_range_m[1]), height_m, ratios[1])))
    size = EPS * (x_range_m[1] - x_range_m[0])
    names: dict[str, Where] = {
        "cylinder": lambda x: np.hypot(x[:, 0] - centre_m[0], x[:, 1] - centre_m[1]) < radius_m * (1 + 1e-6),
        "walls": lambda x: (x[:, 1] < size) | (x[:, 1] > height_m - size),
        "inlet": lambda x: x[:, 0] < x_range_m[0] + size,
        "outlet": lambda x: x[:, 0] > x_range_m[1] - size,
    }
    if depth_m > 0:
        names["front"] = lambda x: x[:, 2] < size
        names["back"] = lambda x: x[:, 2] > depth_m - size
        levels = np.asarray(layers, float)
        blocks = [Block((*n, len(levels) - 1), _extruded(m, depth_m, levels)) for n, m in flat]
    else:
        blocks = [Block(n, m) for n, m in flat]
    return build(blocks, names, size)


def _around(
    centre: tuple[float, float],
    radius: float,
    start: tuple[float, float],
    end: tuple[float, float],
    quarter: int,
    ratio: float,
) -> Map:
    def place(x: FloatArray) -> FloatArray:
        # The block is right-handed when its first direction runs clockwise about the cylinder.
        s = 1 - x[:, 0]
        angle = -0.75 * np.pi + np.pi / 2 * (quarter + s)
        inner = np.asarray(centre) + radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        outer = (1 - s)[:, None] * np.asarray(start) + s[:, None] * np.asarray(end)
        t = graded(x[:, 1], ratio)[:, None]
        out: FloatArray = (1 - t) * inner + t * outer
        return out

    return place


def _straight(x_range: tuple[float, float], height: float, ratio: float) -> Map:
    low, high = x_range
    return lambda x: np.stack([low + (high - low) * graded(x[:, 0], ratio), height * x[:, 1]], 1)


def _extruded(flat: Map, depth: float, levels: FloatArray) -> Map:
    at = np.linspace(0, 1, len(levels))
    return lambda x: _lift(flat(x[:, :2]), depth * np.interp(x[:, 2], at, levels))


def nozzle_section(
    stations_m: Sequence[tuple[float, float]],
    expansion_m: tuple[float, float],
    cells: tuple[Sequence[int], int, int, int],
    ratios: tuple[float, float] = (3.0, 6.0),
) -> FlowMesh:
    """Axisymmetric nozzle with a sudden expansion: "axis", "wall", "inlet", "outlet".

    stations_m: (x, radius) from the inlet to the end of the throat, straight in between. expansion_m: length
    and radius after it. cells: axial per stretch, radial, radial of the step, axial after it.
    ratios: radial (axis over wall) and axial after the step (last over first).
    """
    axial, radial, step, after = cells
    blocks = []
    for (x0, r0), (x1, r1), n in zip(stations_m[:-1], stations_m[1:], axial, strict=True):
        blocks.append(Block((n, radial), _cone((x0, r0), (x1, r1), ratios[0])))
    x_end, throat = stations_m[-1]
    length, wide = expansion_m

    def inner(x: FloatArray) -> FloatArray:
        return np.stack(
            [x_end + length * graded(x[:, 0], ratios[1]), throat * graded(x[:, 1], 1 / ratios[0])], 1
        )

    def outer(x: FloatArray) -> FloatArray:
        r = throat + (wide - throat) * _both(x[:, 1], ratios[0])
        return np.stack([x_end + length * graded(x[:, 0], ratios[1]), r], 1)

    blocks += [Block((after, radial), inner), Block((after, step), outer)]
    x_start, size = stations_m[0][0], EPS * (x_end + length - stations_m[0][0])
    return build(
        blocks,
        {
            "axis": lambda x: x[:, 1] < size,
            "inlet": lambda x: x[:, 0] < x_start + size,
            "outlet": lambda x: x[:, 0] > x_end + length - size,
            "wall": lambda x: np.ones(len(x), bool),
        },
        size,
    )


def _cone(start: tuple[float, float], end: tuple[float, float], ratio: float) -> Map:
    def place(x: FloatArray) -> FloatArray:
        at = start[0] + (end[0] - start[0]) * x[:, 0]
        radius = start[1] + (end[1] - start[1]) * x[:, 0]
        return np.stack([at, radius * graded(x[:, 1], 1 / ratio)], 1)

    return place


def _both(unit: FloatArray, ratio: float) -> FloatArray:
    """Spacing graded towards both ends: middle over end spacing."""
    left = graded(np.minimum(2 * unit, 1), ratio) / 2
    right = 1 - graded(np.minimum(2 * (1 - unit), 1), ratio) / 2
    out: FloatArray = np.where(unit <= 0.5, left, right)
    return out


def _lift(flat: FloatArray, z: FloatArray) -> FloatArray:
    return np.column_stack([flat, z])
