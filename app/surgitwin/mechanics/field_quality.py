"""What the solved fields of a body say about its mesh: stored energy, estimated error, pressure oscillation.

The error estimate is Zienkiewicz and Zhu's (Int J Numer Meth Eng 1987, 24:337): the strain of the cells
against the same strain averaged at the nodes, both with the stiffness of the point; in a homogeneous part
that is the smoothed stress against the cells' stress. Averages are taken within one part, and in it among
cells of equal modulus (`mechanics.material_groups`), because strain jumps by right where two materials meet.
Where every cell has a modulus of its own (bone from CT), strain is averaged over all cells of the part: it
varies with stiffness faster than a mesh can follow, which the estimate counts as error of the mesh as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET10_EDGES, TetMesh
from surgitwin.mechanics.locking import StressSamples, pressure_oscillation
from surgitwin.mechanics.material_groups import equal_materials
from surgitwin.mechanics.quadrature import tet_rule
from surgitwin.mechanics.tet10 import barycentric, jacobian, shape, shape_gradient

STRAIGHT = 1e-6
"""Numerical setting: straight is what has its mid-side nodes in the middle, within this part of its size."""
_NODES = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], float)
_ALL_NODES = np.vstack([_NODES, *((_NODES[a] + _NODES[b]) / 2 for a, b in TET10_EDGES)])
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))


@dataclass(frozen=True)
class PartQuality:
    """Of one part. stored_mJ: energy of the cells' strain; error_mJ: of what the smoothed one differs by."""

    name: str
    stored_mJ: float
    error_mJ: float


@dataclass(frozen=True)
class FieldQuality:
    """Of one body under one load. oscillation: of the pressure (`mechanics.locking`), 1."""

    parts: tuple[PartQuality, ...]
    oscillation: float


def relative_error(stored_mJ: float, error_mJ: float) -> float:
    """Estimated error in the energy norm as a part of the solution's: sqrt(e / (U + e)) (their eq. 19)."""
    total = stored_mJ + error_mJ
    return float(np.sqrt(error_mJ / total)) if total > 0 else 0.0


