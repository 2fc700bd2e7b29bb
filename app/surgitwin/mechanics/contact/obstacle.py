"""What a slave surface can meet: its gap with exact first and second derivatives, and a hold for friction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.rows import SlavePoints, expanded, scalar_rows


@dataclass(frozen=True, eq=False)
class Meeting:
    """Gaps of the slave's points.

    gap_mm (n,): negative in penetration, 0 where unpaired. normal (n, d): out of the master. paired (n,)
    bool. gradient (n, N*d): d(gap)/du, zero rows where unpaired. curvature(w (n,)): the matrix
    sum_q w_q d2(gap_q)/du2, (N*d, N*d).
    """

    gap_mm: FloatArray
    normal: FloatArray
    paired: Any
    gradient: sp.csr_matrix
    curvature: Callable[[FloatArray], sp.csr_matrix]


@dataclass(frozen=True, eq=False)
class Hold:
    """Points bound to what they touched at one moment, to measure slip from there.

    jump (n*d, N*d): derivative of the distance of the points from those places. offset(factor) (n, d) mm:
    that distance at u = 0 (places on a moving rigid master move with it). normal (n, d), frame (n, p, d):
    unit normal and tangents of the master at that moment (tangents count with `tangent` only). paired
    (n,) bool; rows of others are zero.
    tangent (n*p*d, N*d): derivative of the master's tangents; None where they do not depend on u, or are
    kept (small sliding). turn(factor) (d, d): rotation of a rigid master since then.
    """

    jump: sp.csr_matrix
    offset: Callable[[float], FloatArray]
    normal: FloatArray
    frame: FloatArray
    paired: Any
    tangent: sp.csr_matrix | None
    turn: Callable[[float], FloatArray]


class Obstacle(Protocol):
    """A deformable surface, an analytic rigid shape or a rigid triangulated one."""

    def meet(self, points: SlavePoints, u: FloatArray, factor: float) -> Meeting:
        """Gaps at u."""
        ...

    def hold(self, points: SlavePoints, u: FloatArray, factor: float) -> Hold:
        """Bind the points to what they touch at u."""
        ...


def no_curvature(columns: int) -> Callable[[FloatArray], sp.csr_matrix]:
    """Curvature of gaps that are linear in u."""
    empty = sp.csr_matrix((columns, columns))
    return lambda weight: empty


def slave_rows(points: SlavePoints, paired: Any) -> sp.csr_matrix:
    """(n*d, N*d) displacement at the slave's points; zero rows where not paired."""
    value = points.shape * np.asarray(paired, float)[:, None]
    surface = points.surface
    return expanded(scalar_rows(points.nodes, value, len(surface.X)), surface.dim)
