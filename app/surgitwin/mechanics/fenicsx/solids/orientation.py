"""Whether a deformed part still has its cells the right way round."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import basix
import numpy as np
import ufl

from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk


class Orientation:
    """Least volume ratio of a part at its quadrature points.

    In axisymmetry also the least circumferential stretch: a body pulled through its own axis has a
    positive volume ratio, and is impossible.
    """

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    def least(self) -> float:
        """Least det F (and stretch) at the values last set; not positive when a cell is inside out."""
        cells = np.arange(len(self._bulk.space.cell_order), dtype=np.int32)
        return float(min(e.eval(self._bulk.space.domain, cells).min() for e in self._measures))

    @cached_property
    def _measures(self) -> list[Any]:
        space, kin = self._bulk.space, self._bulk.kinematics
        kind = basix.CellType[space.part.mesh.cell]
        points, _ = basix.make_quadrature(kind, space.part.quadrature_degree)
        F = kin.deformation(self._bulk.u)
        wanted = [ufl.det(F)] + ([F[2, 2]] if kin.kind == "axisymmetric" else [])
        return [compile_expression(w, points) for w in wanted]