@dataclass(frozen=True, eq=False)
class ElasticBody:
    """A ten-node mesh, its modulus_MPa (m, q) at the points of `tet_rule(degree)` and poisson (m,)."""

    mesh: TetMesh
    modulus_MPa: FloatArray
    poisson: FloatArray
    degree: int = 2

    def quality(self, displacement: FloatArray) -> FieldQuality:
        """For nodal displacements (n10, 3) mm."""
        at_nodes, at_points = self._strains(displacement)
        parts = []
        smooth = np.empty_like(at_points)
        for mine in self._materials:
            smooth[mine] = shape(self._points) @ self._averaged(at_nodes[mine], mine)
        found, lost = self._energies(at_points), self._energies(at_points - smooth)
        for k in np.unique(self.mesh.part):
            mine = self.mesh.part == k
            name = self.mesh.names.get(int(k), str(k))
            parts.append(PartQuality(name, float(found[mine].sum()), float(lost[mine].sum())))
        return FieldQuality(tuple(parts), self._oscillation(at_points))

    def _strains(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(m, 10, 6) at the nodes and (m, q, 6) at the points, tensor components in the order of `_PAIRS`."""
        cells = u[self.mesh.cells]
        if self._straight:
            corners = _strain(cells, _NODES, self._inverse_at_corner)
            middles = [(corners[:, a] + corners[:, b]) / 2 for a, b in TET10_EDGES]
            nodes = np.concatenate([corners, np.stack(middles, axis=1)], axis=1)
            return nodes, barycentric(self._points) @ corners
        at_nodes, at_points = self._inverses
        return _strain(cells, _ALL_NODES, at_nodes), _strain(cells, self._points, at_points)

    def _averaged(self, strain: FloatArray, mine: Any) -> FloatArray:
        """(k, 10, 6) of the cells `mine` of one material: means over the cells at the nodes, by volume."""
        cells = self.mesh.cells[mine]
        volume = np.repeat(self._weights[mine].sum(axis=1), 10)
        count = len(self.mesh.points_mm)
        share = np.bincount(cells.ravel(), volume, count)
        flat = strain.reshape(-1, 6)
        sums = np.stack([np.bincount(cells.ravel(), volume * flat[:, c], count) for c in range(6)], axis=1)
        out: FloatArray = (sums / np.where(share > 0, share, 1.0)[:, None])[cells]
        return out

    def _energies(self, strain: FloatArray) -> FloatArray:
        """(m,) mJ of strain (m, q, 6) at the points."""
        lame, shear = self._lame
        trace = strain[..., :3].sum(axis=2)
        square = (strain[..., :3] ** 2).sum(axis=2) + 2 * (strain[..., 3:] ** 2).sum(axis=2)
        out: FloatArray = (self._weights * (shear * square + lame * trace**2 / 2)).sum(axis=1)
        return out

    def _oscillation(self, strain: FloatArray) -> float:
        lame, shear = self._lame
        stress = np.empty((*strain.shape[:2], 3, 3))
        for c, (i, j) in enumerate(_PAIRS):
            stress[..., i, j] = stress[..., j, i] = 2 * shear * strain[..., c]
        mean = lame * strain[..., :3].sum(axis=2)
        stress += mean[..., None, None] * np.eye(3)
        linear = barycentric(self._points)
        return pressure_oscillation(StressSamples(self.mesh.corners, linear, stress, self._weights))

    @cached_property
    def _materials(self) -> list[IntArray]:
        """Cells of every material of every part."""
        out: list[IntArray] = []
        for k in np.unique(self.mesh.part):
            cells = np.flatnonzero(self.mesh.part == k)
            group = equal_materials(np.asarray(self.modulus_MPa, float)[cells])
            out += [cells[group == g] for g in np.unique(group)]
        return out

    @cached_property
    def _points(self) -> FloatArray:
        return tet_rule(self.degree)[0]

    @cached_property
    def _x(self) -> FloatArray:
        return self.mesh.points_mm[self.mesh.cells]

    @cached_property
    def _straight(self) -> bool:
        a, b = np.array(TET10_EDGES).T
        off = np.abs(self._x[:, 4:] - (self._x[:, a] + self._x[:, b]) / 2).max()
        return bool(off < STRAIGHT * np.ptp(self.mesh.points_mm, axis=0).max())

    @cached_property
    def _inverse_at_corner(self) -> FloatArray:
        return np.linalg.inv(jacobian(self._x, _NODES[:1]))

    @cached_property
    def _inverses(self) -> tuple[FloatArray, FloatArray]:
        """Of the Jacobian at all nodes and at the points."""
        return np.linalg.inv(jacobian(self._x, _ALL_NODES)), np.linalg.inv(self._jacobian)

    @cached_property
    def _jacobian(self) -> FloatArray:
        return jacobian(self._x, self._points)

    @cached_property
    def _weights(self) -> FloatArray:
        """(m, q) mm3."""
        out: FloatArray = tet_rule(self.degree)[1] * np.linalg.det(
            jacobian(self._x, _NODES[:1]) if self._straight else self._jacobian
        )
        return out

    @cached_property
    def _lame(self) -> tuple[FloatArray, FloatArray]:
        E, nu = np.asarray(self.modulus_MPa, float), np.asarray(self.poisson, float)[:, None]
        return E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))


def _strain(u: FloatArray, points: FloatArray, inverse: FloatArray) -> FloatArray:
    """(m, p, 6) from nodal values (m, 10, 3) and dr/dx (m, 1 or p, 3, 3)."""
    slope = shape_gradient(points)
    p = len(points)
    flat = u.swapaxes(1, 2) @ slope.swapaxes(0, 1).reshape(10, -1)
    gradient = flat.reshape(len(u), 3, p, 3).swapaxes(1, 2) @ inverse
    out: FloatArray = np.stack([(gradient[..., i, j] + gradient[..., j, i]) / 2 for i, j in _PAIRS], axis=-1)
    return out
