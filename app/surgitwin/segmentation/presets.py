"""Tissue presets: the thresholds and settings of a segmentation, its steps and its clicks, from the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Segment, Volume
from surgitwin.core.resources import load_table

TABLE = "segmentation_presets"


@dataclass(frozen=True)
class Parameter:
    """One setting. value: the preset's own; low, high: range of the slider; unit: "" for a plain number.

    A preset that was written without words for the window gets them from the parameter's name.
    """

    name: str
    title: str
    does: str
    unit: str
    value: float
    low: float
    high: float
    decimals: int
    source: str
    verified: bool


@dataclass(frozen=True)
class Step:
    """One visible step of a preset, with the names of the parameters that it reads."""

    title: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class AskedPoint:
    """A click that a preset starts from. needed: without it the preset does not run. single: there is one of
    it, a second click takes its place. stroke: clicks near to each other are one stroke, it may be dragged.
    """

    name: str
    title: str
    hint: str
    needed: bool
    single: bool = False
    stroke: bool = False


@dataclass(frozen=True)
class Preset:
    """One tissue preset: `parameters` by name (units as their names say) and the segments it makes.

    modality, unit: of the images that it takes; unit "" takes any. site: the case that it begins where that
    is one of its own ("aortic_root", "artery"), whose steps `planning.vessels` runs.
    """

    name: str
    title: str
    modality: str
    unit: str
    parameters: dict[str, float]
    segments: tuple[Segment, ...]
    makes: str = ""
    site: str = ""
    details: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    points: tuple[AskedPoint, ...] = ()

    def __getitem__(self, name: str) -> float:
        """The parameter called `name`."""
        return self.parameters[name]

    def why_not(self, volume: Volume) -> str:
        """Why this preset cannot read `volume`, in words; "" when it can."""
        if volume.modality == self.modality and self.unit in ("", volume.unit):
            return ""
        if self.unit:
            return f"It uses thresholds in {self.unit} of {self.modality}."
        return f"It needs {self.modality}."

    def check(self, volume: Volume) -> None:
        """Raise InputError "segment.wrong_modality" unless the preset can read `volume`."""
        why = self.why_not(volume)
        if not why:
            return
        unit = "" if volume.unit in ("", "1") else f" in {volume.unit}"
        article = "an" if self.modality.startswith("MR") else "a"
        what = f"uses thresholds in {self.unit} of {self.modality}" if self.unit else f"needs {self.modality}"
        instead = f"a preset for {volume.modality} images"
        if volume.modality not in {row["modality"] for row in load_table(TABLE).values()}:
            instead = f"the threshold of the segment editor (no preset reads {volume.modality} images)"
        raise InputError(
            "segment.wrong_modality",
            f"The preset {self.name!r} {what}; this image is {volume.modality}{unit}.",
            hint=f"Choose {article} {self.modality} series, or {instead}.",
            where="modality",
        )


def names() -> tuple[str, ...]:
    """Names of the presets in the table, without those that begin a vessel's case."""
    return tuple(name for name, row in load_table(TABLE).items() if "site" not in row)


def listed() -> tuple[Preset, ...]:
    """Every preset that a user can choose, also those that begin a vessel's case."""
    return tuple(load_preset(name) for name in load_table(TABLE))


def load_preset(name: str, overrides: dict[str, float] | None = None) -> Preset:
    """The preset called `name`, with the parameters in `overrides` replaced.

    Raises UsageError ("segment.unknown_preset", "segment.unknown_parameter", "segment.bad_value").
    """
    table = load_table(TABLE)
    if name not in table:
        raise UsageError(
            "segment.unknown_preset",
            f"There is no segmentation preset called {name!r}.",
            hint=f"Choose one of: {', '.join(table)}.",
            where="preset",
        )
    row: dict[str, Any] = table[name]
    details = tuple(_parameter(k, v) for k, v in row.get("parameters", {}).items())
    parameters = {p.name: p.value for p in details}
    unknown = sorted(set(overrides or {}) - set(parameters))
    if unknown:
        raise UsageError(
            "segment.unknown_parameter",
            f"The preset {name!r} has no parameter {', '.join(unknown)}.",
            hint=f"It has: {', '.join(parameters)}." if parameters else "It has none.",
            where=unknown[0],
        )
    for one in details:
        if one.name in (overrides or {}):
            parameters[one.name] = _in_range(name, one, float((overrides or {})[one.name]))
    return Preset(
        name, row["title"], row["modality"], row["unit"], parameters,
        tuple(_segment(s) for s in row.get("segments", [])),
        row.get("makes", ""), row.get("site", ""), details,
        tuple(Step(s["title"], tuple(s["parameters"])) for s in row.get("steps", [])),
        tuple(_point(p) for p in row.get("points", [])),
    )  # fmt: skip


def _in_range(preset: str, one: Parameter, value: float) -> float:
    """Raises UsageError "segment.bad_value": beyond its range a setting means nothing or fills the memory."""
    if one.low <= value <= one.high:
        return value
    unit = f" {one.unit}" if one.unit else ""
    raise UsageError(
        "segment.bad_value",
        f"{one.name} = {value:g} is outside {one.low:g} to {one.high:g}{unit} of the preset {preset!r}.",
        hint=f"Its own value is {one.value:g}{unit}; see `surgitwin presets {preset}`.",
        where=one.name,
    )


def _segment(row: Mapping[str, Any]) -> Segment:
    red, green, blue = row["rgb"]
    return Segment(row["label"], row["name"], row["code"], (red, green, blue))


def _point(row: Mapping[str, Any]) -> AskedPoint:
    said = (bool(row.get(key, key == "needed")) for key in ("needed", "single", "stroke"))
    return AskedPoint(row["name"], row["title"], row["hint"], *said)


def _parameter(name: str, row: Mapping[str, Any]) -> Parameter:
    value = float(row["value"])
    words = name.replace("_", " ")
    return Parameter(
        name, row.get("title", words[:1].upper() + words[1:]), row.get("does", ""), row.get("unit", ""),
        value,
        float(row.get("low", min(0.0, 2 * value))), float(row.get("high", max(1.0, 2 * value))),
        int(row.get("decimals", 1)), str(row["source"]), bool(row["verified"]),
    )  # fmt: skip


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
