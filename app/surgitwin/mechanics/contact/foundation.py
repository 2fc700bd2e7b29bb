"""Elastic foundation: springs per area from a surface to the ground (Winkler)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.linear import LinearInteraction
from surgitwin.mechanics.contact.obstacle import slave_rows
from surgitwin.mechanics.contact.report import resultant
from surgitwin.mechanics.contact.rows import SlavePoints
from surgitwin.mechanics.contact.surface import Surface

DIRECTIONS = ("all", "normal")


class Foundation(LinearInteraction):
    """Traction -k u ("all") or -k (u.n) n ("normal", reference normals) on a surface; an `Interaction`.

    stiffness_N_per_mm3 k. Springs pull and push. Raises InputError "contact.bad_value".
    """

    def __init__(
        self, name: str, surface: Surface, stiffness_N_per_mm3: float, direction: str = "all"
    ) -> None:
        if direction not in DIRECTIONS or not 0 < stiffness_N_per_mm3 < np.inf:
            raise InputError(
                "contact.bad_value",
                f"The foundation {name!r} has a stiffness of {stiffness_N_per_mm3:g} N/mm3, "
                f"direction {direction!r}.",
                hint=f"Give a positive stiffness and one of the directions {', '.join(DIRECTIONS)}.",
                where=name,
            )
        self.name = name
        self.grounded = True
        self.points = SlavePoints(surface, 0)
        self._rows = slave_rows(self.points, np.ones(len(self.points.weight)))
        n, d = len(self.points.weight), surface.dim
        normal = self.points.normals(surface.X)
        share = (
            np.einsum("ni,nj->nij", normal, normal)
            if direction == "normal"
            else np.broadcast_to(np.eye(d), (n, d, d))
        )
        core = stiffness_N_per_mm3 * self.points.weight[:, None, None] * share
        self._core = sp.bsr_matrix((core, np.arange(n), np.arange(n + 1)), shape=(n * d, n * d))
        self._matrix = (self._rows.T @ (self._core @ self._rows)).tocsr()

    def facts(self, u: FloatArray, factor: float) -> dict[str, float]:
        """Force and moment that the foundation puts on the body, its energy and the largest displacement."""
        moved = self._rows @ u
        force = -(self._core @ moved).reshape(-1, self.points.surface.dim)
        at = moved.reshape(force.shape)
        return {
            **resultant(force, self.points.X),
            "energy_mJ": float(-0.5 * (force * at).sum()),
            "max_displacement_mm": float(np.linalg.norm(at, axis=1).max()),
        }
