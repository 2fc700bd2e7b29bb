"""Which of the three sinuses is the left, the right and the non-coronary one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.anatomy.root.ostia import Ostium
from surgitwin.core.arrays import FloatArray

TOWARD = np.array([[0.8, 0.6, 0.0], [-0.2, -1.0, 0.0], [-0.8, 0.6, 0.0]])
"""Left sinus to the left and back, right one forwards, non-coronary one to the right and back (LPS; GK)."""
OSTIUM_WEIGHT = 0.6


def name_sinuses(points_mm: FloatArray, normal: FloatArray, ostia: Sequence[Ostium]) -> tuple[int, int, int]:
    """Indices of the left, right and non-coronary one of hinges (3, 3) in order of angle about `normal`.

    Their order round the root is fixed (left, non-coronary, right, seen as angle rises); which of the three
    turns fits best is told by their directions in the body and by which two sinuses carry an ostium.
    """
    centre = points_mm.mean(axis=0)
    flat = points_mm - centre
    flat = flat - (flat @ normal)[:, None] * normal
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    carries = np.zeros(3)
    for o in ostia:
        toward = o.point_mm - centre
        toward = toward - (toward @ normal) * normal
        sinus = int(np.argmax(flat @ toward))
        carries[sinus] = max(carries[sinus], min(o.score, 1.0))
    best: tuple[float, tuple[int, int, int]] | None = None
    for turn in range(3):
        left, non, right = turn, (turn + 1) % 3, (turn + 2) % 3
        score = float(sum(flat[i] @ t for i, t in zip((left, right, non), TOWARD, strict=True)))
        score += OSTIUM_WEIGHT * (carries[left] + carries[right] - 2 * carries[non])
        if best is None or score > best[0]:
            best = (score, (left, right, non))
    assert best is not None
    return best[1]


def ostium_of(
    hinge_mm: FloatArray, hinges_mm: FloatArray, normal: FloatArray, ostia: Sequence[Ostium]
) -> Ostium | None:
    """The likeliest candidate in the sector of one hinge, None without one."""
    centre = hinges_mm.mean(axis=0)

    def flat(points: FloatArray) -> FloatArray:
        d = points - centre
        d = d - (d @ normal)[..., None] * normal
        out: FloatArray = d / np.linalg.norm(d, axis=-1, keepdims=True)
        return out

    mine = [o for o in ostia if float(flat(o.point_mm) @ flat(hinge_mm)) > np.cos(np.radians(55.0))]
    return max(mine, key=lambda o: o.score, default=None)
