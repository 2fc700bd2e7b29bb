"""How finely a slice is drawn while it moves, so that it follows the hand also on a slow or busy machine."""

from __future__ import annotations

import math

BUDGET_MS = 10.0
"""For one slice: three of them and what belongs to them stay under 33 ms (issue 3)."""
COARSEST = 3
REFINE_AFTER_MS = 120
"""Rest after which a coarse slice is drawn in full (handling only)."""


class Pace:
    """Remembers what a slice cost at full resolution."""

    def __init__(self) -> None:
        self.full_ms = 0.0

    def coarseness(self, moving: bool) -> int:
        """Edge in px of the blocks to draw: 1 at rest or when that is quick enough, at most `COARSEST`."""
        if not moving or self.full_ms <= BUDGET_MS:
            return 1
        return min(math.ceil(math.sqrt(self.full_ms / BUDGET_MS)), COARSEST)

    def took(self, milliseconds: float, coarseness: int) -> None:
        """A picture of that coarseness took so long."""
        full = milliseconds * coarseness**2
        # A single slow picture on a busy machine must not make the next ones coarse for long.
        self.full_ms = full if self.full_ms == 0 else 0.6 * self.full_ms + 0.4 * full


def coarse_size(size: tuple[int, int], coarseness: int) -> tuple[int, int]:
    """Pixels (width, height) to compute for a view of `size`."""
    return max(size[0] // coarseness, 1), max(size[1] // coarseness, 1)
