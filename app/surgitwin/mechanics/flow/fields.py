"""Typed reading of tables: every missing, unknown or wrong field is noted with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.flow.waveform import Amount, Waveform


class Table:
    """One table of the description; `faults` is shared by all tables of a file."""

    def __init__(self, data: Any, where: str, faults: list[str]) -> None:
        self.where, self.faults = where, faults
        self._data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        self._used: set[str] = set()
        if not isinstance(data, Mapping):
            faults.append(f"{where}: must be a table, not {type(data).__name__}")

    def note(self, key: str, text: str) -> None:
        """Record a fault at a key."""
        self.faults.append(f"{self.where}.{key}: {text}" if self.where else f"{key}: {text}")

    def raw(self, key: str, default: Any = None, *, required: bool = False) -> Any:
        """The value as it stands."""
        self._used.add(key)
        if key not in self._data and required:
            self.note(key, "is missing")
        return self._data.get(key, default)

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; without default the key is required."""
        value = self.raw(key, default, required=default is None)
        if value is None:
            return 1.0  # noted above; a harmless number lets the rest be read
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.note(key, f"{value!r} is not a number")
            return 1.0
        return float(value)

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        value = self.number(key, default)
        if value != int(value):
            self.note(key, f"{value} is not a whole number")
        return int(value)

    def text(self, key: str, default: str | None = None, among: Sequence[str] = ()) -> str:
        """A string, one of `among` when that is given."""
        value = self.raw(key, default, required=default is None)
        if value is None:
            return among[0] if among else ""
        if not isinstance(value, str):
            self.note(key, f"{value!r} is not a text")
        elif among and value not in among:
            self.note(key, f"{value!r} is not one of {', '.join(among)}")
        else:
            return value
        return among[0] if among else ""

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.note(key, f"{value!r} is neither true nor false")
            return default
        return value

    def numbers(self, key: str, default: Any = None) -> FloatArray:
        """A list (of lists) of numbers as an array."""
        value = self.raw(key, default, required=default is None)
        try:
            out = np.asarray([] if value is None else value, float)
        except (TypeError, ValueError):
            self.note(key, "is not a list of numbers (of equal length)")
            return np.zeros(0)
        if not np.isfinite(out).all():
            self.note(key, "holds something that is not a finite number")
        return out

    def table(self, key: str, default: Any = None) -> Table:
        """A table inside this one."""
        data = self.raw(key, default, required=default is None)
        place = f"{self.where}.{key}" if self.where else key
        return Table({} if data is None else data, place, self.faults)

    def tables(self, key: str) -> dict[str, Table]:
        """All tables inside the table `key`."""
        inner = self.table(key)
        return {name: inner.table(name) for name in inner._data}

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; () when it is not there."""
        value = self.raw(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.note(key, f"{value!r} is not a list of texts")
            return ()
        return tuple(value)

    def names(self, key: str) -> dict[str, str]:
        """A table of strings, whatever its keys."""
        inner = self.table(key)
        return {name: inner.text(name) for name in inner._data}

    def amount(self, key: str, default: float | None = None) -> Amount:
        """A number, or a table {times_s, values, period_s, interpolation = "cubic" or "linear"}."""
        value = self.raw(key, default, required=default is None)
        if not isinstance(value, Mapping):
            return self.number(key, default)
        wave = self.table(key)
        times, values = wave.numbers("times_s"), wave.numbers("values")
        between = wave.text("interpolation", "cubic", ("cubic", "linear"))
        out = Waveform(times, values, wave.number("period_s"), linear=between == "linear")
        wave.finish()
        return out

    def finish(self) -> None:
        """Note every key that nobody read."""
        for key in sorted(set(self._data) - self._used):
            self.note(key, "is not known here")
