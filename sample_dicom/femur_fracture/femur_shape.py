"""Outline of the femur, in its own anatomical frame.

Coordinates (m, a, p): medial, anterior, proximal, mm. The origin lies on the shaft axis (the straight
line fitted to the canal from p = -280 to -40) at the level of the lesser trochanter's apex. Sizes are
from dimensions.md C1 where named; places without a name are set by eye against anatomy plates (GK).
"""

from __future__ import annotations

import numpy as np

from femur_fracture.implicit import (
    Array,
    Points,
    Profile,
    Triple,
    ball,
    ellipse,
    ellipsoid,
    intersect,
    round_cone,
    subtract,
    union,
)

HEAD_RADIUS = 23.5  # C1: head diameter 45 to 50.8 (V)
NECK_SHAFT_DEG = 126.0  # C1: 124.7 +- 6.2 (V)
TORSION_DEG = 14.0  # C1: 14.2 (V)
OFFSET = 43.0  # C1: 42.9 +- 6.8 (V)
HEAD_ABOVE_LESSER = 48.0  # C1: 42.8 (0.84 of the head diameter) to 1.01 of it (V)
LENGTH = 435.0  # C1: 419 to 448 (V)
BOW_RADIUS = 1000.0  # C1: mean 943 (V)
DISTAL_END = HEAD_ABOVE_LESSER + HEAD_RADIUS - LENGTH
ISTHMUS = DISTAL_END + 0.55 * LENGTH  # C1: 55 +- 4.8 % of the length (V)

BOW_APEX, FIT_HALF = -160.0, 120.0  # shaft axis fitted over BOW_APEX +- FIT_HALF
_BOW_TOP = FIT_HALF**2 / (6 * BOW_RADIUS)  # makes the mean offset of the arc vanish over that range
_STRAIGHT_ABOVE, _STRAIGHT_BELOW = -10.0, -300.0  # the arc runs on as its tangent

# Outer half-widths by level (C1: mid-shaft transverse diameter 25.6 to 26.5, V; the rest GK).
_LEVELS = (45.0, 30, 15, 0, -15, -40, -80, ISTHMUS, -165, -210, -250, -280, -300, -320, -345)
_HALF_ML = (19.0, 20, 20, 18.5, 17, 15.4, 14, 13.2, 13.3, 14.6, 18, 24.5, 31, 36, 38)
_HALF_AP = (15.0, 17, 18, 17.5, 16.6, 15.2, 14.2, 13.6, 13.9, 14.6, 16, 18.5, 20.5, 22, 23)
_ML, _AP = Profile(_LEVELS, _HALF_ML), Profile(_LEVELS, _HALF_AP)
_RIDGE = Profile((20, 0, -60, -120, -200, -240, -280), (0, 0.8, 2.0, 2.2, 1.8, 0.8, 0))  # linea aspera, GK

_t, _g = np.radians(TORSION_DEG), np.radians(NECK_SHAFT_DEG)
NECK_AXIS = np.array([np.sin(_g) * np.cos(_t), np.sin(_g) * np.sin(_t), -np.cos(_g)])
NECK_UP = np.array([np.cos(_g) * np.cos(_t), np.cos(_g) * np.sin(_t), np.sin(_g)])
NECK_FRONT = np.cross(NECK_UP, NECK_AXIS)
NECK_LENGTH = OFFSET / np.sin(_g)


def centre_anterior(p: Array | float) -> Array:
    """Anterior offset (...,) of the shaft's centre line from the shaft axis at level p."""
    inner = np.clip(p, _STRAIGHT_BELOW, _STRAIGHT_ABOVE)
    arc = _BOW_TOP - (inner - BOW_APEX) ** 2 / (2 * BOW_RADIUS)
    slope = -(inner - BOW_APEX) / BOW_RADIUS
    return np.asarray(arc + slope * (p - inner), np.float32)


_ROOT_LEVEL = HEAD_ABOVE_LESSER + NECK_LENGTH * np.cos(_g)
NECK_ROOT = np.array([0.0, float(centre_anterior(_ROOT_LEVEL)), _ROOT_LEVEL])
HEAD_CENTRE = NECK_ROOT + NECK_LENGTH * NECK_AXIS

# Half height and half thickness along the neck (C1: neck diameter 34.3, thickness 23.9, V).
_NECK_S = (0.0, 12, 24, 34, 42, 56)
_NECK_UP_HALF = Profile(_NECK_S, (21.5, 20, 17.4, 16.6, 17.2, 18))
_NECK_FRONT_HALF = Profile(_NECK_S, (16, 15, 13.2, 12.8, 13.6, 15))


def _triple(v: np.ndarray) -> Triple:
    return (float(v[0]), float(v[1]), float(v[2]))


def neck_coordinates(q: Points) -> Points:
    """(along the neck axis from its root, up, forward) of points."""
    d = [v - np.float32(c) for v, c in zip(q, NECK_ROOT, strict=True)]
    rows = (NECK_AXIS, NECK_UP, NECK_FRONT)
    s, u, w = (sum(np.float32(c) * v for c, v in zip(row, d, strict=True)) for row in rows)
    return s, u, w


def ridge_height(q: Points) -> Array:
    """How far (n,) the linea aspera stands out behind the shaft; all of it is cortex."""
    m, a, p = q
    height = _RIDGE(p) * np.exp(-((m / np.float32(5.0)) ** 2))
    return np.where(a < centre_anterior(p), height, np.float32(0))


