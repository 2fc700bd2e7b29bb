"""What a solver needs of a contact, tie, bolt or foundation: force, tangent, and a memory to undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Terms:
    """Part of the residual r(u) = f_int(u) - f_ext(u) and of its derivative.

    force (N*d,) N. tangent (N*d, N*d) N/mm: d(force)/du, consistent; need not be symmetric (friction).
    """

    force: FloatArray
    tangent: sp.csr_matrix


class Interaction(Protocol):
    """Anything that acts between surfaces. u (N*d,) mm is node-major; factor 0..1 is the load factor.

    `evaluate` does not change the state: equal arguments give equal terms until `augment`, `commit` or
    `rollback` is called. What has a history also has state() -> arrays of the last commit, and
    restore(arrays), for restarts. Optional flags: symmetric (tangent), linear (one solve is exact),
    grounded (its forces come from outside the model). Optional: fault(u, factor) -> str, asked when an
    increment has settled: why it must be rejected all the same, or ""; notes() -> list[str]: warnings for
    the result; remedy: str, advice when increments fail.
    """

    name: str

    def evaluate(self, u: FloatArray, factor: float) -> Terms:
        """Force and consistent tangent at u."""
        ...

    def augment(self, u: FloatArray, factor: float) -> bool:
        """Update multipliers after Newton converged; True when settled (no further solve needed)."""
        ...

    def commit(self, u: FloatArray, factor: float) -> None:
        """The increment is accepted: keep multipliers, slip history and pairing."""
        ...

    def rollback(self) -> None:
        """The increment is rejected: back to the last commit."""
        ...

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Resultants, penetration, area and the like, for reports."""
        ...
