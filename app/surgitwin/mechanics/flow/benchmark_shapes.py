"""Mapped meshes of benchmarks: a cylinder across a channel, a nozzle with a sudden expansion. Metres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.flow.blocks import Block, Map, Where, build, graded
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.shapes import EPS, both_ends, lift


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
    return lambda x: lift(flat(x[:, :2]), depth * np.interp(x[:, 2], at, levels))


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
        r = throat + (wide - throat) * both_ends(x[:, 1], ratios[0])
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
