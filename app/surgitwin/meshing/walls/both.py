"""Wall and blood of a vessel in one mesh: both were grown on one surface, whose nodes they share."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.walls.cells import SurfaceEdges
from surgitwin.meshing.walls.extrude import ExtrudedWall
from surgitwin.meshing.walls.layers import NAMES, LumenCells
from surgitwin.meshing.walls.normals import open_ends, turned_outwards

WALL = 3
PARTS = {**NAMES, WALL: "wall"}


def wall_and_blood(
    wall: ExtrudedWall, blood: LumenCells, surface: SurfaceMesh
) -> tuple[TetMesh, dict[str, IntArray]]:
    """One mesh of parts "boundary_layer", "core" and "wall", and the nodes of its boundaries.

    wall, blood: grown outwards and filled inwards on `surface`: its points and the middles of its edges are
    the first nodes of both. Boundaries: "interface" (the shared nodes), "outer", "end_1".. of the blood and
    "wall_end_1".. of the wall at the same open ends. Quality is not gated here.
    """
    surface = turned_outwards(surface)
    edges = SurfaceEdges.of(surface.triangles, len(surface.points_mm))
    shared = len(surface.points_mm) + len(edges.ends)
    known = len(blood.mesh.points_mm)
    number = np.concatenate([np.arange(shared), known + np.arange(len(wall.mesh.points_mm) - shared)])
    points = np.vstack([blood.mesh.points_mm, wall.mesh.points_mm[shared:]])
    # A bent edge that one side had to make straight, lest a cell folds, is straight on both.
    apart = np.flatnonzero((blood.mesh.points_mm[:shared] != wall.mesh.points_mm[:shared]).any(axis=1))
    points[apart] = surface.points_mm[edges.ends[apart - len(surface.points_mm)]].mean(axis=1)
    cells = np.vstack([blood.mesh.cells, number[wall.mesh.cells]])
    part = np.concatenate([blood.mesh.part, np.full(len(wall.mesh.cells), WALL)]).astype(np.int32)
    nodes = {n: own for n, own in blood.boundary_nodes().items() if n != "wall"}
    nodes |= {"interface": np.arange(shared), "outer": number[np.unique(wall.outer)]}
    ends = wall_ends(wall, surface)
    nodes |= {f"wall_{name}": number[own] for name, own in ends.items()}
    return TetMesh(points, cells, part, PARTS), nodes


def wall_ends(wall: ExtrudedWall, surface: SurfaceMesh) -> dict[str, IntArray]:
    """Nodes of a wall over each open end of the surface it was grown on: "end_1".., largest first."""
    surface = turned_outwards(surface)
    edges = SurfaceEdges.of(surface.triangles, len(surface.points_mm))
    base = len(surface.points_mm) + len(edges.ends)
    levels = np.arange(len(wall.mesh.points_mm) // base)
    out: dict[str, IntArray] = {}
    for number, end in enumerate(open_ends(surface), 1):
        rim = len(surface.points_mm) + edges.number(end.loop, np.roll(end.loop, -1))
        own = np.concatenate([end.loop, rim])
        out[f"end_{number}"] = np.sort((own + levels[:, None] * base).ravel())
    return out
