"""What can be painted on a mesh: name, title, unit, colours and the limits that are marked.

All colour maps are perceptually uniform and readable with red-green colour blindness (viridis,
cividis, inferno and plasma of matplotlib). Colours beyond a limit are marked with their own colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray


@dataclass(frozen=True)
class FieldStyle:
    """How a field is painted.

    tissue: "all", "bone" or "metal", the meshes on which it has a meaning. limit: fixed upper end of
    the scale in `unit`, values above it get `above_colour` and the words `above_text`; None: the scale
    ends at a percentile of the data. source: of the limit. log: logarithmic scale.
    """

    name: str
    title: str
    unit: str
    colours: str
    tissue: str = "all"
    limit: float | None = None
    above_text: str = ""
    source: str = ""
    log: bool = False

    @property
    def label(self) -> str:
        """Title with unit; a number without a unit has none."""
        return self.title if self.unit == "1" else f"{self.title} [{self.unit}]"


ABOVE_COLOUR = "#ff3df2"
"""Magenta: occurs in none of the maps used here."""

FIELDS: dict[str, FieldStyle] = {  # in the order in which they are offered: what decides comes first
    f.name: f
    for f in (
        FieldStyle(
            "risk_factor",
            "Bone risk factor",
            "1",
            "cividis",
            "bone",
            1.0,
            "above 1: yield strain exceeded",
            "physics.md 1.5 [GK]",
        ),
        FieldStyle("displacement", "Motion under load", "mm", "viridis"),
        FieldStyle("strain_p1", "Largest principal strain", "1", "plasma", "bone"),
        FieldStyle("strain_p3", "Smallest principal strain", "1", "viridis", "bone"),
        FieldStyle("sed", "Strain energy density", "mJ/mm³", "plasma", "bone"),
        FieldStyle("E_MPa", "Young's modulus", "MPa", "cividis", "bone", log=True),
        FieldStyle("stress_vm", "Von Mises stress of metal", "MPa", "inferno", "metal"),
    )
}


@dataclass(frozen=True)
class ColourScale:
    """One scale for every mesh and plan that is shown together: `low`..`high` in the field's unit."""

    style: FieldStyle
    low: float
    high: float

    @property
    def label(self) -> str:
        """Title with unit for the colour bar."""
        return self.style.label


UNDEFINED_COLOUR = "#7f858d"
"""Grey: where a painted field has no value (display only)."""

SHOWN_PERCENTILES = (0.5, 99.5)
"""Ends of a scale without a fixed limit: a few extreme nodes must not hide the rest (display only)."""


def common_scale(name: str, values: Iterable[FloatArray]) -> ColourScale:
    """Colour scale of field `name` over all arrays `values` (every plan and load shown together).

    Raises KeyError for an unknown field and ValueError when there is no finite value.
    """
    style = FIELDS[name]
    arrays = [np.asarray(v, float).ravel() for v in values]
    everything = np.concatenate(arrays) if arrays else np.empty(0)
    everything = everything[np.isfinite(everything)]
    if not everything.size:
        raise ValueError(f"{name}: no finite value to show")
    low, high = (float(v) for v in np.percentile(everything, SHOWN_PERCENTILES))
    if style.limit is not None:
        low, high = 0.0, style.limit
    elif name in ("displacement", "stress_vm", "strain_p1", "sed"):
        low = min(0.0, low) if name == "strain_p1" else 0.0
    elif name == "strain_p3":
        high = max(0.0, high)
    if style.log:
        low = max(low, float(everything[everything > 0].min(initial=1.0)))
    if high <= low:
        high = low + max(abs(low), 1.0) * 1e-6
    return ColourScale(style, low, high)
