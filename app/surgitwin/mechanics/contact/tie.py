"""Penalty tie of two surfaces whose meshes need not match.

Energy 1/2 int eps |[u]|^2 over the slave, eps = factor E / h (physics.md 7.4: two quadratic blocks gave a
reaction of -999.7 of -1000 N at factor 1e3, -975 N at 10). The jump that remains is stated in the facts.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.linear import LinearInteraction
from surgitwin.mechanics.contact.report import resultant
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.surface import Surface

ENOUGH_TIED = 0.9
"""Tied share of the slave below which the result warns (numerical setting)."""


class PenaltyTie(LinearInteraction):
    """Holds the slave to the master as they stand in the reference position; an `Interaction`.

    modulus_MPa: of the softer side. factor: 1e2 to 1e3 for blocks. distance_mm: points further from the
    master stay free. Raises InputError "contact.bad_value", GeometryError "contact.nothing_paired".
    """

    def __init__(
        self,
        name: str,
        slave: Surface,
        master: Surface,
        modulus_MPa: float,
        factor: float,
        distance_mm: float,
        level: int = 1,
    ) -> None:
        if not (modulus_MPa > 0 and factor > 0 and np.isfinite(modulus_MPa * factor)):
            raise InputError(
                "contact.bad_value",
                f"The tie {name!r} has a modulus of {modulus_MPa:g} MPa and a factor of {factor:g}.",
                hint="Give positive numbers; a factor of 1000 suits most ties.",
                where=name,
            )
        self.name = name
        self.points = SlavePoints(slave, level)
        start = np.zeros(slave.X.size)
        hold = DeformableMaster(master, distance_mm).hold(self.points, start, 0.0)
        if not hold.paired.any():
            raise GeometryError(
                "contact.nothing_paired",
                f"The surfaces of the tie {name!r} face each other nowhere within {distance_mm:g} mm.",
                hint="Check the names of the surfaces, or allow a larger distance.",
                where=name,
            )
        stiffness = factor * modulus_MPa / surface_size(self.points)
        self._distance_mm = distance_mm
        self.paired_share = float((self.points.weight * hold.paired).sum() / self.points.weight.sum())
        self._jump = hold.jump
        self._weight: FloatArray = self.points.weight * hold.paired
        self._stiffness: FloatArray = stiffness
        self._matrix = (
            hold.jump.T @ sp.diags(np.repeat(self._weight * stiffness, slave.dim)) @ hold.jump
        ).tocsr()

    def notes(self) -> list[str]:
        """A warning when a good part of the slave is not tied."""
        if self.paired_share >= ENOUGH_TIED:
            return []
        return [
            f"Tie {self.name!r} holds {self.paired_share:.0%} of its slave's area; the rest does not face "
            f"the master within distance_mm = {self._distance_mm:.3g} and is free: name a smaller slave "
            "surface, exchange slave and master, or allow a larger distance_mm."
        ]

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Force that the tie puts on the slave, tied area, jumps, and `force_error`.

        force_error: the mean jump along the traction over the largest displacement of the model along the
        tie's resultant. It is the relative loss of a reaction under prescribed displacement, exactly so for
        parts in series. (Without resultant: over the largest displacement.)
        """
        jump = (self._jump @ u).reshape(-1, self.points.surface.dim)
        traction = self._stiffness[:, None] * jump
        force = -self._weight[:, None] * traction
        size = np.linalg.norm(jump, axis=1)
        area = float(self._weight.sum())
        work = float(self._weight @ np.einsum("nd,nd->n", traction, jump))
        pull = float(self._weight @ np.linalg.norm(traction, axis=1))
        furthest = _furthest(u.reshape(-1, jump.shape[1]), force.sum(axis=0), pull)
        return {
            **resultant(force, self.points.X),
            "tied_area_mm2": area,
            "tied_share": self.paired_share,
            "max_jump_mm": float(size[self._weight > 0].max()),
            "mean_jump_mm": float(self._weight @ size) / area,
            "force_error": work / pull / furthest if pull * furthest > 0 else 0.0,
        }


def _furthest(u: FloatArray, resultant_N: FloatArray, pull_N: float) -> float:
    """Largest displacement (N, d) along the resultant, or in any direction when that is next to nothing."""
    size = float(np.linalg.norm(resultant_N))
    if size > 1e-3 * pull_N:
        return float(np.abs(u @ resultant_N).max()) / size
    return float(np.linalg.norm(u, axis=1).max())


def surface_size(points: SlavePoints) -> FloatArray:
    """(n,) facet size at the points, mm."""
    out: FloatArray = points.surface.size_mm[points.facet]
    return out
