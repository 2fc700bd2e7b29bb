"""What fills the femur's outline: cortex of varying thickness, trabecular bone, marrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femur_fracture.femur_shape import (
    DISTAL_END,
    HEAD_CENTRE,
    ISTHMUS,
    NECK_AXIS,
    NECK_LENGTH,
    NECK_ROOT,
    NECK_UP,
    Points,
    centre_anterior,
    neck_coordinates,
    outline_distance,
    ridge_height,
)
from femur_fracture.implicit import Array, Profile, ramp, round_cone

MARROW_HU = -60.0  # C1: -80 to -30 (GK)
HEAD_HU, NECK_HU = 300.0, 132.0  # C1: head 200 to 350 (GK); neck 131.9 (V)
CONDYLE_HU, METAPHYSIS_HU, TROCHANTER_HU = 240.0, 130.0, 110.0  # between marrow and head (GK)
CORTEX_MM = (1.0, 3.0, 7.0)
CORTEX_HU = (1100.0, 1300.0, 1600.0)  # C1: 1000 to 1800 (GK); denser where it is thicker

# Cortical thickness by level: medial and lateral, then what is added behind and taken in front.
# C1: mid-shaft 6 to 8, posterior 7 to 9, anterior 5 to 6, subtrochanteric lateral 5 to 8, distal 1 to 2 (GK).
_LEVELS = (40.0, 20, 0, -15, -40, -80, ISTHMUS, -165, -210, -250, -280, -310, -340)
_SIDES = Profile(_LEVELS, (1.5, 2.0, 3.6, 5.0, 6.6, 7.5, 7.6, 7.2, 6.0, 3.4, 2.0, 1.4, 1.2))
_BEHIND = Profile(_LEVELS, (0.0, 0.0, 0.3, 0.6, 1.0, 1.2, 1.2, 1.2, 0.8, 0.4, 0.0, 0.0, 0.0))
_IN_FRONT = Profile(_LEVELS, (0.0, 0.0, 0.3, 0.6, 1.2, 1.5, 1.5, 1.5, 1.0, 0.3, 0.0, 0.0, 0.0))

VOID_TOP, VOID_BOTTOM, DOME = -32.0, -232.0, 2.5  # trabecular bone lines the flares, the void ends in a cone
_VOID_RAMP_MM = 12.0
_calcar, _dome = NECK_ROOT + 18.0 * NECK_AXIS - 13.0 * NECK_UP, np.add(HEAD_CENTRE, (0.0, 0.0, 15.0))
_CALCAR = (float(_calcar[0]), float(_calcar[1]), float(_calcar[2]))
_DOME_OF_HEAD = (float(_dome[0]), float(_dome[1]), float(_dome[2]))


@dataclass(frozen=True)
class FemurSample:
    """Points (n,): inside the outline; in the void of the canal; in the cortex; HU where inside."""

    inside: np.ndarray
    void: np.ndarray
    cortex: np.ndarray
    hu: Array


def cortical_thickness(q: Points) -> Array:
    """Thickness (n,) that the cortex has at the surface near each point."""
    m, a, p = q
    forward = a - centre_anterior(p)
    cosine = forward / np.sqrt(m * m + forward * forward + np.float32(1e-3))
    shaft = _SIDES(p) + np.where(cosine < 0, _BEHIND(p), -_IN_FRONT(p)) * cosine * cosine + ridge_height(q)
    s, u, w = neck_coordinates(q)
    downward = ramp(-u / np.sqrt(u * u + w * w + np.float32(1e-3)), -0.2, 0.9)
    # C1: neck superior 1 to 1.5, inferior 3 to 4; head 0.8 to 1.2 (GK).
    neck = np.float32(1.3) + np.float32(2.3) * downward
    head = ramp(s, NECK_LENGTH - 22, NECK_LENGTH - 8)
    neck = neck + head * (np.float32(1.0) - neck)
    on_neck = ramp(s, 14.0, 26.0) * ramp(p, -5.0, 8.0)
    out: Array = shaft + on_neck * (neck - shaft)
    return out


def trabecular_hu(q: Points, depth: Array) -> Array:
    """HU (n,) of trabecular bone; depth (n,): distance below the outer surface, mm."""
    p = q[2]
    s, _, _ = neck_coordinates(q)
    from_head = np.sqrt(sum((v - np.float32(c)) ** 2 for v, c in zip(q, HEAD_CENTRE, strict=True)))
    hu = np.float32(TROCHANTER_HU) + (NECK_HU - TROCHANTER_HU) * ramp(s, 8.0, 26.0)
    hu = hu + (HEAD_HU - hu) * ramp(-from_head, -26.0, -14.0) * ramp(p, 5.0, 30.0)
    # The main compressive group of trabeculae, from the calcar to the dome of the head (HU GK).
    hu = hu + np.float32(70.0) * ramp(-round_cone(q, _CALCAR, _DOME_OF_HEAD, 5.0, 9.0), -4.0, 4.0)
    hu = hu + np.float32(40.0) * ramp(-depth, -6.0, -1.0)
    low = np.float32(METAPHYSIS_HU) + (CONDYLE_HU - METAPHYSIS_HU) * ramp(
        -p, -DISTAL_END - 65, -DISTAL_END - 20
    )
    return np.where(p > -130, hu, low)


def sample_femur(q: Points) -> FemurSample:
    """Material at points (n,) (m, a, p)."""
    f = outline_distance(q)
    thickness = cortical_thickness(q)
    inside = f < 0
    cortex = inside & (f > -thickness)
    inward = -f - thickness
    above = q[2] - (VOID_TOP + DOME * inward)
    below = (VOID_BOTTOM - DOME * inward) - q[2]
    filled = ramp(np.maximum(above, below), -_VOID_RAMP_MM / 2, _VOID_RAMP_MM / 2)
    hu = MARROW_HU + filled * (trabecular_hu(q, -f) - np.float32(MARROW_HU))
    hu = np.where(cortex, np.interp(thickness, CORTEX_MM, CORTEX_HU), hu).astype(np.float32)
    return FemurSample(inside, inside & ~cortex & (filled < 0.5), cortex, hu)
