"""Hand rules for screws: pull-out of a thread and torque of a preload (`resources/screw_rules.toml`).

Rules, not models: they know no cortex, no angle and no neighbour; results made with them are marked so.
"""

from __future__ import annotations

import math

from surgitwin.core.errors import InputError
from surgitwin.core.resources import load_table


def thread_shape_factor(major_mm: float, root_mm: float, pitch_mm: float) -> float:
    """Chapman's factor TSF = 0.5 + 0.57735 d / p with the thread's depth d; diameters and pitch in mm.

    Raises InputError "screw.thread".
    """
    if not 0 < root_mm < major_mm or pitch_mm <= 0:
        raise InputError(
            "screw.thread",
            f"A thread of {major_mm:g} / {root_mm:g} mm with a pitch of {pitch_mm:g} mm cannot be.",
            hint="Give 0 < root diameter < major diameter and a pitch above 0, in mm.",
            where="thread",
        )
    rule = load_table("screw_rules")["pull_out"]
    return float(rule["base"] + rule["slope"] * (major_mm - root_mm) / 2 / pitch_mm)


def pull_out_force_N(
    shear_strength_MPa: float, length_mm: float, major_mm: float, root_mm: float, pitch_mm: float
) -> float:
    """Axial force that shears `length_mm` of thread out of a material (Chapman 1996), N."""
    factor = thread_shape_factor(major_mm, root_mm, pitch_mm)
    return shear_strength_MPa * length_mm * math.pi * major_mm * factor


def preload_torque_Nmm(preload_N: float, diameter_mm: float, nut_factor: float | None = None) -> float:
    """Tightening torque T = K F d, N mm. nut_factor: K; the table's when None."""
    k = load_table("screw_rules")["preload"]["nut_factor"] if nut_factor is None else nut_factor
    return float(k) * preload_N * diameter_mm
