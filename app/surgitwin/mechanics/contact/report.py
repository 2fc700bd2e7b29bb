"""Facts of a contact for reports: resultants, area, penetration, pressures, status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.rows import SlavePoints

if TYPE_CHECKING:
    from surgitwin.mechanics.contact.weighted import State


def resultant(force: FloatArray, at: FloatArray) -> dict[str, float]:
    """Sum of forces (n, d) N at (n, d) mm and their moment about the origin, by named component."""
    total = force.sum(axis=0)
    out = {f"force_{axis}_N": float(value) for axis, value in zip("xyz", total, strict=False)}
    full = np.zeros((2, len(force), 3))
    full[0, :, : force.shape[1]], full[1, :, : force.shape[1]] = at, force
    moment = np.cross(full[0], full[1]).sum(axis=0)
    if force.shape[1] == 2:
        return {**out, "moment_z_Nmm": float(moment[2])}
    return {**out, **{f"moment_{axis}_Nmm": float(value) for axis, value in zip("xyz", moment, strict=True)}}


def contact_facts(
    points: SlavePoints, s: State, friction: FloatArray, area_mm2: FloatArray, status: Any, u: FloatArray
) -> dict[str, float]:
    """Facts from the state `s`, the friction on the slave (v, d) MPa and status (v,).

    area_mm2 (v,): paired area of the corners, deformed at finite strain, else reference: contact area and
    all means and pressures count by it. (friction and s.pressure are per reference area.)
    """
    normal = (s.weight * (points.interpolate @ s.pressure))[:, None] * s.meeting.normal
    tangential = s.weight[:, None] * (points.interpolate @ friction)
    closed = s.pressure > 0
    depth = np.where(closed, np.maximum(-s.gap, 0.0), 0.0)
    area = float(area_mm2[closed].sum())
    share = area if area > 0 else 1.0
    pressure = s.area * s.pressure / np.where(area_mm2 > 0, area_mm2, 1.0)
    return {
        **resultant(normal + tangential, points.at(points.surface.positions(u))),
        "normal_force_N": float(s.area @ s.pressure),
        "friction_force_N": float(np.linalg.norm(tangential.sum(axis=0))),
        "contact_area_mm2": area,
        "paired_share": float(s.weight.sum() / points.weight.sum()),
        "max_penetration_mm": float(depth.max(initial=0.0)),
        "mean_penetration_mm": float(depth @ area_mm2) / share,
        "max_pressure_MPa": float(pressure.max(initial=0.0)),
        "mean_pressure_MPa": float(s.area @ s.pressure) / share,
        "open_corners": float((status == 0).sum()),
        "sticking_corners": float((status == 1).sum()),
        "slipping_corners": float((status == 2).sum()),
    }
