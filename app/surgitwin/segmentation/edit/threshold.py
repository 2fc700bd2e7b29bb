"""Fill a segment by a range of the image's values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import UsageError
from surgitwin.segmentation.edit.ink import Ink
from surgitwin.segmentation.edit.region import corner, label_box
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import LabelPatch, Labels


def check_range(low: float, high: float) -> None:
    """UsageError "edit.bad_range" when no value can lie between `low` and `high`."""
    if not low <= high:
        raise UsageError(
            "edit.bad_range",
            f"The lower limit {low:g} HU lies over the upper limit {high:g} HU.",
            hint="Set the lower limit under the upper one.",
            where="threshold",
        )


def between(values: npt.NDArray[Any], low: float, high: float) -> Mask:
    """Where low <= values <= high."""
    out: Mask = (values >= low) & (values <= high)
    return out


def threshold(
    labels: Labels,
    image: npt.NDArray[np.generic],
    low: float,
    high: float,
    ink: Ink,
    within: int | None = None,
    within_name: str = "segment",
) -> LabelPatch:
    """Write `ink` wherever low <= image <= high, in the whole image or only inside label `within`.

    labels, image: [k, j, i]. Raises UsageError "edit.bad_range", "edit.empty".
    """
    check_range(low, high)
    box: Box = (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2]))
    if within is not None:
        box = label_box(labels, within, within_name)
    before, values = labels[box], np.asarray(image[box])
    may = ink.allowed(before, values) & between(values, low, high)
    if within is not None:
        may &= before == within
    return LabelPatch.between(before, np.where(may, np.uint8(ink.value), before), corner(box))
