"""Uncertain inputs: the table ``resources/uncertainty.toml``, narrowed by the user."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from surgitwin.core.errors import UsageError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.density_laws import density_laws

Distribution = Literal["uniform", "log_uniform", "choice"]
ActsOn = Literal["structure", "loads"]
Value = float | str
LAW = "law"
"""The input whose values are names of density laws."""


@dataclass(frozen=True)
class UncertainInput:
    """One input. low, high: of the numbers that are drawn; choices: names, for "choice".

    when: it is uncertain only where this holds ("head_estimated", "torsion_estimated", "contact").
    fixed: it is held at `low` (or at its only choice). narrowed: not as the table has it.
    """

    name: str
    title: str
    distribution: Distribution
    unit: str
    acts_on: ActsOn
    source: str
    verified: bool
    low: float = 0.0
    high: float = 0.0
    least: float = -math.inf
    most: float = math.inf
    nominal: float = 0.0
    choices: tuple[str, ...] = ()
    when: str = ""
    narrowed: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it has one value only."""
        return len(self.choices) == 1 if self.distribution == "choice" else self.low == self.high

    def value(self, share: float) -> Value:
        """The value at `share` (0..1) of its distribution function."""
        if self.distribution == "choice":
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        if self.distribution == "log_uniform":
            return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        return self.low + share * (self.high - self.low)

    def share(self, value: Value) -> float:
        """Inverse of `value` for numbers; the middle of its step for a choice."""
        if isinstance(value, str):
            return (self.choices.index(value) + 0.5) / len(self.choices)
        if self.fixed:
            return 0.5
        if self.distribution == "log_uniform":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    @property
    def words(self) -> str:
        """Its range for people."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.distribution == "choice":
            return ", ".join(self.choices)
        if self.fixed:
            return f"{self.low:g}{unit}"
        return f"{self.low:g} to {self.high:g}{unit}" + (
            " (logarithmic)" if self.distribution == "log_uniform" else ""
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain form for the study's record; limits that are not there are None."""
        out = asdict(self)
        return out | {k: None for k in ("least", "most") if not math.isfinite(out[k])}


def uncertain_inputs(given: Iterable[str] = (), known: Collection[str] = ()) -> tuple[UncertainInput, ...]:
    """The inputs of the table, in its order, changed by `given`: "name=low:high", "name=value", "law=a,b".

    known: values of `when` that do not hold: such an input is fixed at its nominal value unless it is given.
    Raises UsageError "study.input" naming what is wrong.
    """
    rows = load_table("uncertainty")["inputs"]
    out = {name: _row(name, row) for name, row in rows.items()}
    for name, one in out.items():
        if one.when in known:
            out[name] = replace(one, low=one.nominal, high=one.nominal)
    for text in given:
        name, _, value = text.partition("=")
        name = name.strip()
        if name not in out or not value.strip():
            hint = f"Write NAME=LOW:HIGH or NAME=VALUE; known: {', '.join(out)}."
            raise UsageError("study.input", f"{text!r} names no uncertain input.", hint=hint, where=text)
        out[name] = _narrowed(out[name], value.strip())
    return tuple(out.values())


def drawn(inputs: Iterable[UncertainInput]) -> tuple[UncertainInput, ...]:
    """Those that are drawn: not fixed."""
    return tuple(i for i in inputs if not i.fixed)


def settings() -> Mapping[str, Any]:
    """Numerical settings of studies, from the same table."""
    out: Mapping[str, Any] = load_table("uncertainty")["settings"]
    return out


def _row(name: str, row: Mapping[str, Any]) -> UncertainInput:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return UncertainInput(name, **fields)


def _narrowed(one: UncertainInput, text: str) -> UncertainInput:
    if one.distribution == "choice":
        names = tuple(dict.fromkeys(n.strip() for n in text.split(",")))
        unknown = [n for n in names if n not in density_laws()]
        if unknown:
            known = ", ".join(density_laws())
            raise _wrong(one, f"there is no {', '.join(unknown)}", f"Known: {known}.")
        return replace(one, choices=names, narrowed=True)
    low_text, colon, high_text = text.partition(":")
    try:
        low = float(low_text)
        high = float(high_text) if colon else low
    except ValueError:
        raise _wrong(one, f"{text!r} is no number", "Write NAME=LOW:HIGH or NAME=VALUE.") from None
    if not one.least <= low <= high <= one.most:
        hint = f"Its values lie between {one.least:g} and {one.most:g}, the lower one first."
        raise _wrong(one, f"{text} is no range for it", hint)
    return replace(one, low=low, high=high, narrowed=True)


def _wrong(one: UncertainInput, fact: str, hint: str) -> UsageError:
    return UsageError("study.input", f"{one.name} ({one.title}): {fact}.", hint=hint, where=one.name)
