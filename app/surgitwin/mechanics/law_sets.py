"""Named parameter sets of the elastic laws, from ``resources/materials``. No DOLFINx here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table

MPA_PER_KPA = 1e-3
TABLES = ("materials/soft_tissue", "materials/elastic_examples")


@dataclass(frozen=True)
class ParameterSet:
    """One row. values: by the law's parameter names, stresses in MPa. open: parameters that the user adds.
    fibre_angle_deg: of both families from the circumferential direction, None when the law has no fibres.
    mark: "V" seen in the source, "GK" general knowledge. fitted: the range behind the values, in words."""

    name: str
    title: str
    law: str
    values: Mapping[str, float]
    fibre_angle_deg: float | None
    open: tuple[str, ...]
    fitted: str
    mark: str
    source: str
    verified: bool

    def fibres(self, families: int) -> list[tuple[float, float, float]]:
        """Unit vectors of `families` (0, 1 or 2) families; x circumferential, y axial, z across the wall."""
        if self.fibre_angle_deg is None or families == 0:
            return []
        angle = math.radians(self.fibre_angle_deg)
        both = [(math.cos(angle), sign * math.sin(angle), 0.0) for sign in (1.0, -1.0)]
        return both[:families]


def parameter_sets() -> dict[str, ParameterSet]:
    """All sets by name."""
    return {name: _row(name, row) for name, row in _rows().items()}


def parameter_set(name: str) -> ParameterSet:
    """The set called `name`; InputError "material.unknown" naming those known."""
    rows = _rows()
    if name not in rows:
        raise InputError(
            "material.unknown",
            f"There is no parameter set called {name!r}.",
            hint=f"Known: {', '.join(rows)}.",
            where="parameter set",
        )
    return _row(name, rows[name])


@dataclass(frozen=True)
class Drawing:
    """Stretches (low, high) of the law sheets, those drawn of linear laws, the stress where curves end."""

    stretch: tuple[float, float]
    linear_stretch: tuple[float, float]
    stress_limit_MPa: float


def drawing() -> Drawing:
    """The settings of the law sheets."""
    row = load_table("materials/soft_tissue")["drawing"]
    low, high = row["stretch"]
    first, last = row["linear_stretch"]
    return Drawing((low, high), (first, last), row["stress_limit_MPa"])


def _rows() -> dict[str, Any]:
    return {name: row for table in TABLES for name, row in load_table(table)["sets"].items()}


def _row(name: str, row: Mapping[str, Any]) -> ParameterSet:
    angle = row.get("fibre_angle_deg")
    return ParameterSet(
        name=name,
        title=row["title"],
        law=row["law"],
        values=dict(_in_mpa(k, v) for k, v in row["values"].items()),
        fibre_angle_deg=None if angle is None else float(angle),
        open=tuple(row.get("open", ())),
        fitted=row["fitted"],
        mark=row["mark"],
        source=row["source"],
        verified=row["verified"],
    )


def _in_mpa(key: str, value: float) -> tuple[str, float]:
    if key.endswith("_kPa"):
        return key.removesuffix("_kPa") + "_MPa", value * MPA_PER_KPA
    return key, float(value)
