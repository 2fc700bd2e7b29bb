"""Move a landmark by hand: the automatic place is kept beside it, and the difference is said in mm.

The case state's "anatomy" holds landmarks as plain values; one that was moved carries "by_hand": True and
"automatic": its former row. Functions take the state's anatomy and return a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.errors import UsageError

MOVED = "placed by hand"
TITLES = {
    "head_centre": "Head centre",
    "lesser_trochanter": "Lesser trochanter",
    "greater_trochanter_tip": "Greater trochanter, tip",
    "distal_centre": "Distal end of the shaft axis",
    "shaft_centre": "Shaft centre",
    "neck_axis_point": "Point on the neck axis",
}


def title(name: str) -> str:
    """A landmark's name on the screen."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def move(anatomy: Mapping[str, Any], name: str, point_mm: npt.ArrayLike) -> dict[str, Any]:
    """The anatomy with landmark `name` at `point_mm` (3,) LPS, no longer estimated.

    Raises UsageError "anatomy.unknown_landmark", "anatomy.bad_point" (not three finite numbers).
    """
    row = _row(anatomy, name)
    point = np.asarray(point_mm, float)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise UsageError(
            "anatomy.bad_point",
            f"{title(name)} needs three coordinates in mm.",
            hint="Place it inside the image.",
            where=name,
        )
    automatic = row.get("automatic") or {k: row[k] for k in ("point_mm", "estimated", "rule")}
    return _with(
        anatomy,
        name,
        {
            "point_mm": point.tolist(),
            "estimated": False,
            "rule": MOVED,
            "by_hand": True,
            "automatic": automatic,
        },
    )


def reset(anatomy: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The anatomy with landmark `name` back at its automatic place. UsageError "anatomy.unknown_landmark"."""
    row = _row(anatomy, name)
    return _with(anatomy, name, dict(row.get("automatic") or row))


def moved_mm(anatomy: Mapping[str, Any], name: str) -> float | None:
    """How far a landmark lies from its automatic place, None when it was not moved."""
    row = _row(anatomy, name)
    if not row.get("automatic"):
        return None
    return float(np.linalg.norm(np.subtract(row["point_mm"], row["automatic"]["point_mm"])))


def keep_moved(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """A new measurement `after` with the landmarks that were placed by hand in `before` put back."""
    out = dict(after)
    for name, row in ((before or {}).get("landmarks") or {}).items():
        if row.get("by_hand") and name in out["landmarks"]:
            out = move(out, name, row["point_mm"])
    return out


def _row(anatomy: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    marks: Mapping[str, Mapping[str, Any]] = anatomy["landmarks"]
    if name not in marks:
        raise UsageError(
            "anatomy.unknown_landmark",
            f"There is no landmark called {name!r}.",
            hint=f"There are: {', '.join(title(n) for n in marks)}.",
            where="landmark",
        )
    return marks[name]


def _with(anatomy: Mapping[str, Any], name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {**anatomy, "landmarks": {**anatomy["landmarks"], name: row}}
