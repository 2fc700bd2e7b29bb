"""The body weight that loads are made from, as it may be."""

from __future__ import annotations

from surgitwin.core.errors import UsageError
from surgitwin.mechanics.femur_loads import BODY_WEIGHT_RANGE_KG


def check_body_weight(kg: float) -> None:
    """UsageError "usage.body_weight" for a value outside the human range."""
    low, high = BODY_WEIGHT_RANGE_KG
    if not low <= kg <= high:
        raise UsageError(
            "usage.body_weight",
            f"A body weight of {kg:g} kg is outside {low:g} to {high:g} kg.",
            hint="Give --body-weight in kilograms.",
            where="--body-weight",
        )
