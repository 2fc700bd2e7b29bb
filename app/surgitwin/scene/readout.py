"""The value of a field at one anatomical place, in every result at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.datasets import MeshResult
from surgitwin.scene.difference import DIFFERENCES
from surgitwin.scene.fields import FIELDS, FieldStyle
from surgitwin.scene.model import PlanResult, painted_meshes

FAR_MM = 4.0
"""Setting: a value farther than this from the place is not told as the value there."""


@dataclass(frozen=True)
class Reading:
    """One value of the array `name`. value None: nothing there, `reason` says why. away_mm: distance from the
    place to the node or cell that was read. on: "bone" or "implant"."""

    name: str
    value: float | None
    unit: str
    away_mm: float
    on: str
    reason: str = ""


def style_of(name: str) -> FieldStyle:
    """Style of a plain field or of a difference; KeyError for an unknown one."""
    return DIFFERENCES[name] if name in DIFFERENCES else FIELDS[name]


def read_at(result: PlanResult, name: str, point_mm: npt.ArrayLike) -> Reading:
    """Field `name` at the node (or cell centre) of the undeformed meshes nearest to `point_mm` (3,) LPS.

    Of bone and implants the nearer one that carries the field counts.
    """
    style = style_of(name)
    best: tuple[float, float, str] | None = None
    for mesh in painted_meshes(result, name):
        values = mesh.values(name)
        if values is None:
            continue
        away, index = _nearest(mesh, len(values), point_mm)
        if best is None or away < best[0]:
            best = (away, float(values[index]), "bone" if mesh is result.bone else "implant")
    if best is None:
        return Reading(name, None, style.unit, np.inf, "", "not computed here")
    away, value, on = best
    if away > FAR_MM:
        return Reading(name, None, style.unit, away, on, f"nothing within {FAR_MM:g} mm")
    if not np.isfinite(value):
        return Reading(name, None, style.unit, away, on, "nothing to compare with")
    return Reading(name, value, style.unit, away, on)


def _nearest(mesh: MeshResult, count: int, point_mm: npt.ArrayLike) -> tuple[float, int]:
    """Distance and number of the nearest node; of the cell with the nearest centre when there is one value
    per cell, then the distance beyond the sphere that holds the cell."""
    x, spot = mesh.mesh.points_mm, np.asarray(point_mm, float)
    nodal = count == len(x)
    places = x if nodal else x[mesh.mesh.corners].mean(axis=1)
    squared = ((places - spot) ** 2).sum(axis=1)
    index = int(squared.argmin())
    away = float(np.sqrt(squared[index]))
    if not nodal:
        corners = x[mesh.mesh.corners[index]]
        away = max(0.0, away - float(np.linalg.norm(corners - places[index], axis=1).max()))
    return away, index


def undeformed(data: pv.PolyData, point_mm: npt.ArrayLike) -> FloatArray:
    """(3,) LPS place in the undeformed bone of a point picked on a drawn surface of a result.

    Without a displacement the point itself.
    """
    spot = np.asarray(point_mm, float)
    if "u" not in data.point_data:
        return spot
    points = np.asarray(data.points)
    nearest = int(np.argmin(((points - spot) ** 2).sum(axis=1)))
    moved: FloatArray = points[nearest] - np.asarray(data.point_data["points0"])[nearest]
    return spot - moved
