"""The inner wall of the root and its leaflets, in the root's own cylinder coordinates.

Height w along the axis, 0 in the plane of the three hinge points, positive towards the aorta; angle th about
it; mm and radians. Scalar functions compiled by numba. Sizes follow C3 (V: annulus 25.7 +- 2.7, sinuses 36 +-
4, junction 30 +- 4, sinus height about 20; ellipticity 1.29); how they are joined is GK.
"""

from __future__ import annotations

import math

import numba

ANNULUS_HALF = (14.0, 11.0)
SINUS_HEIGHT, COMMISSURE_HEIGHT = 21.0, 16.0
JUNCTION_RADIUS, ASCENDING_RADIUS = 14.5, 16.5
BULGE, BULGE_POWER = 4.8, 0.8
LEAFLET_HALF, COAPTATION_HEIGHT = 0.4, 10.0
"""Leaflet 0.8 mm thick (C3: 0.5 to 1.2, GK)."""

CUSPS = (math.radians(30.0), math.radians(270.0), math.radians(150.0))
"""Middle of the left, right and non-coronary sinus: angles from the patient's left towards the back."""
SEPTUM_ANGLE = math.radians(210.0)
"""Below the commissure of the right and the non-coronary leaflet."""


@numba.njit(cache=True)
def from_nadir(th: float) -> float:
    """Angle to the nearest leaflet nadir, -60 to 60 degrees."""
    third = 2 * math.pi / 3
    return (th - math.radians(30.0) + third / 2) % third - third / 2


@numba.njit(cache=True)
def attachment(th: float) -> float:
    """Height of the crown-shaped line on which the leaflets are attached."""
    x = from_nadir(th) / (math.pi / 3)
    return COMMISSURE_HEIGHT * x * x


@numba.njit(cache=True)
def ellipse(th: float, a: float, b: float) -> float:
    """Radius of an ellipse with half-axes a (th = 0) and b."""
    return a * b / math.sqrt((b * math.cos(th)) ** 2 + (a * math.sin(th)) ** 2)


@numba.njit(cache=True)
def lumen_radius(th: float, w: float) -> float:
    """Inner wall: outflow tract, annulus, sinuses above the crown, junction, ascending aorta."""
    if w <= 0:
        d = min(-w, 14.0)
        return ellipse(th, ANNULUS_HALF[0] + 0.08 * d, ANNULUS_HALF[1] - 0.03 * d)
    if w >= SINUS_HEIGHT:
        t = min((w - SINUS_HEIGHT) / 20.0, 1.0)
        return JUNCTION_RADIUS + (ASCENDING_RADIUS - JUNCTION_RADIUS) * t * t * (3 - 2 * t)
    t = w / SINUS_HEIGHT
    base = ellipse(th, ANNULUS_HALF[0], ANNULUS_HALF[1]) * (1 - t) + JUNCTION_RADIUS * t
    crown = attachment(th)
    if w <= crown:
        return base
    rest = SINUS_HEIGHT - crown
    return base + BULGE * rest / SINUS_HEIGHT * math.sin(math.pi * (w - crown) / rest) ** BULGE_POWER


@numba.njit(cache=True)
def leaflet_height(th: float, inside: float) -> float:
    """Height of the middle of the closed leaflet; inside: 0 at the wall, 1 on the axis.

    At the nadir the leaflet leaves the wall square to it and rises towards the coaptation.
    """
    crown = attachment(th)
    power = 1.7 - 0.7 * abs(from_nadir(th)) / (math.pi / 3)
    return crown + (COAPTATION_HEIGHT - crown) * inside**power


@numba.njit(cache=True)
def in_leaflet(th: float, r: float, w: float) -> bool:
    """Whether a point of the lumen lies in a leaflet: a sheet of constant thickness."""
    if w < -1 or w > SINUS_HEIGHT:
        return False
    wall = lumen_radius(th, w)
    inside = min(max(1 - r / wall, 0.0), 1.0)
    height = leaflet_height(th, inside)
    if abs(w - height) > 4 * LEAFLET_HALF:
        return False
    step = 0.02
    along = (leaflet_height(th, min(inside + step, 1.0)) - height) / (step * wall)
    around = (leaflet_height(th + step, inside) - leaflet_height(th - step, inside)) / (
        2 * step * max(r, 1.0)
    )
    return abs(w - height) < LEAFLET_HALF * math.sqrt(1 + along * along + around * around)
