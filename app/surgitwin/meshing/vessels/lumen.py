"""The volume mesh of a vessel's lumen: quadratic hexahedra swept along it, with straight ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.meshing.vessels.lumen_checks import require_cells, require_lumen
from surgitwin.meshing.vessels.lumen_rings import MEDIUM, Lumen, LumenSizes, sections
from surgitwin.meshing.vessels.lumen_section import DiscMesh, disc_mesh, fit_matrix


@dataclass(frozen=True, eq=False)
class LumenMesh:
    """points_mm (n, 3) LPS; cells (c, 27) VTK order; boundaries: name -> (f, 4) corners ("inlet", ...).

    The first levels * per_level nodes lie section by section with the flow: node `l * per_level + j`.
    s_mm (levels,): place on the vessel, beyond its ends in the straight pieces. weights (levels, per_level):
    share of each node in the mean over its section. vessel: first and last level of the vessel itself.
    """

    points_mm: FloatArray
    cells: IntArray
    boundaries: Mapping[str, IntArray]
    s_mm: FloatArray
    weights: FloatArray
    area_mm2: FloatArray
    vessel: tuple[int, int]
    facts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("points_mm", "s_mm", "weights", "area_mm2"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))
        object.__setattr__(self, "cells", readonly(self.cells, np.int64))
        named = {name: readonly(facets, np.int64) for name, facets in self.boundaries.items()}
        object.__setattr__(self, "boundaries", named)

    @property
    def levels(self) -> int:
        """Number of sections with nodes (two for each cell along the flow, and one)."""
        return len(self.s_mm)

    @property
    def per_level(self) -> int:
        """Nodes of a section."""
        return int(self.weights.shape[1])


def lumen_mesh(lumen: Lumen, sizes: LumenSizes = MEDIUM) -> LumenMesh:
    """Mesh a lumen with straight ends; boundaries "inlet", "outlet", "wall".

    Raises GeometryError "lumen.open" (a ring that is not finite), "lumen.overlap", "lumen.self_touching",
    "lumen.cells"; InputError "flow.no_inlet", "flow.no_outlet" (an end that is closed).
    """
    require_lumen(lumen.s_mm, lumen.wall_mm, lumen.diameter_mm)
    disc = disc_mesh(sizes.core, sizes.rings, sizes.wall_ratio)
    s, rings, vessel = sections(lumen, sizes)
    nodes = np.einsum("kj,ljx->lkx", fit_matrix(disc, rings.shape[1]), rings, optimize=True)
    cells = _cells(disc, len(s))
    weights, area = _weights(disc, nodes)
    points = nodes.reshape(-1, 3)
    require_cells(points, cells)
    return LumenMesh(points, cells, _boundaries(disc, len(s)), s, weights, area, vessel, {
        "cells": float(len(cells)),
        "area_change": float(np.abs(_area_ratio(lumen, s, area, vessel) - 1).max()),
    })  # fmt: skip


def _area_ratio(lumen: Lumen, s: FloatArray, area: FloatArray, vessel: tuple[int, int]) -> FloatArray:
    """Meshed over measured area along the vessel."""
    inside = slice(vessel[0], vessel[1] + 1)
    out: FloatArray = area[inside] / np.interp(s[inside], lumen.s_mm, lumen.area_mm2)
    return out


def _cells(disc: DiscMesh, levels: int) -> IntArray:
    """(c, 27) cells in VTK's order, section by section."""
    k, q = len(disc.nodes), disc.quads
    low, mid, top = q, q + k, q + 2 * k
    block = np.concatenate(
        [
            low[:, :4], top[:, :4], low[:, 4:8], top[:, 4:8], mid[:, :4],
            mid[:, [7, 5, 4, 6]], low[:, 8:], top[:, 8:], mid[:, 8:],
        ],
        axis=1,
    )  # fmt: skip
    start = 2 * k * np.arange((levels - 1) // 2)
    out: IntArray = (start[:, None, None] + block).reshape(-1, 27)
    return out


def _boundaries(disc: DiscMesh, levels: int) -> dict[str, IntArray]:
    k = len(disc.nodes)
    a, b = disc.rim[:, 0], disc.rim[:, 1]
    strip = np.stack([a, b, b + 2 * k, a + 2 * k], axis=1)
    start = 2 * k * np.arange((levels - 1) // 2)
    return {
        "inlet": disc.quads[:, :4],
        "outlet": disc.quads[:, :4] + k * (levels - 1),
        "wall": (start[:, None, None] + strip).reshape(-1, 4),
    }


def _weights(disc: DiscMesh, nodes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the nodes in the mean over their section, and the areas, from eight triangles a quad."""
    ring, middle = disc.quads[:, [0, 4, 1, 5, 2, 6, 3, 7]], disc.quads[:, 8]
    corner = np.stack([ring, np.roll(ring, -1, axis=1), np.broadcast_to(middle[:, None], ring.shape)], axis=2)
    corner = corner.reshape(-1, 3)
    p = nodes[:, corner]
    part = np.linalg.norm(np.cross(p[:, :, 1] - p[:, :, 0], p[:, :, 2] - p[:, :, 0]), axis=2) / 2
    weights = np.zeros(nodes.shape[:2])
    for column in range(3):
        np.add.at(weights.T, corner[:, column], part.T / 3)
    return weights / part.sum(axis=1)[:, None], _rim_area(disc, nodes)


def _rim_area(disc: DiscMesh, nodes: FloatArray) -> FloatArray:
    """(levels,) areas within the quadratic edges of the rim: length of the vector area."""
    a, b, middle = (
        nodes[:, disc.rim[:, k]] - nodes[:, disc.rim[:, 0]].mean(axis=1)[:, None] for k in range(3)
    )
    swept = (4 * np.cross(a, middle) + 4 * np.cross(middle, b) - np.cross(a, b)) / 6
    out: FloatArray = np.linalg.norm(swept.sum(axis=1), axis=1)
    return out
