"""Parameters of effects: one description that the window, the command line and the docs read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from surgitwin.core.errors import InputError, UsageError

Kind = Literal["number", "whole", "choice", "segment", "point", "points"]


@dataclass(frozen=True)
class Parameter:
    """One setting of an effect.

    kind: "number"; "whole" number; "choice" of a key of `choices`; "segment", another one by its label;
    "point" (x, y, z) LPS mm, or None; "points", a tuple of them. title: on the screen. default: value when
    nothing is given. low, high: limits of numbers, both allowed. choices: key -> words. source: why this.
    needs: (name, values): it counts only while the parameter called `name` has one of these values.
    """

    name: str
    title: str
    kind: Kind
    default: Any
    tip: str
    source: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    choices: Mapping[str, str] | None = None
    decimals: int = 1
    needs: tuple[str, tuple[str, ...]] | None = None

    def checked(self, value: Any, segments: Mapping[str, int] | None = None) -> Any:
        """`value`, a word of the command line or a plain value, as this parameter takes it.

        segments: name -> label, for kind "segment". Raises UsageError "edit.parameter", InputError
        "edit.unknown_segment".
        """
        if self.kind in ("number", "whole"):
            return self._number(value)
        if self.kind == "choice":
            return self._choice(value)
        if self.kind == "segment":
            return self._segment(value, segments or {})
        if self.kind == "point":
            return None if value in (None, "", "none") else self._point(value)
        pieces = value.split(";") if isinstance(value, str) else value
        return tuple(self._point(p) for p in pieces or () if len(p))

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether it counts beside the other values."""
        return self.needs is None or values.get(self.needs[0]) in self.needs[1]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for lists and docs; limits that are none are left out."""
        out: dict[str, Any] = {
            "name": self.name, "title": self.title, "kind": self.kind, "unit": self.unit,
            "default": self.default, "tip": self.tip, "source": self.source,
        }  # fmt: skip
        out |= {n: v for n, v in (("low", self.low), ("high", self.high)) if math.isfinite(v)}
        if self.choices is not None:
            out["choices"] = dict(self.choices)
        if self.needs is not None:
            out["needs"] = {self.needs[0]: list(self.needs[1])}
        return out

    def _number(self, value: Any) -> float | int:
        try:
            found = float(value)
        except (TypeError, ValueError):
            raise self._wrong(value, f"a {'whole ' if self.kind == 'whole' else ''}number expected") from None
        if self.kind == "whole" and found != int(found if math.isfinite(found) else 0):
            raise self._wrong(value, "a whole number expected")
        if not self.low <= found <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            raise self._wrong(value, f"it must lie in {self.low:g} to {self.high:g}{unit}")
        return int(found) if self.kind == "whole" else found

    def _choice(self, value: Any) -> str:
        choices = self.choices or {}
        if value not in choices:
            raise self._wrong(value, f"one of {', '.join(choices)} expected")
        return str(value)

    def _segment(self, value: Any, segments: Mapping[str, int]) -> int | None:
        if value in (None, "", "none"):
            return None
        by_words = {n.replace("_", " ").lower(): label for n, label in segments.items()}
        if isinstance(value, str):
            found = segments.get(value, by_words.get(value.replace("_", " ").lower()))
        else:
            found = int(value) if int(value) in segments.values() else None
        if found is None:
            raise InputError(
                "edit.unknown_segment",
                f"{self.name}={value}: there is no segment of that name.",
                hint=f"Choose one of: {', '.join(segments) or '(there are none)'}.",
                where=self.name,
            )
        return found

    def _point(self, value: Any) -> tuple[float, float, float]:
        try:
            parts = [float(v) for v in (value.split(",") if isinstance(value, str) else value)]
        except (TypeError, ValueError):
            parts = []
        if len(parts) != 3 or not all(math.isfinite(v) for v in parts):
            raise self._wrong(value, "x,y,z in LPS mm expected, for example 12.5,-30,210")
        return (parts[0], parts[1], parts[2])

    def _wrong(self, value: Any, expected: str) -> UsageError:
        return UsageError(
            "edit.parameter",
            f"{self.name}={value}: {expected}.",
            hint=f"{self.tip}. `surgitwin edit --list` shows all settings.",
            where=self.name,
        )
