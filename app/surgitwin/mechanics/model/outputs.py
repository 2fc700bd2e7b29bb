"""Numbers that a run records at every accepted increment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = (
    "displacement", "stress", "mean_displacement", "reaction", "contact_force", "energy", "volume",
    "history_max", "history_mean",
)  # fmt: skip


@dataclass(frozen=True)
class Output:
    """kind "displacement" (component "x".."z") or "stress" (component "xx".."zz", "mises") at `point_mm` of
    `part`; "mean_displacement" of surface `on`; "reaction" of the support and "contact_force" of the
    coupling called `of` (component); "energy" (mJ) of all parts; "volume" (mm3) of `part`, deformed;
    "history_max" and "history_mean" (by volume) of a law's memory in `part` (component "peeq", "martensite").
    """

    name: str
    kind: str
    part: str = ""
    on: str = ""
    of: str = ""
    component: str = ""
    point_mm: Sequence[float] | None = None
