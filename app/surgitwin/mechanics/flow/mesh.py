"""Meshes of the fluid: cells of one kind with named pieces of boundary. SI: metres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TetMesh


@dataclass(frozen=True)
class CellKind:
    """dim, order of the geometry, corners, and the local corners of each facet (in VTK's node order)."""

    dim: int
    order: int
    corners: int
    nodes: int
    facets: tuple[tuple[int, ...], ...]

    @property
    def simplex(self) -> bool:
        """True for triangles and tetrahedra."""
        return self.corners == self.dim + 1


_TRI = ((0, 1), (1, 2), (2, 0))
_QUAD = ((0, 1), (1, 2), (2, 3), (3, 0))
_TET = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))
_HEX = ((0, 4, 7, 3), (1, 2, 6, 5), (0, 1, 5, 4), (3, 7, 6, 2), (0, 3, 2, 1), (4, 5, 6, 7))
CELLS: Mapping[str, CellKind] = {
    "triangle3": CellKind(2, 1, 3, 3, _TRI),
    "triangle6": CellKind(2, 2, 3, 6, _TRI),
    "quad4": CellKind(2, 1, 4, 4, _QUAD),
    "quad9": CellKind(2, 2, 4, 9, _QUAD),
    "tet4": CellKind(3, 1, 4, 4, _TET),
    "tet10": CellKind(3, 2, 4, 10, _TET),
    "hex8": CellKind(3, 1, 8, 8, _HEX),
    "hex27": CellKind(3, 2, 8, 27, _HEX),
}


_EDGES = {
    "triangle": _TRI,
    "quad": _QUAD,
    "tet": ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)),
    "hex": ((0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)),
}


def node_corners(kind: str) -> tuple[tuple[int, ...], ...]:
    """For each local node the corners whose mean it is on the reference cell: ((0,), ..., (0, 1), ...)."""
    cell, family = CELLS[kind], kind.rstrip("0123456789")
    nodes: list[tuple[int, ...]] = [(k,) for k in range(cell.corners)]
    if cell.order == 2:
        nodes += list(_EDGES[family])
    if kind == "hex27":
        nodes += list(_HEX)
    if kind in ("quad9", "hex27"):
        nodes.append(tuple(range(cell.corners)))
    return tuple(nodes)


@dataclass(frozen=True, eq=False)
class FlowMesh:
    """points_m (n, d); cells (m, k) of one `kind` in VTK's node order, positively oriented.

    boundaries: name -> (f, c) corner nodes of the boundary facets of that name.
    """

    points_m: FloatArray
    cells: IntArray
    kind: str
    boundaries: Mapping[str, IntArray]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_m", readonly(self.points_m, np.float64))
        object.__setattr__(self, "cells", readonly(self.cells, np.int64))
        named = {name: readonly(facets, np.int64) for name, facets in self.boundaries.items()}
        object.__setattr__(self, "boundaries", named)

    @property
    def cell(self) -> CellKind:
        """Facts of the cell kind."""
        return CELLS[self.kind]

    @property
    def dim(self) -> int:
        """2 or 3."""
        return self.cell.dim

    @cached_property
    def outer_facets(self) -> IntArray:
        """(f, c) corner nodes of all facets that belong to one cell only."""
        return outer_facets(self.cells, self.cell)

    def faults(self) -> list[str]:
        """What is wrong with it, each with its place; [] when it can be used."""
        if self.kind not in CELLS:
            return [f"mesh.kind: {self.kind!r} is not one of {', '.join(CELLS)}"]
        found = self._array_faults()
        if found:
            return found
        outer = {tuple(row) for row in np.sort(self.outer_facets, axis=1).tolist()}
        owner: dict[tuple[int, ...], str] = {}
        for name, facets in self.boundaries.items():
            rows = [tuple(row) for row in np.sort(facets, axis=1).tolist()]
            inner = sum(row not in outer for row in rows)
            if inner:
                found.append(f"mesh.boundaries.{name}: {inner} of {len(rows)} facets are not on the surface")
            twice = sorted({owner[row] for row in rows if row in owner})
            found += [f"mesh.boundaries.{name}: shares facets with {other}" for other in twice]
            owner.update(dict.fromkeys(rows, name))
        missing = len(outer - set(owner))
        if missing:
            found.append(f"mesh.boundaries: {missing} of {len(outer)} boundary facets have no name")
        return found

    def _array_faults(self) -> list[str]:
        cell, found = self.cell, []
        if self.points_m.ndim != 2 or self.points_m.shape[1] != cell.dim:
            found.append(f"mesh.points_m: shape {self.points_m.shape}, not (n, {cell.dim}) for {self.kind}")
        elif not np.isfinite(self.points_m).all():
            found.append("mesh.points_m: not all coordinates are finite")
        if self.cells.ndim != 2 or self.cells.shape[1] != cell.nodes or not len(self.cells):
            found.append(f"mesh.cells: shape {self.cells.shape}, not (m, {cell.nodes}) for {self.kind}")
        elif self.cells.min() < 0 or self.cells.max() >= len(self.points_m):
            found.append("mesh.cells: node numbers outside of points_m")
        corners = len(cell.facets[0])
        for name, facets in self.boundaries.items():
            if facets.ndim != 2 or facets.shape[1] != corners or not len(facets):
                found.append(f"mesh.boundaries.{name}: shape {facets.shape}, not (f, {corners})")
        return found


def outer_facets(cells: IntArray, cell: CellKind) -> IntArray:
    """(f, c) corner nodes of the facets of one cell only, in the order of the cell's local facets."""
    all_facets = np.concatenate([cells[:, list(local)] for local in cell.facets])
    _, first, count = np.unique(np.sort(all_facets, axis=1), axis=0, return_index=True, return_counts=True)
    out: IntArray = all_facets[first[count == 1]]
    return out


def name_facets(
    points_m: FloatArray, cells: IntArray, kind: str, names: Mapping[str, IntArray]
) -> dict[str, IntArray]:
    """Sort the outer facets by node sets: a facet takes the first name whose nodes hold all its corners.

    names: name -> node numbers. Raises InputError "flow.problem" when a facet fits no name.
    """
    facets = outer_facets(cells, CELLS[kind])
    free = np.ones(len(facets), bool)
    out: dict[str, IntArray] = {}
    for name, nodes in names.items():
        inside = np.zeros(len(points_m), bool)
        inside[nodes] = True
        mine = free & inside[facets].all(axis=1)
        out[name] = facets[mine]
        free &= ~mine
    if free.any():
        at = points_m[facets[free][0]].mean(axis=0)
        raise InputError(
            "flow.problem",
            f"{int(free.sum())} boundary facets fit none of the names {', '.join(names)}.",
            hint="Give a name to every piece of the boundary.",
            where=f"facet at {np.round(at, 6).tolist()} m",
        )
    return out


def from_tets(mesh: TetMesh, boundaries: Mapping[str, IntArray]) -> FlowMesh:
    """A tetrahedral mesh in millimetres as a fluid mesh in metres; boundaries as in FlowMesh."""
    kind = "tet4" if mesh.order == 1 else "tet10"
    return FlowMesh(mesh.points_mm * 1e-3, mesh.cells, kind, dict(boundaries))
