"""What an edit writes and what it may overwrite: locks, visibility and the overwrite rule in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import UsageError
from surgitwin.segmentation.morphology import Mask

Overwrite = Literal["visible", "background"]
"""Paint goes over all visible segments that are not locked, or over background only."""


@dataclass(frozen=True)
class SegmentState:
    """How one segment stands in the list: its name, whether it is shown and whether it is locked."""

    name: str
    visible: bool = True
    locked: bool = False

    @property
    def title(self) -> str:
        """The name as words on the screen."""
        return self.name.replace("_", " ")


States = Mapping[int, SegmentState]
"""label -> state, for every segment of the table."""


@dataclass(frozen=True)
class Ink:
    """value: label written (0 erases). replaces: labels it may overwrite. range_hu: low and high, both
    allowed, of the image where it may write; None: anywhere.
    """

    value: int
    replaces: frozenset[int]
    range_hu: tuple[float, float] | None = None

    @cached_property
    def table(self) -> npt.NDArray[np.bool_]:
        """(256,) for every label whether it may be overwritten."""
        out = np.zeros(256, bool)
        out[sorted(self.replaces)] = True
        return out

    def allowed(self, labels: npt.NDArray[np.uint8], image: npt.NDArray[np.generic] | None) -> Mask:
        """Voxels of a box that it may write, from the labels and the image (HU) of that box."""
        out: Mask = self.table[labels]
        if self.range_hu is not None:
            if image is None:
                raise ValueError("an ink with a range of HU needs the image")
            low, high = self.range_hu
            values = np.asarray(image)
            out &= (values >= low) & (values <= high)
        return out


def painting(
    target: int,
    states: States,
    overwrite: Overwrite = "visible",
    range_hu: tuple[float, float] | None = None,
) -> Ink:
    """The ink that paints segment `target`. Raises UsageError as `require_open`."""
    require_open(target, states)
    replaces = {0}
    if overwrite == "visible":
        replaces |= {n for n, s in states.items() if s.visible and not s.locked}
    return Ink(target, frozenset(replaces - {target}), range_hu)


def erasing(target: int, states: States, range_hu: tuple[float, float] | None = None) -> Ink:
    """The ink that turns segment `target` to background. Raises UsageError as `require_open`."""
    require_open(target, states)
    return Ink(0, frozenset({target}), range_hu)


def require_open(target: int, states: States) -> None:
    """UsageError "edit.no_segment", "edit.hidden" or "edit.locked" when `target` must not change."""
    if target not in states:
        raise UsageError(
            "edit.no_segment",
            "No segment is chosen.",
            hint="Choose a segment in the list, or add one.",
            where="segment",
        )
    state = states[target]
    if not state.visible:
        raise UsageError(
            "edit.hidden",
            f"The {state.title} is hidden.",
            hint="Show it with the eye in the segment list, so that you see what you change.",
            where=state.name,
        )
    if state.locked:
        raise UsageError(
            "edit.locked",
            f"The {state.title} is locked.",
            hint="Open the lock in the segment list to change it.",
            where=state.name,
        )
