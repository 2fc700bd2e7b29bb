"""Landmarks of the root by hand: both values stay, and what follows from them is measured again."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.anatomy_store import KEY, require_vessel, root_of


def corrected_state(case: Case, name: str, point_mm: FloatArray | None) -> dict[str, Any]:
    """The changed keys of the case state after landmark `name` was put at point_mm (3,), LPS; None takes it
    back.

    Raises UsageError "root.landmark" for an unknown name, InputError "root.hinges_in_line",
    "root.wrong_side" ... for a point that cannot be; nothing is changed then.
    """
    from surgitwin.anatomy.root.landmarks import with_landmark

    with_landmark(root_of(case), name, point_mm)
    found = require_vessel(case)
    kept = {k: v for k, v in (found.get("corrections") or {}).items() if k != name}
    if point_mm is not None:
        kept[name] = np.asarray(point_mm, float).tolist()
    return {KEY: {**found, "corrections": kept}}


def move_landmark(case: Case, name: str, point_mm: FloatArray | None) -> Case:
    """`corrected_state` written to disk."""
    title = f"landmark {name}" if point_mm is not None else f"landmark {name} as proposed"
    return case.updated(title, **corrected_state(case, name, point_mm))
