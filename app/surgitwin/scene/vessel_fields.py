"""What is painted on the wall of a vessel: contact pressure, distance to the device, stress."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.fields import ColourScale, FieldStyle

VESSEL_FIELDS: dict[str, FieldStyle] = {  # in the order in which they are offered
    f.name: f
    for f in (
        FieldStyle("contact_pressure", "Contact pressure", "MPa", "plasma"),
        FieldStyle("gap", "Gap to the device", "mm", "viridis"),
        FieldStyle("wall_stress", "Largest principal stress of the wall", "MPa", "inferno"),
    )
}
PERCENTILE = {"contact_pressure": 98.0, "gap": 98.0, "wall_stress": 99.0}
"""Upper end of each scale: a few nodes at edges of struts must not hide the rest (display only)."""


def vessel_scale(name: str, values: Iterable[FloatArray]) -> ColourScale:
    """One scale from 0 for field `name` over all arrays, so that plans shown together can be compared.

    Raises KeyError for an unknown field. Without a value above 0 the scale ends at 1.
    """
    arrays = [np.asarray(v, float).ravel() for v in values]
    found = np.concatenate(arrays) if arrays else np.empty(0)
    found = found[np.isfinite(found) & (found > 0)]
    high = float(np.percentile(found, PERCENTILE[name])) if found.size else 1.0
    return ColourScale(VESSEL_FIELDS[name], 0.0, high)


def shown_values(name: str, values: FloatArray) -> FloatArray:
    """Values as painted: grey (nan) where there is no contact; a node inside the device has gap 0."""
    out = np.array(values, float)
    if name == "contact_pressure":
        out[~(out > 0)] = np.nan
    elif name == "gap":
        out = np.maximum(out, 0.0)
    return out
