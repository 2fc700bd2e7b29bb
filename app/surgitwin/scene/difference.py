"""How the difference of two results is painted: its own diverging scales, never mixed with plain ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.fields import FIELDS, ColourScale, FieldStyle

DIVERGING = "RdBu_r"
"""Blue below, red above, white between: readable with red-green colour blindness (ColorBrewer, "RdBu")."""

PREFIX = "difference of "
RATIO = "ratio of sed"
"""Names of the arrays that hold a difference: `PREFIX` and the field's name; the energies' ratio."""

SHOWN_PERCENTILE = 99.0
"""End of a scale: a few extreme nodes must not bleach the rest (display only)."""


LARGEST_RATIO = 10.0
"""End of the ratio's scale at most, up and down (display only)."""


def difference_name(field: str) -> str:
    """Name of the array with the difference in `field`: "difference of ..."; a ratio for the energy."""
    return RATIO if field == "sed" else PREFIX + field


def _style(field: str) -> FieldStyle:
    plain = FIELDS[field]
    title = f"Difference: {plain.title[:1].lower()}{plain.title[1:]}"
    return FieldStyle(PREFIX + field, title, plain.unit, DIVERGING, "bone")


COMPARED = ("risk_factor", "displacement", "strain_p1", "strain_p3", "sed")
"""Fields of the bone whose difference has a meaning, in the order in which they are offered."""

DIFFERENCES: dict[str, FieldStyle] = {
    **{PREFIX + f: _style(f) for f in COMPARED if f != "sed"},
    RATIO: FieldStyle(RATIO, "Strain energy density, times", "1", DIVERGING, "bone", log=True),
}
"""Style of every difference, by the name of its array."""


def difference_scale(name: str, values: Iterable[FloatArray]) -> ColourScale:
    """Scale of difference `name` over all arrays shown together: centred at 0, a ratio at 1.

    Raises KeyError for an unknown difference and ValueError when there is no finite value.
    """
    style = DIFFERENCES[name]
    arrays = [np.asarray(v, float).ravel() for v in values]
    everything = np.concatenate(arrays) if arrays else np.empty(0)
    everything = everything[np.isfinite(everything)]
    if style.log:
        everything = np.log(everything[everything > 0])
    if not everything.size:
        raise ValueError(f"{name}: no finite value to show")
    reach = max(float(np.percentile(np.abs(everything), SHOWN_PERCENTILE)), 1e-9)
    if style.log:
        most = min(float(np.exp(reach)), LARGEST_RATIO)
        return ColourScale(style, 1 / most, most)
    return ColourScale(style, -reach, reach)
