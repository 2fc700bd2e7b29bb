"""How large displacements are drawn, and how they swing in an animation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from surgitwin.scene.model import PlanResult

DEFORMED_SHARE = 0.08
"""Share of the bone's length at which the largest displacement is drawn to begin with (display only)."""


def visible_factor(results: Iterable[PlanResult]) -> float:
    """A round factor (1, 2, 5, 10, ...) that makes the largest displacement of all results visible.

    At least 1; 0 without results or motion.
    """
    bones = [r.bone for r in results]
    largest = max((float(np.linalg.norm(b.displacement_mm, axis=1).max()) for b in bones), default=0.0)
    if largest <= 0:
        return 0.0
    length = float(np.ptp(bones[0].mesh.points_mm, axis=0).max())
    raw = DEFORMED_SHARE * length / largest
    if raw < 1:
        return 1.0
    nice = 10 ** np.floor(np.log10(raw))
    return float(max(n * nice for n in (1, 2, 5) if n * nice <= raw))


def swing(phase: float) -> float:
    """Share 0..1 of the displacement at `phase` 0..1 of one swing: at rest, to the full load, and back."""
    return float((1 - np.cos(2 * np.pi * phase)) / 2)
