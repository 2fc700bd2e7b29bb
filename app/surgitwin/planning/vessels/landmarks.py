"""Landmarks of the root by hand: both values stay, and what follows from them is measured again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.anatomy.root.types import LANDMARKS
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.anatomy_store import KEY, require_vessel, root_as_found


def corrected_state(case: Case, changes: Mapping[str, FloatArray | None]) -> dict[str, Any]:
    """The changed keys of the case state after landmarks were put at points (3,), LPS; None takes one back.

    All changes count together: the points of the way are not judged. Raises UsageError "root.landmark" for an
    unknown name, InputError "root.hinges_in_line", "root.wrong_side" ... for what cannot be; nothing
    changes then.
    """
    from surgitwin.anatomy.root.landmarks import with_corrections

    unknown = sorted(set(changes) - set(LANDMARKS))
    if unknown:
        raise UsageError(
            "root.landmark",
            f"There is no landmark called {', '.join(unknown)}.",
            hint=f"Landmarks are {', '.join(LANDMARKS)}.",
            where=", ".join(unknown),
        )
    found = require_vessel(case)
    kept = {k: v for k, v in (found.get("corrections") or {}).items() if k not in changes}
    kept |= {k: np.asarray(v, float).tolist() for k, v in changes.items() if v is not None}
    with_corrections(root_as_found(case), {name: np.array(p, float) for name, p in kept.items()})
    return {KEY: {**found, "corrections": kept}}


def move_landmarks(case: Case, changes: Mapping[str, FloatArray | None]) -> Case:
    """`corrected_state` written to disk."""
    return case.updated("landmarks " + ", ".join(changes), **corrected_state(case, changes))
