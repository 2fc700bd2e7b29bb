"""Tissue presets: the thresholds and settings of a segmentation, read from the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import UsageError
from surgitwin.core.image import Segment
from surgitwin.core.resources import load_table


@dataclass(frozen=True)
class Preset:
    """One tissue preset: `parameters` by name (units as their names say) and the segments it makes."""

    name: str
    title: str
    modality: str
    unit: str
    parameters: dict[str, float]
    segments: tuple[Segment, ...]

    def __getitem__(self, name: str) -> float:
        """The parameter called `name`."""
        return self.parameters[name]


def names() -> tuple[str, ...]:
    """Names of the presets in the table."""
    return tuple(load_table("segmentation_presets"))


def load_preset(name: str, overrides: dict[str, float] | None = None) -> Preset:
    """The preset called `name`, with the parameters in `overrides` replaced.

    Raises UsageError ("segment.unknown_preset", "segment.unknown_parameter").
    """
    table = load_table("segmentation_presets")
    if name not in table:
        raise UsageError(
            "segment.unknown_preset",
            f"There is no segmentation preset called {name!r}.",
            hint=f"Choose one of: {', '.join(table)}.",
            where="preset",
        )
    row: dict[str, Any] = table[name]
    parameters = {k: float(v["value"]) for k, v in row["parameters"].items()}
    unknown = sorted(set(overrides or {}) - set(parameters))
    if unknown:
        raise UsageError(
            "segment.unknown_parameter",
            f"The preset {name!r} has no parameter {', '.join(unknown)}.",
            hint=f"It has: {', '.join(parameters)}.",
            where=unknown[0],
        )
    parameters.update({k: float(v) for k, v in (overrides or {}).items()})
    segments = tuple(
        Segment(s["label"], s["name"], s["code"], (s["rgb"][0], s["rgb"][1], s["rgb"][2]))
        for s in row["segments"]
    )
    return Preset(name, row["title"], row["modality"], row["unit"], parameters, segments)


def parse_parameters(name: str, words: Mapping[str, str]) -> dict[str, float]:
    """Parameters of the preset `name` from text (`--set key=value`).

    Raises UsageError ("segment.unknown_preset", "segment.unknown_parameter", "segment.bad_value").
    """
    values: dict[str, float] = {}
    for key, word in words.items():
        try:
            values[key] = float(word)
        except ValueError:
            raise UsageError(
                "segment.bad_value",
                f"{key} = {word!r} is not a number.",
                hint="Give a plain number in the unit that the parameter's name says.",
                where=key,
            ) from None
    load_preset(name, values)
    return values