def shaft_distance(q: Points) -> Array:
    """Shaft with its bow, flares and linea aspera."""
    m, a, p = q
    forward = a - centre_anterior(p)
    f = ellipse(m, forward, _ML(p), _AP(p))
    f = f - ridge_height(q)
    f = intersect(f, p - np.float32(34.0), 16.0)
    return intersect(f, np.float32(-340.0) - p, 12.0)


def _neck(q: Points) -> Array:
    s, u, w = neck_coordinates(q)
    f = ellipse(u, w, _NECK_UP_HALF(s), _NECK_FRONT_HALF(s))
    f = intersect(f, s - np.float32(NECK_LENGTH), 4.0)
    return intersect(f, -s - np.float32(4.0), 8.0)


def _back(m: float, behind: float, p: float) -> Triple:
    """A point given by its distance `behind` (negative: in front of) the shaft's centre line."""
    return (m, float(centre_anterior(p)) - behind, p)


_LESSER_END, _LESSER_TIP_RADIUS = _back(16.5, 15.5, 0.0), 5.0
_lesser_out = np.array([16.5, -15.5, 0.0]) / np.hypot(16.5, 15.5)
LESSER_TROCHANTER = np.asarray(_LESSER_END) + _LESSER_TIP_RADIUS * _lesser_out
_GREATER_TIP_CENTRE, _GREATER_TIP_RADIUS = _back(-9.0, 4.0, 46.0), 8.0
# C1: tip 7.3 +- 5.1 above the head centre (V).
GREATER_TROCHANTER_TIP = np.add(_GREATER_TIP_CENTRE, (0.0, 0.0, _GREATER_TIP_RADIUS))


_fovea_out = NECK_AXIS - 0.35 * NECK_UP - 0.15 * NECK_FRONT
_FOVEA_CENTRE = HEAD_CENTRE + (HEAD_RADIUS + 5.0) * _fovea_out / np.linalg.norm(_fovea_out)


def proximal_distance(q: Points, shaft: Array) -> Array:
    """Shaft with neck, head and trochanters."""
    f = union(shaft, _neck(q), 14.0)
    f = union(f, ellipsoid(q, _back(-17.5, 2.0, 25.0), (13.5, 18.0, 24.0)), 16.0)
    f = union(f, round_cone(q, _back(-18, 3, 32), _GREATER_TIP_CENTRE, 11.0, _GREATER_TIP_RADIUS), 6.0)
    f = union(f, round_cone(q, _back(-9, 16, 38), _back(12, 14, 6), 6.0, 6.0), 9.0)
    f = union(f, round_cone(q, _back(6, 6, 6), _LESSER_END, 12.0, _LESSER_TIP_RADIUS), 7.0)
    f = union(f, ball(q, _triple(HEAD_CENTRE), HEAD_RADIUS), 5.0)
    return subtract(f, ball(q, _triple(_FOVEA_CENTRE), 7.0), 3.0)


MEDIAL_CONDYLE, _MEDIAL_RADII = (22.0, -22.0, DISTAL_END + 26.0), (17.0, 33.0, 26.0)
LATERAL_CONDYLE, _LATERAL_RADII = (-22.0, -21.0, DISTAL_END + 29.5), (17.0, 34.0, 25.0)


def distal_distance(q: Points, shaft: Array) -> Array:
    """Shaft with condyles, epicondyles, trochlea and notch."""
    f = union(shaft, ellipsoid(q, MEDIAL_CONDYLE, _MEDIAL_RADII), 10.0)
    f = union(f, ellipsoid(q, LATERAL_CONDYLE, _LATERAL_RADII), 10.0)
    f = union(f, ball(q, (31.0, -22.0, DISTAL_END + 36.0), 9.0), 10.0)
    f = union(f, ball(q, (-31.0, -20.0, DISTAL_END + 37.0), 8.5), 10.0)
    f = union(f, ellipsoid(q, (-2.0, -6.0, DISTAL_END + 33.0), (27.0, 20.0, 25.0)), 10.0)
    f = subtract(f, ellipsoid(q, (0.0, -46.0, DISTAL_END + 4.0), (10.5, 36.0, 25.0)), 6.0)
    groove = round_cone(q, (-2.0, 26.0, DISTAL_END + 50), (-2.0, 10.0, DISTAL_END - 4.0), 11.0, 12.0)
    return subtract(f, groove, 8.0)


def outline_distance(q: Points) -> Array:
    """Distance (n,) to the outer surface of the whole femur for points (n,) (m, a, p)."""
    p = q[2]
    f = shaft_distance(q)
    for select, extend in ((p > -60, proximal_distance), (p < -240, distal_distance)):
        index = np.flatnonzero(select)
        if index.size:
            part = (q[0][index], q[1][index], q[2][index])
            f[index] = extend(part, f[index])
    return f


def near_femur(q: Points) -> np.ndarray:
    """True for points that can lie in the femur: a cheap test with generous bounds."""
    m, a, p = q
    shaft = (m * m + (a + 4) ** 2 < 32.0**2) & (p < 0) & (p > -300)
    top = ball(q, (10.0, -12.0, 25.0), 75.0) < 0
    bottom = ball(q, (0.0, -14.0, DISTAL_END + 35), 68.0) < 0
    near: np.ndarray = shaft | top | bottom
    return near


def condyle_point(which: str, direction: Triple) -> np.ndarray:
    """(3,): the point of a condyle's ellipsoid furthest along one of the frame's axes."""
    shapes = {"medial": (MEDIAL_CONDYLE, _MEDIAL_RADII), "lateral": (LATERAL_CONDYLE, _LATERAL_RADII)}
    centre, radii = shapes[which]
    point: np.ndarray = np.asarray(centre) + np.asarray(direction) * np.asarray(radii)
    return point
