"""Gaps to a surface of facets: deformable (its nodes are unknowns) or a rigid one that is moved."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.curvature import Curvature, Frame, frame
from surgitwin.mechanics.contact.motion import STILL, RigidMotion
from surgitwin.mechanics.contact.obstacle import Hold, Meeting, no_curvature, slave_rows
from surgitwin.mechanics.contact.rows import SlavePoints, expanded, scalar_rows, vector_rows
from surgitwin.mechanics.contact.search import Pairs, project
from surgitwin.mechanics.contact.surface import Surface


class DeformableMaster:
    """A surface of a body of the model.

    sliding "small": pairs and normals frozen in the reference configuration, gaps linear in u; "finite":
    closest points are found anew at every u, with the exact first and second derivatives of the gap.
    search_mm: points further off the surface have no pair.
    """

    def __init__(self, surface: Surface, search_mm: float, sliding: str = "small") -> None:
        self.surface, self.search_mm, self.sliding = surface, search_mm, sliding
        self._frozen: tuple[SlavePoints, Pairs, Frame, sp.csr_matrix] | None = None

    def positions(self, u: FloatArray, factor: float) -> FloatArray:
        """(N, d) of the surface's nodes at u (N*d,)."""
        return self.surface.positions(u)

    def meet(self, points: SlavePoints, u: FloatArray, factor: float) -> Meeting:
        """Gaps at u (N*d,)."""
        x = self.surface.positions(u)
        pairs, here, rows = self._pairs(points, x)
        where = here.at
        if self.sliding == "small":
            where = np.einsum("nk,nkd->nd", here.value, x[here.nodes])
        gap = np.where(pairs.paired, np.einsum("nd,nd->n", here.normal, points.at(x) - where), 0.0)
        curvature = no_curvature(u.size)
        if self.sliding == "finite":
            curvature = Curvature(points, here, gap, len(x), moving=True).matrix
        return Meeting(gap, here.normal, pairs.paired, rows, curvature)

    def hold(self, points: SlavePoints, u: FloatArray, factor: float) -> Hold:
        """Bind the points to the master's material at u."""
        pairs, here, _ = self._pairs(points, self.surface.positions(u))
        d, count = self.surface.dim, len(self.surface.X)
        value = here.value * pairs.paired[:, None]
        on_master = expanded(scalar_rows(here.nodes, value, count), d)
        jump = (slave_rows(points, pairs.paired) - on_master).tocsr()
        apart = (jump @ self.surface.X.ravel()).reshape(-1, d)
        tangent = None
        if self.sliding == "finite":
            n, p, k = here.first.shape
            first = (here.first * pairs.paired[:, None, None]).reshape(n * p, k)
            tangent = expanded(scalar_rows(np.repeat(here.nodes, p, axis=0), first, count), d)
        return Hold(
            jump, lambda _: apart, here.normal, here.tangent, pairs.paired, tangent, lambda _: np.eye(d)
        )

    def _pairs(self, points: SlavePoints, x: FloatArray) -> tuple[Pairs, Frame, sp.csr_matrix]:
        """Pairs, the master there and the gap's gradient, for node positions x (N, d)."""
        if self.sliding == "finite":
            return self._paired(points, x)
        if self._frozen is None or self._frozen[0] is not points:
            self._frozen = (points, *self._paired(points, self.surface.X))
        return self._frozen[1:]

    def _paired(self, points: SlavePoints, x: FloatArray) -> tuple[Pairs, Frame, sp.csr_matrix]:
        pairs = find(points, points.at(x), points.normals(x), self.surface, x, self.search_mm)
        here = frame(self.surface, pairs, x)
        return pairs, here, self._rows(points, pairs, here)

    def _rows(self, points: SlavePoints, pairs: Pairs, here: Frame) -> sp.csr_matrix:
        nodes = np.hstack([points.nodes, here.nodes])
        value = np.hstack([points.shape, -here.value]) * pairs.paired[:, None]
        return vector_rows(nodes, value[:, :, None] * here.normal[:, None, :], len(self.surface.X))


def find(
    points: SlavePoints, at: FloatArray, normal: FloatArray, surface: Surface, x: FloatArray, limit: float
) -> Pairs:
    """Pairs of the slave's points at positions `at` (n, d) with normals (n, d) on `surface` at x (N, d)."""
    return project(at, normal, x, surface.nodes, surface.kind, limit)


@dataclass(frozen=True, eq=False)
class RigidFacets:
    """A rigid surface of facets, for example a triangulated device, moved by `motion`. Its own nodes are
    not unknowns; X of its Surface holds its points.
    """

    surface: Surface
    search_mm: float
    motion: RigidMotion = field(default=STILL)

    def positions(self, u: FloatArray, factor: float) -> FloatArray:
        """(N, d) of the surface's own nodes at the factor."""
        return self.motion.carry(self.surface.X, 0.0, factor)

    def meet(self, points: SlavePoints, u: FloatArray, factor: float) -> Meeting:
        """Gaps at u; always with the closest point of the moment."""
        x = points.surface.positions(u)
        pairs, here = self._pairs(points, x, factor)
        at = points.at(x)
        gap = np.where(pairs.paired, np.einsum("nd,nd->n", here.normal, at - here.at), 0.0)
        value = points.shape * pairs.paired[:, None]
        rows = vector_rows(points.nodes, value[:, :, None] * here.normal[:, None, :], len(x))
        curvature = Curvature(points, here, gap, len(x), moving=False).matrix
        return Meeting(gap, here.normal, pairs.paired, rows, curvature)

    def hold(self, points: SlavePoints, u: FloatArray, factor: float) -> Hold:
        """Bind the points to the places on the rigid surface that they touch now."""
        pairs, here = self._pairs(points, points.surface.positions(u), factor)

        def offset(now: float) -> FloatArray:
            apart = points.X - self.motion.carry(here.at, factor, now)
            return np.where(pairs.paired[:, None], apart, 0.0)

        jump = slave_rows(points, pairs.paired)
        turn = self.motion.turn(factor, self.surface.dim)
        return Hold(jump, offset, here.normal, here.tangent, pairs.paired, None, turn)

    def _pairs(self, points: SlavePoints, x: FloatArray, factor: float) -> tuple[Pairs, Frame]:
        moved = self.positions(x, factor)
        pairs = find(points, points.at(x), points.normals(x), self.surface, moved, self.search_mm)
        return pairs, frame(self.surface, pairs, moved)
