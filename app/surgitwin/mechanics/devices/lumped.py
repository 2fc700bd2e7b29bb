"""What the lumen's nodes stand for: quantities at points of the faces are given to the nodes next to them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.quadrature import triangle_rule

_SIDES = ((0, 1), (1, 2), (2, 0))


class NodeShares:
    """Points of curved triangles shared among nodes by straight hats on the four triangles of each face.

    The hats are positive and sum to one, so totals are kept; each reaches half as far as the face, which
    keeps the edge of a contact sharper than a mean over whole faces.
    """

    def __init__(self, faces: IntArray, area: FloatArray, nodes: int) -> None:
        """faces (f, 6); area (f, q) mm2 of their points, of the degree-4 rule; nodes: how many there are."""
        self._faces, self._nodes, self._area = faces, nodes, area
        self._hats = hats(triangle_rule()[0])
        self._around = self.total(area)

    def total(self, at_points: FloatArray) -> FloatArray:
        """(n,) sums of values (f, q)."""
        out: FloatArray = np.bincount(self._faces.ravel(), (at_points @ self._hats).ravel(), self._nodes)
        return out

    def mean(self, totals: FloatArray) -> FloatArray:
        """(n,) of totals of points (f, q), per area; 0 at nodes without a face."""
        out = np.zeros(self._nodes)
        return np.divide(self.total(totals), self._around, out=out, where=self._around > 0)

    def covered(self, which: npt.NDArray[np.bool_]) -> FloatArray:
        """(n,) share of the area around each node that points (f, q) make up that are `which`."""
        return self.mean(self._area * which)


def hats(points: FloatArray) -> FloatArray:
    """(q, 6) hats of corners, then mid-sides (0,1), (1,2), (2,0), at points (q, 2) of the unit triangle."""
    x, y = points.T
    corner = np.stack([1 - x - y, x, y], axis=1)
    out = np.zeros((len(points), 6))
    out[:, :3] = np.maximum(2 * corner - 1, 0.0)
    for k, (a, b) in enumerate(_SIDES):
        # Within a corner's triangle the other corner's part counts twice; in the middle one, what the third
        # corner leaves.
        near = np.minimum(corner[:, a], corner[:, b])
        inner = corner.max(axis=1) < 0.5
        opposite = corner[:, 3 - a - b]
        own = np.where(np.maximum(corner[:, a], corner[:, b]) >= 0.5, 2 * near, 0.0)
        out[:, 3 + k] = np.where(inner, 1 - 2 * opposite, own)
    return out
