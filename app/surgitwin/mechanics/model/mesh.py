"""The mesh of one part: triangles, quadrilaterals, tetrahedra or hexahedra, straight or curved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import TetMesh

NODES = {
    "triangle": (3, 6),
    "quadrilateral": (4, 9),
    "tetrahedron": (4, 10),
    "hexahedron": (8, 27),
}
"""Nodes of a cell of order 1 and 2 (VTK's order; the quadratic ones are the full Lagrange cells)."""

FACETS: dict[str, tuple[tuple[int, ...], ...]] = {
    "triangle": ((0, 1), (1, 2), (2, 0)),
    "quadrilateral": ((0, 1), (1, 2), (2, 3), (3, 0)),
    "tetrahedron": ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1)),
    "hexahedron": (
        (0, 4, 7, 3), (1, 2, 6, 5), (0, 1, 5, 4), (3, 7, 6, 2), (0, 3, 2, 1), (4, 5, 6, 7),
    ),
}  # fmt: skip
"""Corners of the facets of a cell in VTK's corner order, oriented outwards for positive cells."""


@dataclass(frozen=True, eq=False)
class PartMesh:
    """Cells of one kind in 2 or 3 dimensions.

    points_mm (n, d). cells (m, k) node numbers in VTK's order (k of `NODES`). cell_sets: name -> (c,)
    cell numbers. surfaces: name -> (f, c) corner node numbers of boundary facets (edges in 2D).
    """

    points_mm: FloatArray
    cells: IntArray
    cell: str
    cell_sets: Mapping[str, IntArray] = field(default_factory=dict)
    surfaces: Mapping[str, IntArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_mm", readonly(self.points_mm, np.float64))
        object.__setattr__(self, "cells", readonly(self.cells, np.int32))
        if self.cells.ndim != 2 or self.cells.shape[1] not in NODES[self.cell]:
            raise ValueError(f"a {self.cell} has {NODES[self.cell]} nodes, not {self.cells.shape[1:]}")

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return int(self.points_mm.shape[1])

    @property
    def order(self) -> int:
        """1 for straight cells, 2 for curved ones."""
        return NODES[self.cell].index(self.cells.shape[1]) + 1

    @property
    def corners(self) -> IntArray:
        """(m, c) corner nodes of every cell."""
        return self.cells[:, : NODES[self.cell][0]]

    def boundary(self) -> IntArray:
        """(f, c) corner nodes of the facets that belong to one cell only, oriented outwards."""
        facets = self.corners[:, np.array(FACETS[self.cell])]
        flat = facets.reshape(-1, facets.shape[2])
        _, first, count = np.unique(np.sort(flat, axis=1), axis=0, return_index=True, return_counts=True)
        out: IntArray = flat[np.sort(first[count == 1])]
        return out

    def with_surface(self, name: str, where: Callable[[FloatArray], Any]) -> PartMesh:
        """This mesh with the surface `name`: boundary facets all of whose corners satisfy `where(x (n, d))`.

        Raises InputError "model.empty_surface" when there is none.
        """
        facets = self.boundary()
        chosen = facets[np.asarray(where(self.points_mm), bool)[facets].all(axis=1)]
        if not len(chosen):
            raise InputError(
                "model.empty_surface",
                f"No boundary facet lies on the surface {name!r}.",
                hint="Check the condition and its tolerance against the mesh (millimetres).",
                where=name,
            )
        return replace(self, surfaces={**self.surfaces, name: chosen})

    def with_cells(self, name: str, where: Callable[[FloatArray], Any]) -> PartMesh:
        """This mesh with the cell set `name`: cells whose corner mean satisfies `where(x (m, d))`."""
        chosen = np.flatnonzero(where(self.points_mm[self.corners].mean(axis=1)))
        if not len(chosen):
            raise InputError(
                "model.empty_set",
                f"No cell lies in the set {name!r}.",
                hint="Check the condition against the mesh (millimetres).",
                where=name,
            )
        return replace(self, cell_sets={**self.cell_sets, name: chosen.astype(np.int32)})

    def moved(self, shift_mm: FloatArray) -> PartMesh:
        """The mesh displaced by `shift_mm` (d,)."""
        return replace(self, points_mm=self.points_mm + np.asarray(shift_mm, float))


def from_tets(mesh: TetMesh) -> PartMesh:
    """A tetrahedral mesh of the planner with its parts as cell sets."""
    sets = {name: np.flatnonzero(mesh.part == k).astype(np.int32) for k, name in mesh.names.items()}
    return PartMesh(mesh.points_mm, mesh.cells, "tetrahedron", sets)
