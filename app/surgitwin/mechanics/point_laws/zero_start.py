"""What the laws of points share: parameters by name, a memory that begins at zero, a compiled update."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.point_laws.base import PointLaw, Updated, checked, not_converged


class ZeroStart(PointLaw):
    """A law whose state is zero in the undeformed material. `_parameters`: complete with their defaults."""

    _parameters: Mapping[str, float | FloatArray]

    @property
    def parameters(self) -> Mapping[str, float | FloatArray]:
        """By name with unit: a number, or (n,) one a point."""
        return self._parameters

    @property
    def state_size(self) -> int:
        """Columns of the state, named by `state_names`."""
        return len(self.state_names)

    def start(self, n: int) -> FloatArray:
        """(n, s) zeros."""
        return np.zeros((n, self.state_size))


def updated(
    law: PointLaw,
    kernel: Callable[..., int],
    rows: FloatArray,
    strain: FloatArray,
    state: FloatArray,
    *settings: object,
) -> Updated:
    """What `kernel(strain, state, rows, *settings, stress, tangent, new)` fills in.

    kernel: returns the first point without a stress, or -1.
    rows: (1 or n, k) properties. Raises InputError "point_law.shape", SolverError "point_law.not_converged".
    """
    e, s = checked(law, len(rows), strain, state)
    stress, tangent, new = np.empty_like(e), np.empty((len(e), 6, 6)), np.empty_like(s)
    bad = kernel(e, s, rows, *settings, stress, tangent, new)
    if bad >= 0:
        raise not_converged(law.name, e, bad)
    return stress, tangent, new
