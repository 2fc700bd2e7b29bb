"""What a point of the phantom is made of: chambers, walls, coronaries and calcium round the root.

Local frame (u, v, w): the root's axis is w; angle 0 (u) points to the patient's left, 90 degrees (v) to the
back, before the root is tilted. Compiled by numba. Shapes are GK unless a source is named.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from aortic_root.root_shape import (
    SEPTUM_ANGLE,
    SINUS_HEIGHT,
    in_leaflet,
    lumen_radius,
)

FAT, WALL, MUSCLE, LUMEN, LEAFLET, ATRIUM, RIGHT_HEART, VEIN, CORONARY, LUNG, SEPTUM = range(11)
CALCIUM = 16
"""First code of the calcium nodules: CALCIUM + index."""

TISSUE_HU = np.array([-90.0, 60.0, 110.0, 0.0, 90.0, 0.0, 250.0, 300.0, 0.0, -850.0, 60.0])
"""By code; lumen, atrium and coronaries follow the contrast that was asked for."""

WALL_MM = 2.0
"""Aortic wall, C3: 1.5 to 2.5 (GK)."""
CORONARIES = np.array([[math.radians(30.0), 13.5, 2.25], [math.radians(272.0), 15.5, 1.95]])
"""Left, right: angle, height of the ostium's centre (C3: 14.1 +- 2.9, 17.1 +- 3.2), radius (C4: 4.5 / 2,
3.9 / 2; V)."""
CORONARY_RISE, CORONARY_LENGTH = 0.12, 26.0
SEPTUM_LENGTH = 4.5
"""Membranous septum below the annulus plane, C3: 4.2 (2.9 to 5.7), V."""
SEPTUM_DEPTH = np.array([0.0, 1.0, 2.0, 5.0, 10.0, 20.0])
SEPTUM_THICK = np.array([1.3, 3.38, 4.65, 6.88, 10.7, 11.5])
"""Thickness at depths below the membranous septum, C3 (V); 1.3 mm of the septum itself is GK."""
NODULES = np.array(
    [
        # angle, radius from the axis, height, half-axes radial, around, along w, HU (GK)
        [math.radians(150.0), 8.6, 2.4, 2.6, 2.4, 1.9, 1150.0],
        [math.radians(285.0), 6.6, 4.7, 2.0, 2.3, 1.7, 1250.0],
        [math.radians(20.0), 10.0, 2.0, 1.8, 1.9, 1.6, 1050.0],
        [math.radians(175.0), 12.6, 3.4, 1.6, 2.0, 1.6, 1200.0],
        [math.radians(55.0), 11.4, -5.0, 1.4, 2.2, 2.8, 1150.0],
    ]
)
NODULE_NAMES = ("leaflet_non", "leaflet_right", "leaflet_left", "annulus_non", "outflow_left")


@numba.njit(cache=True)
def _turn(a: float, b: float) -> float:
    return abs((a - b + math.pi) % (2 * math.pi) - math.pi)


@numba.njit(cache=True)
def bend(w: float) -> float:
    """Sideways shift of the ascending aorta towards the back: it starts above the junction."""
    d = max(w - SINUS_HEIGHT - 6.0, 0.0)
    return 0.006 * d * d


@numba.njit(cache=True)
def in_coronary(u: float, v: float, w: float, which: int) -> bool:
    """A tube that leaves the sinus square to it, rises a little and bends."""
    a, h, radius = CORONARIES[which]
    c, s = math.cos(a), math.sin(a)
    out = u * c + v * s - lumen_radius(a, h)
    if out < -2.0 or out > CORONARY_LENGTH:
        return False
    beyond = max(out, 0.0)
    side = -u * s + v * c - 0.02 * beyond * beyond
    return side * side + (w - h - CORONARY_RISE * beyond) ** 2 < radius * radius


@numba.njit(cache=True)
def septum_thickness(th: float, w: float) -> float:
    """Between the outflow tract and the right heart at height w."""
    away = max(_turn(th, SEPTUM_ANGLE) - math.radians(20.0), 0.0)
    below = -SEPTUM_LENGTH - w
    thin = np.interp(below, SEPTUM_DEPTH, SEPTUM_THICK) if below > 0 else SEPTUM_THICK[0]
    return min(thin + 12.0 * away, 11.5)


@numba.njit(cache=True)
def _nodule(u: float, v: float, w: float) -> int:
    for n in range(NODULES.shape[0]):
        a, r, h, radial, around, along, _ = NODULES[n]
        c, s = math.cos(a), math.sin(a)
        x, y, z = (u * c + v * s - r) / radial, (-u * s + v * c) / around, (w - h) / along
        if x * x + y * y + z * z < 1:
            return n
    return -1


@numba.njit(cache=True)
def _outside(u: float, v: float, w: float, th: float, r: float, wall: float) -> int:
    """Code of a point beyond the root's inner wall."""
    gap = r - wall
    c, s = math.cos(math.radians(100.0)), math.sin(math.radians(100.0))
    x, y = u * c + v * s - 36.0, -u * s + v * c
    if gap > 2.5 and (x / 21) ** 2 + (y / 24) ** 2 + ((w - 6) / 20) ** 2 < 1:
        return ATRIUM
    c, s = math.cos(math.radians(222.0)), math.sin(math.radians(222.0))
    x, y = u * c + v * s - 32.0, -u * s + v * c
    right = (x / 24) ** 2 + (y / 26) ** 2 + ((w + 8) / 24) ** 2
    if right < 1:
        if gap > septum_thickness(th, w):
            return RIGHT_HEART
        return MUSCLE if w < -SEPTUM_LENGTH or _turn(th, SEPTUM_ANGLE) > math.radians(24.0) else SEPTUM
    if (w > 14 and math.hypot(u + 33, v - 6) < 8) or math.hypot(u - 40, v - 40) < 11.5:
        return VEIN if u < 0 else LUMEN
    if w > 8 and math.hypot(u - 24, v + 30) < 12.5:
        return VEIN
    if gap < WALL_MM and w > -2:
        return WALL
    if w < 3 and gap < 10.5 - max(w, 0.0) * 3:
        return MUSCLE
    return LUNG if math.hypot(u, v) > 58 else FAT


@numba.njit(cache=True)
def tissue(u: float, v: float, w: float, with_calcium: bool, with_leaflets: bool) -> int:
    """Code of the point (u, v, w)."""
    if with_calcium:
        n = _nodule(u, v, w)
        if n >= 0:
            return CALCIUM + n
    v = v - bend(w)
    r, th = math.hypot(u, v), math.atan2(v, u)
    wall = lumen_radius(th, w)
    if r < wall and w > -26:
        return LEAFLET if with_leaflets and in_leaflet(th, r, w) else LUMEN
    chamber = (u / 24) ** 2 + (v / 22) ** 2 + ((w + 40) / 27) ** 2
    if w < -12 and chamber < 1:
        return LUMEN
    for which in range(2):
        if in_coronary(u, v, w, which):
            return CORONARY
    if w < -12 and (u / 34) ** 2 + (v / 32) ** 2 + ((w + 40) / 37) ** 2 < 1:
        return MUSCLE
    return _outside(u, v, w, th, r, wall)
