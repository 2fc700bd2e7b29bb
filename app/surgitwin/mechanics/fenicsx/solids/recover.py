"""Fields of a solved part at points: displacement, stress, pressure.

Stress is averaged only among cells of one material (`mechanics.material_groups`): at a border of two it jumps
by right. Where every cell has a modulus of its own (bone from CT), stress over modulus is averaged, and each
cell's stress is its modulus times that mean.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.elastic_constants import elastic_constants
from surgitwin.mechanics.material_groups import equal_materials

OUTSIDE = 0.05
"""A point this far outside (in reference coordinates) still belongs to the nearest cell: curved borders."""
INSIDE = 1e-6


class Recovery:
    """Values of one part at the unknowns last set in its bulk."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk
        self._space = bulk.space

    def displacement_at(self, points: FloatArray) -> FloatArray:
        """(n, d) mm at reference points (n, d)."""
        return self._at(points, self._bulk.u)

    def stress_at(self, points: FloatArray) -> FloatArray:
        """(n, 3, 3) Cauchy stress, MPa, at reference points; the mean over the cells that share a point.

        Where materials meet, the mean is taken in each, and the one with the largest von Mises stress given.
        """
        material, modulus = self._materials
        out = []
        for point in self._wide(points):
            cells = self._cells_at(point)
            E = modulus[cells][:, None]
            found = np.atleast_2d(self.stress.eval(np.tile(point, (len(cells), 1)), cells)) / E
            mine = material[cells]
            means = [(found[mine == g].mean(axis=0) * E[mine == g].mean()) for g in np.unique(mine)]
            out.append(max((m.reshape(3, 3) for m in means), key=_mises))
        return np.array(out)

    def pressure_at(self, points: FloatArray) -> FloatArray:
        """(n,) value of the mixed pressure unknown, MPa (positive in tension), at reference points."""
        return self._at(points, self._bulk.p)[:, 0]

    @cached_property
    def stress(self) -> Any:
        """Cauchy stress as a Function, discontinuous between cells, of the displacement's degree."""
        space = self._space
        S = fem.functionspace(space.domain, ("DG", space.part.degree, (3, 3)))
        f = fem.Function(S)
        f.interpolate(compile_expression(self._bulk.cauchy(), S.element.interpolation_points))
        return f

    @cached_property
    def nodal_stress(self) -> FloatArray:
        """(n, 3, 3) MPa at the displacement nodes: the mean of the cells around each, whatever their material
        (`materials_at_nodes` says where that is a mean over several, `smoothed` gives each one's own).
        """
        cells = self._space.V.dofmap.list
        values = self.smoothed
        total = np.zeros((self._space.nodes, 9))
        count = np.zeros(self._space.nodes)
        np.add.at(total, cells.ravel(), values.reshape(-1, 9))
        np.add.at(count, cells.ravel(), 1.0)
        out: FloatArray = (total / count[:, None]).reshape(-1, 3, 3)
        return out

    @cached_property
    def smoothed(self) -> FloatArray:
        """(m, k, 9) MPa at every cell's displacement nodes: the mean over the cells of its material there."""
        cells = self._space.V.dofmap.list
        material, modulus = self._materials
        E = modulus[:, None, None]
        place = (material[:, None] * self._space.nodes + cells).ravel()
        _, one = np.unique(place, return_inverse=True)
        one = one.reshape(-1)
        flat = (self._per_cell_nodes(self.stress) / E).reshape(-1, 9)
        count = np.bincount(one)[:, None]
        total = np.stack([np.bincount(one, flat[:, c]) for c in range(9)], axis=1)
        out: FloatArray = (total / count)[one].reshape(*cells.shape, 9) * E
        return out

    @cached_property
    def materials_at_nodes(self) -> IntArray:
        """(n,) how many materials meet at each displacement node."""
        cells = self._space.V.dofmap.list
        pairs = np.unique((self._materials[0][:, None] * self._space.nodes + cells).ravel())
        out: IntArray = np.bincount(pairs % self._space.nodes, minlength=self._space.nodes)
        return out

    @cached_property
    def cell_stress(self) -> FloatArray:
        """(m, 3, 3) MPa: mean of every cell's own stress at its nodes, in the order of `PartResult.cells`."""
        mean = self._per_cell_nodes(self.stress).mean(axis=1).reshape(-1, 3, 3)
        out = np.empty_like(mean)
        out[self._space.cell_order] = mean
        return out

    def stress_spread(self) -> tuple[FloatArray, FloatArray]:
        """(m, k, 3, 3) MPa twice: the cells' stress at their displacement nodes, and less `smoothed`."""
        values = self._per_cell_nodes(self.stress)
        shape = (*values.shape[:2], 3, 3)
        return values.reshape(shape), (values - self.smoothed).reshape(shape)

    def stress_jump_MPa(self) -> float:
        """Root mean square of the spread of the stress around the nodes: a first error estimate."""
        return float(np.sqrt((self.stress_spread()[1] ** 2).sum(axis=(2, 3)).mean()))

    @cached_property
    def _materials(self) -> tuple[IntArray, FloatArray]:
        """(m,) number of every cell's material and (m,) its modulus, MPa, in the cell order of DOLFINx."""
        part, order = self._space.part, self._space.cell_order
        count = len(part.mesh.cells)
        out, first = np.zeros(count, np.int64), 0
        for name, material in part.materials.items():
            cells = part.mesh.cell_sets[name] if name else np.arange(count)
            arrays = [np.asarray(v, float) for v in material.parameters.values() if np.ndim(v)]
            rows = [a[cells].reshape(len(cells), -1) for a in arrays]
            out[cells] = first + (equal_materials(np.hstack(rows)) if rows else 0)
            first = int(out.max()) + 1
        return out[order], elastic_constants(part)[1][order]

    def _per_cell_nodes(self, f: Any) -> FloatArray:
        """(m, k, 9) values at the displacement nodes of every cell (same Lagrange points as the field)."""
        out: FloatArray = f.x.array.reshape(-1, 9)[f.function_space.dofmap.list]
        return out

    def _wide(self, points: FloatArray) -> FloatArray:
        x = np.atleast_2d(np.asarray(points, float))
        return np.pad(x, ((0, 0), (0, 3 - x.shape[1])))

    def _at(self, points: FloatArray, f: Any) -> FloatArray:
        rows = []
        for point in self._wide(points):
            cells = self._cells_at(point)
            rows.append(np.atleast_2d(f.eval(np.tile(point, (len(cells), 1)), cells)).mean(axis=0))
        return np.array(rows)

    @cached_property
    def _boxes(self) -> tuple[FloatArray, FloatArray]:
        """(m, 3) lower and upper corner of every cell's nodes, widened: a curved cell bulges beyond them."""
        g = self._space.domain.geometry
        x = g.x[g.dofmaps[0]]
        low, high = x.min(axis=1), x.max(axis=1)
        wide = 0.1 * (high - low).max(axis=1, keepdims=True)
        return low - wide, high + wide

    def _cells_at(self, point: FloatArray) -> IntArray:
        """Cells that hold a point, or the nearest one for a point just outside a curved border."""
        low, high = self._boxes
        candidates = np.flatnonzero(((point >= low) & (point <= high)).all(axis=1))
        excess = np.array([self._excess(int(c), point) for c in candidates])
        if not len(excess) or excess.min() > OUTSIDE:
            at = np.round(point[: self._space.dimension], 4).tolist()
            raise InputError(
                "model.point_outside",
                f"The point {at} mm is not in part {self._space.part.name!r}.",
                hint="Give a point of the undeformed part.",
                where=self._space.part.name,
            )
        near = candidates[excess <= max(INSIDE, float(excess.min()))]
        return np.asarray(near, np.int32)

    def _excess(self, cell: int, point: FloatArray) -> float:
        """How far the point's reference coordinates in `cell` lie outside it; infinite when far away."""
        g = self._space.domain.geometry
        x = g.x[g.dofmaps[0][cell]][:, : self._space.dimension]
        try:
            r = g.cmaps[0].pull_back(point[None, : self._space.dimension], x)[0]
        except RuntimeError:  # Newton on a curved cell failed: the point is not near it
            return float("inf")
        simplex = self._space.part.mesh.cell in ("triangle", "tetrahedron")
        bounds = [-r.min(), r.sum() - 1] if simplex else [-r.min(), r.max() - 1]
        return float(max(*bounds, 0.0))


def _mises(stress: FloatArray) -> float:
    deviator = stress - np.trace(stress) / 3 * np.eye(3)
    return float(np.sqrt(1.5 * (deviator**2).sum()))
