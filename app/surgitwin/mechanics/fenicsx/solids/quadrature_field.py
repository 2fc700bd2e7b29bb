"""Values at the points of quadrature as arrays, as coefficients of forms, and fitted back to fields."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import basix
import basix.ufl
import numpy as np
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.solids.space import PartSpace


class QuadraturePoints:
    """The points of a part: q a cell, cell after cell in DOLFINx's order."""

    def __init__(self, space: PartSpace) -> None:
        self.space = space
        kind, degree = space.part.mesh.cell, space.part.quadrature_degree
        self.points, self.weights = basix.make_quadrature(basix.CellType[kind], degree)

    @property
    def per_cell(self) -> int:
        """Points of one cell."""
        return len(self.weights)

    @property
    def count(self) -> int:
        """Points of all cells."""
        return len(self.space.cell_order) * self.per_cell

    @cached_property
    def _place(self) -> IntArray:
        """(m,) DOLFINx's number of each of the part's own cells."""
        out: IntArray = np.argsort(self.space.cell_order)
        return out

    def rows(self, cells: IntArray) -> IntArray:
        """Numbers of the points of the part's own `cells`, cell after cell."""
        out: IntArray = (self._place[cells][:, None] * self.per_cell + np.arange(self.per_cell)).ravel()
        return out

    def by_own_cell(self, values: FloatArray) -> FloatArray:
        """(m, q) of values (points,), in the part's own cell order."""
        out: FloatArray = values.reshape(-1, self.per_cell)[self._place]
        return out

    def coefficient(self, shape: tuple[int, ...]) -> Any:
        """A Function with a value at every point, for forms of the same quadrature degree."""
        part = self.space.part
        element = basix.ufl.quadrature_element(
            part.mesh.cell, value_shape=shape, degree=part.quadrature_degree
        )
        return fem.Function(fem.functionspace(self.space.domain, element))

    def fitted(self, values: FloatArray, degree: int) -> Any:
        """A discontinuous Function of vectors that fits values (points, k) in every cell by weighted least
        squares.
        """
        k = values.shape[1]
        f = fem.Function(fem.functionspace(self.space.domain, ("DG", degree, (k,))))
        basis = f.function_space.element.basix_element.tabulate(0, self.points)[0, :, :, 0]
        root = np.sqrt(self.weights)
        fit = np.linalg.pinv(root[:, None] * basis) * root
        cells = values.reshape(-1, self.per_cell, k)
        f.x.array.reshape(-1, k)[f.function_space.dofmap.list] = np.einsum("dq,mqk->mdk", fit, cells)
        return f


def fill(f: Any, values: FloatArray) -> None:
    """Put values (points, ...) into a coefficient."""
    size = int(np.prod(values.shape[1:]))
    f.x.array.reshape(-1, size)[f.function_space.dofmap.list.ravel()] = values.reshape(-1, size)


def read(f: Any, size: int) -> FloatArray:
    """(points, size) of a coefficient."""
    out: FloatArray = f.x.array.reshape(-1, size)[f.function_space.dofmap.list.ravel()]
    return out
