"""All parts together: one vector of unknowns, displacement nodes first (part after part), then pressures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.model.supports import At


@dataclass(frozen=True, eq=False)
class Assembly:
    """The bulks of a model's parts in one numbering.

    The unknown vector x holds the displacement of all nodes (node-major, d components), then the
    pressures of the mixed parts.
    """

    bulks: Sequence[Bulk]

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return self.bulks[0].space.dimension

    @cached_property
    def first_node(self) -> IntArray:
        """(parts + 1,) number of the first node of every part, and the total."""
        out: IntArray = np.cumsum([0, *(b.space.nodes for b in self.bulks)])
        return out

    @cached_property
    def first_pressure(self) -> IntArray:
        """(parts + 1,) position of the first pressure of every part in x, and the length of x."""
        start = self.nodes * self.dimension
        out: IntArray = start + np.cumsum([0, *(b.space.pressures for b in self.bulks)])
        return out

    @property
    def nodes(self) -> int:
        """Displacement nodes of all parts."""
        return int(self.first_node[-1])

    @property
    def displacements(self) -> int:
        """Displacement unknowns."""
        return self.nodes * self.dimension

    @property
    def size(self) -> int:
        """All unknowns."""
        return int(self.first_pressure[-1])

    @cached_property
    def points_mm(self) -> FloatArray:
        """(nodes, d) reference positions."""
        return np.vstack([b.space.points_mm for b in self.bulks])

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of every part by name."""
        return {b.space.part.name: k for k, b in enumerate(self.bulks)}

    def bulk(self, part: str, where: str) -> Bulk:
        """The bulk of a part by name; InputError "model.no_part"."""
        if part not in self.index:
            raise InputError(
                "model.no_part",
                f"There is no part called {part!r}.",
                hint=f"Parts: {', '.join(self.index)}.",
                where=where,
            )
        return self.bulks[self.index[part]]

    def nodes_on(self, part: str, on: str | At, where: str) -> IntArray:
        """Node numbers (of all parts) on a surface or at coordinates; InputError when there is none."""
        space = self.bulk(part, where).space
        if isinstance(on, At):
            local = np.flatnonzero(on.chosen(space.points_mm))
            if on.surface:
                local = np.intersect1d(local, space.surface_nodes(on.surface)[0])
            if not len(local):
                raise InputError(
                    "model.no_nodes",
                    f"No displacement node of part {part!r} is at {on}.",
                    hint="Check coordinates and tolerance (mm).",
                    where=where,
                )
        else:
            local = np.unique(space.surface_nodes(on)[0])
        out: IntArray = local + self.first_node[self.index[part]]
        return out

    def surface(self, part: str, on: str, where: str) -> tuple[IntArray, str]:
        """(f, k) node numbers (of all parts) of a surface's facets in VTK order, and their kind."""
        nodes, kind = self.bulk(part, where).space.surface_nodes(on)
        return nodes + self.first_node[self.index[part]], kind

    def set(self, x: FloatArray) -> None:
        """Hand the unknowns to the parts."""
        d = self.dimension
        for k, bulk in enumerate(self.bulks):
            bulk.u.x.array[:] = x[d * self.first_node[k] : d * self.first_node[k + 1]]
            if bulk.p is not None:
                bulk.p.x.array[:] = x[self.first_pressure[k] : self.first_pressure[k + 1]]

    def residual(self) -> FloatArray:
        """(size,) internal forces and volume conditions at the values last set."""
        out = np.zeros(self.size)
        for k, bulk in enumerate(self.bulks):
            out[self._unknowns(k)] = bulk.residual()
        return out

    def tangent(self) -> sp.csr_matrix:
        """(size, size) derivative of the residual."""
        tangents = [b.tangent() for b in self.bulks]
        if len(tangents) == 1:
            return tangents[0]
        stacked = sp.block_diag(tangents, format="csr")
        if all(b.p is None for b in self.bulks):
            return stacked
        order = np.argsort(np.concatenate([self._unknowns(k) for k in range(len(self.bulks))]))
        return stacked[order][:, order]

    def energy_mJ(self) -> float:
        """Stored energy of all parts."""
        return sum(b.energy_mJ() for b in self.bulks)

    def part_vector(self, k: int, values: FloatArray) -> FloatArray:
        """(size,) vector with the displacement-like values (n d,) of part k in place."""
        out = np.zeros(self.size)
        d = self.dimension
        out[d * self.first_node[k] : d * self.first_node[k + 1]] = values
        return out

    def _unknowns(self, k: int) -> IntArray:
        d = self.dimension
        out: IntArray = np.concatenate(
            [
                np.arange(d * self.first_node[k], d * self.first_node[k + 1]),
                np.arange(self.first_pressure[k], self.first_pressure[k + 1]),
            ]
        )
        return out

    def each(self, method: str, *arguments: Any) -> None:
        """Call `method` of every bulk."""
        for bulk in self.bulks:
            getattr(bulk, method)(*arguments)
