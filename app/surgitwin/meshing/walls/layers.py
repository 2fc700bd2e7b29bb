"""The lumen of a vessel of any shape: boundary layers on its wall, tetrahedra in the core, open ends closed
flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET10_EDGES, SurfaceMesh, TetMesh
from surgitwin.meshing.quality import gate
from surgitwin.meshing.walls.extrude import extrude_wall
from surgitwin.meshing.walls.layers_cap import capped
from surgitwin.meshing.walls.layers_extension import with_extensions
from surgitwin.meshing.walls.layers_fill import filled
from surgitwin.meshing.walls.normals import open_ends, turned_outwards

LAYER, CORE = 1, 2
NAMES = {LAYER: "boundary_layer", CORE: "core"}

LEAST_JACOBIAN = 0.01
"""Numerical setting: boundary layers are flat by intent, so the gate of `quality` is too high for them."""


@dataclass(frozen=True, eq=False)
class LumenCells:
    """mesh: ten-node tetrahedra, parts "boundary_layer" and "core". boundaries: "wall" and "end_1".. (largest
    first) to (f, 3) corners with normals outwards.
    """

    mesh: TetMesh
    boundaries: Mapping[str, IntArray]

    def boundary_nodes(self) -> dict[str, IntArray]:
        """Numbers of all nodes of each boundary, those in the middle of its edges as well."""
        table, middles = self.mesh.edge_table
        out: dict[str, IntArray] = {}
        for name, faces in self.boundaries.items():
            ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
            keys = ends[:, 0] * len(self.mesh.points_mm) + ends[:, 1]
            out[name] = np.union1d(faces, middles[np.searchsorted(table, keys)])
        return out


def fill_lumen(
    surface: SurfaceMesh,
    size_mm: float,
    *,
    first_mm: float,
    growth: float = 1.3,
    layers: int = 3,
) -> LumenCells:
    """Tetrahedra of what a surface with flat open ends encloses, thin at the wall.

    first_mm: thickness of the layer at the wall; each next one is `growth` times as thick. size_mm: largest
    edge in the core. Layers get thinner where there is no room (`extrude_wall`).
    Raises GeometryError "mesh.wall_room", "mesh.wall_folds", "mesh.cap", "mesh.fill", "mesh.quality".
    """
    surface = turned_outwards(surface)
    heights = first_mm * growth ** np.arange(layers)
    total = float(heights.sum())
    grown = extrude_wall(surface, total, layers, fractions=list(np.cumsum(heights) / total), inwards=True)
    count = len(surface.points_mm)
    closed, _ = capped(SurfaceMesh(grown.mesh.points_mm[grown.outer_points], surface.triangles))
    core_points, core = filled(closed, size_mm)
    number = np.concatenate(
        [grown.outer_points, len(grown.mesh.points_mm) + np.arange(len(core_points) - count)]
    )
    mesh = _joined(grown.mesh, core_points[count:], number[core])
    gate(mesh, "the lumen", LEAST_JACOBIAN)
    return LumenCells(mesh, _boundaries(mesh, surface))


def _joined(layers: TetMesh, points: FloatArray, core: IntArray) -> TetMesh:
    """Layers and core in one mesh. core: (m, 4) nodes of the layers, then of `points`.

    The core's edges on the layers take over their middles, so both sides bend alike.
    """
    known = len(layers.points_mm)
    corners = np.vstack([layers.points_mm, points])
    ends = np.sort(core[:, np.array(TET10_EDGES)].reshape(-1, 2), axis=1)
    keys, inverse = np.unique(ends[:, 0] * len(corners) + ends[:, 1], return_inverse=True)
    low, high = keys // len(corners), keys % len(corners)
    table, nodes = layers.edge_table
    wanted = low * known + high
    at = np.minimum(np.searchsorted(table, wanted), len(table) - 1)
    shared = (table[at] == wanted) & (high < known)
    fresh = len(corners) + np.cumsum(~shared) - 1
    middle = np.where(shared, nodes[at], fresh)
    straight = (corners[low] + corners[high])[~shared] / 2
    cells = np.hstack([core, middle[inverse].reshape(-1, 6)])
    part = np.repeat([LAYER, CORE], [len(layers.cells), len(cells)])
    return TetMesh(np.vstack([corners, straight]), np.vstack([layers.cells, cells]), part, NAMES)


def _boundaries(mesh: TetMesh, surface: SurfaceMesh) -> dict[str, IntArray]:
    """Faces on the surface's own points, and those in the plane of each end."""
    faces, _ = mesh.boundary_faces()
    on_wall = (faces < len(surface.points_mm)).all(axis=1)
    out: dict[str, IntArray] = {"wall": faces[on_wall]}
    rest = faces[~on_wall]
    centre = mesh.points_mm[rest].mean(axis=1)
    ends = open_ends(surface)
    away = [np.linalg.norm(centre - e.centre_mm, axis=1) / e.diameter_mm for e in ends]
    nearest = np.argmin(away, axis=0) if ends else np.zeros(0, int)
    for number in range(len(ends)):
        out[f"end_{number + 1}"] = rest[nearest == number]
    return out


__all__ = ["LumenCells", "fill_lumen", "with_extensions"]
