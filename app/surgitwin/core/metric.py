"""Metrics: numbers that decide, each with unit, definition, threshold, band and source."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

Comparator = Literal["<", "<=", ">", ">=", ""]


VALIDITY_METRIC = "contact_overlap"
"""Metric that fails where surfaces would touch, which a linear model does not know: it judges the model,
not the plan. Motion and stress under such a load are overestimates."""


@dataclass(frozen=True)
class MetricDefinition:
    """One row of ``resources/metrics.toml``. unit is "1" when dimensionless.

    with_load: how the value follows a load that grows in proportion: "proportional", "independent", or
    "" for neither.
    """

    id: str
    title: str
    unit: str
    definition: str
    source: str
    verified: bool
    with_load: Literal["proportional", "independent", ""] = ""


@dataclass(frozen=True)
class MetricValue:
    """One number of one plan.

    value None means "cannot be given", then `reason` says why. band: lowest and highest value over
    the varied inputs. singular: includes points at bonded edges where stress has no finite limit.
    passed: None when there is no threshold or no value. level: of the model that the number rests on ("L0",
    "L1", "L2" for devices in vessels; "" where the plan has one level only).
    """

    id: str
    part: str
    load_case: str
    healing: str
    value: float | None
    unit: str
    band: tuple[float, float] | None = None
    threshold: float | None = None
    comparator: Comparator = ""
    source: str = ""
    verified: bool = False
    singular: bool = False
    reason: str | None = None
    level: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None) and self.value is None:
            raise ValueError(f"{self.id}: a missing value needs a reason")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.id}: value must be finite or None with a reason")
        if not self.unit:
            raise ValueError(f"{self.id}: unit must be given ('1' when dimensionless)")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies the number within a plan."""
        return (self.id, self.part, self.load_case, self.healing)

    def meets(self, value: float) -> bool | None:
        """Whether `value` meets the threshold; None without one."""
        if self.threshold is None or not self.comparator:
            return None
        return {
            "<": value < self.threshold,
            "<=": value <= self.threshold,
            ">": value > self.threshold,
            ">=": value >= self.threshold,
        }[self.comparator]

    @property
    def passed(self) -> bool | None:
        """Whether the value meets its threshold."""
        return None if self.value is None else self.meets(self.value)

    @property
    def outcomes(self) -> frozenset[bool]:
        """Pass or fail over the whole band: both when the band crosses the threshold; empty without one."""
        if self.value is None:
            return frozenset()
        found = (self.meets(v) for v in (self.value, *(self.band or ())))
        return frozenset(f for f in found if f is not None)

    def with_band(self, values: list[float]) -> MetricValue:
        """The same number with the band spanned by itself and `values`."""
        if self.value is None or not values:
            return self
        everything = [self.value, *values]
        return replace(self, band=(min(everything), max(everything)))
