"""Which surface a ray meets first: from the data, so that glass and hidden faces are met as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvista as pv
from vtkmodules.vtkCommonCore import mutable
from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

from surgitwin.core.arrays import FloatArray

KEPT = 64
"""Surfaces whose search tree is kept (memory only)."""


@dataclass(frozen=True, eq=False)
class Hit:
    """What the ray met first: name of the surface, LPS point (3,), distance along the ray in mm."""

    name: tuple[str, str]
    point_mm: FloatArray
    distance_mm: float


@dataclass(frozen=True, eq=False)
class Target:
    """A surface that can be met. name: group and layer. matrix: 4x4 by which it is drawn, None: as it is."""

    name: tuple[str, str]
    data: pv.PolyData
    matrix: FloatArray | None = None


class Picker:
    """Finds the first surface on a ray; search trees are built once per surface."""

    def __init__(self) -> None:
        self._trees: dict[int, tuple[pv.PolyData, int, vtkStaticCellLocator]] = {}

    def pick(
        self, origin_mm: npt.ArrayLike, direction: npt.ArrayLike, targets: Iterable[Target], reach_mm: float
    ) -> Hit | None:
        """The first of `targets` on the ray from `origin_mm` along the unit `direction` within `reach_mm`."""
        start, along = np.asarray(origin_mm, float), np.asarray(direction, float)
        best: Hit | None = None
        for target in targets:
            if not target.data.n_cells:
                continue
            distance = self._distance(target, start, along, reach_mm)
            if distance is not None and (best is None or distance < best.distance_mm):
                best = Hit(target.name, start + distance * along, distance)
        return best

    def _distance(
        self, target: Target, start: FloatArray, along: FloatArray, reach_mm: float
    ) -> float | None:
        if target.matrix is not None:
            back = np.linalg.inv(target.matrix)
            start, along = back[:3, :3] @ start + back[:3, 3], back[:3, :3] @ along
        share: Any = mutable(0.0)
        cell: Any = mutable(0)
        point, local = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        end = start + reach_mm * along
        tree = self._tree(target.data)
        met = tree.IntersectWithLine(start.tolist(), end.tolist(), 1e-6, share, point, local, cell, cell)
        return float(share) * reach_mm if met else None

    def _tree(self, data: pv.PolyData) -> vtkStaticCellLocator:
        kept = self._trees.get(id(data))
        if kept is not None and kept[0] is data and kept[1] == data.GetMTime():
            return kept[2]
        tree = vtkStaticCellLocator()
        tree.SetDataSet(data)
        tree.BuildLocator()
        while len(self._trees) >= KEPT:
            del self._trees[next(iter(self._trees))]
        self._trees[id(data)] = (data, data.GetMTime(), tree)
        return tree
