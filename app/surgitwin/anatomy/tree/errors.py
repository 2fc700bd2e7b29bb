"""What can be wrong with a segment or the clicks, as errors with the next step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import InputError


def empty() -> InputError:
    """The segment has too few voxels."""
    return InputError(
        "tree.empty",
        "The segment has no voxels to find vessels in.",
        hint="Choose the segment of the vessels; make it with `segment --preset vessel_contrast`.",
        where="segment",
    )


def outside(name: str, point: npt.ArrayLike, away_mm: float) -> InputError:
    """A click lies too far from the segment."""
    x, y, z = np.asarray(point, float)
    return InputError(
        "tree.click_outside",
        f"The {name} point lies {away_mm:.1f} mm outside the segment.",
        hint="Click into the vessel, or extend the segment to there.",
        where=f"{x:.1f}, {y:.1f}, {z:.1f} mm (LPS)",
    )


def other_piece(name: str, point: npt.ArrayLike, away_mm: float) -> InputError:
    """A click lies too far from the piece that holds the root; the segment has others."""
    x, y, z = np.asarray(point, float)
    return InputError(
        "tree.click_apart",
        f"The {name} point lies {away_mm:.1f} mm from the piece of the segment that holds the root.",
        hint="Click into that piece, join the pieces in the segment editor, or make a tree of each.",
        where=f"{x:.1f}, {y:.1f}, {z:.1f} mm (LPS)",
    )


def too_short() -> InputError:
    """No way through the segment is longer than the segment is wide."""
    return InputError(
        "tree.too_short",
        "The segment is as wide as it is long: no vessel can be followed in it.",
        hint="Choose the segment of the vessels, or finer voxels: a vessel needs three voxels across.",
        where="segment",
    )
