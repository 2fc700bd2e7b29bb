"""The memory of a part's laws, asked of a solved model."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.fenicsx.solids.point_materials import no_history
from surgitwin.mechanics.fenicsx.solids.point_part import PointBulk
from surgitwin.mechanics.fenicsx.solids.result import ModelResult


def part_history(result: ModelResult, name: str, part: str = "") -> FloatArray:
    """(m, q) history variable `name` of a part (the first one when not named) at the result's increment.

    See `PointBulk.history`. Raises InputError "model.no_history", "model.no_part".
    """
    return _with_history(result, name, part).history(name)


def history_mean(result: ModelResult, name: str, part: str = "") -> float:
    """Mean by reference volume over the cells that have the history variable; the same errors."""
    bulk = _with_history(result, name, part)
    values = bulk.history(name)
    weights = np.where(np.isnan(values), 0.0, bulk.points.by_own_cell(bulk.point_volumes))
    return float((weights * np.nan_to_num(values)).sum() / weights.sum())


def _with_history(result: ModelResult, name: str, part: str) -> PointBulk:
    assembly = result.system.assembly
    bulk = assembly.bulk(part, "history") if part else assembly.bulks[0]
    if not isinstance(bulk, PointBulk):
        raise no_history(bulk.space.part.name, name, set())
    return bulk
