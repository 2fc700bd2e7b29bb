"""What lies round the femur: hip bone, soft tissue, table.

Coordinates (m, a, p) of the *scanner*, that is medial, anterior and proximal without the femur's
tilt, from the femur's origin, mm. Shapes and HU are GK unless a source is named.
"""

from __future__ import annotations

import numpy as np

from femur_fracture.femur_shape import DISTAL_END, HEAD_RADIUS
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

PLATEAU_TILT_DEG, TIBIA_GAP = 4.5, 5.0  # square to the line from hip to knee; cartilage of both sides
JOINT_SPACE = 4.0  # C1: 4.19 +- 0.92 (V)
CUP_INCLINATION_DEG, CUP_VERSION_DEG = 39.0, 18.0  # C1: 38.8, 18.2 (V)
PELVIS_CORTEX_MM, PELVIS_CORTEX_HU, PELVIS_TRABECULAR_HU = 1.6, 950.0, 190.0
AIR_HU, FAT_HU, MUSCLE_HU, SKIN_HU = -1000.0, -100.0, 52.0, 20.0
TABLE_SHELL_HU, TABLE_FOAM_HU = 260.0, -880.0
TABLE_TOP, TABLE_RADIUS, TABLE_SHELL, TABLE_DEPTH = -92.0, 420.0, 2.2, 22.0

_Z = (110.0, 60, 20, 0, -60, -120, -200, -280, -330, -390)
_CENTRE_M = Profile(_Z, (34.0, 28, 18, 14, 12, 15, 22, 30, 35, 40))
_CENTRE_A = Profile(_Z, (-8.0, -9, -9, -8, -6, -3, 1, 6, 9, 11))
_HALF_M = Profile(_Z, (128.0, 116, 98, 92, 86, 82, 74, 64, 59, 57))
_HALF_A = Profile(_Z, (84.0, 84, 83, 82, 80, 77, 69, 60, 56, 55))
_FAT = Profile(_Z, (20.0, 18, 14, 13, 11, 10, 9, 7, 5, 5))


def _offset(centre: Triple, m: float, a: float, p: float) -> Triple:
    return (centre[0] + m, centre[1] + a, centre[2] + p)


def hip_bone_distance(q: Points, head: Triple) -> Array:
    """Distance (n,) to the hip bone: acetabular cup, iliac column, pubic ramus, ischium."""
    inner, outer = HEAD_RADIUS + JOINT_SPACE, HEAD_RADIUS + JOINT_SPACE + 5.5
    inclination, version = np.radians(CUP_INCLINATION_DEG), np.radians(CUP_VERSION_DEG)
    opening = (
        -np.cos(version) * np.sin(np.pi / 2 - inclination),
        np.sin(version),
        -np.cos(version) * np.cos(np.pi / 2 - inclination),
    )
    along = sum(np.float32(n) * (v - np.float32(c)) for n, v, c in zip(opening, q, head, strict=True))
    f = intersect(ball(q, head, outer), along - np.float32(4.0), 4.0)
    f = union(f, ellipsoid(q, _offset(head, 8, -6, 70), (10.0, 36.0, 52.0)), 12.0)
    f = union(f, round_cone(q, _offset(head, 26, 14, -8), _offset(head, 66, 28, -22), 10.0, 7.0), 8.0)
    f = union(f, round_cone(q, _offset(head, 22, -24, -14), _offset(head, 14, -36, -58), 12.0, 13.0), 10.0)
    f = union(f, round_cone(q, _offset(head, 16, -34, -58), _offset(head, 62, 14, -52), 8.0, 6.0), 8.0)
    return subtract(f, ball(q, head, inner), 2.0)


def knee_distance(q: Points) -> Array:
    """Distance (n,) to tibia and patella; q: (m, a, p) of the *femur*, for the leg is straight."""
    m, a, p = q
    plateau = ellipse(m, a + np.float32(16.0), np.full_like(m, 37.0), np.full_like(m, 25.0))
    tilt = np.float32(np.tan(np.radians(PLATEAU_TILT_DEG)))
    top = p - np.float32(DISTAL_END - TIBIA_GAP) + tilt * (m - np.float32(22.0))
    tibia = intersect(plateau, top, 6.0)
    eminence = round_cone(q, (0.0, -18.0, DISTAL_END - 14.0), (0.0, -18.0, DISTAL_END - 1.0), 6.0, 2.5)
    tibia = union(tibia, eminence, 6.0)
    patella = ellipsoid(q, (-3.0, 28.0, DISTAL_END + 38.0), (22.0, 10.5, 22.0))
    return np.minimum(tibia, patella)


def other_bone_hu(f: Array) -> Array:
    """HU (n,) inside hip bone, tibia or patella, from the distance (n,) to its surface."""
    return np.where(f > -PELVIS_CORTEX_MM, np.float32(PELVIS_CORTEX_HU), np.float32(PELVIS_TRABECULAR_HU))


def soft_tissue_hu(q: Points) -> Array:
    """HU (n,): air, skin, fat and muscle with fat planes between the muscles."""
    m, a, p = q
    m, a = m - _CENTRE_M(p), a - _CENTRE_A(p)
    f = ellipse(m, a, _HALF_M(p), _HALF_A(p))
    angle = np.arctan2(a, m)
    wavy = np.float32(2.0) * np.sin(3 * angle + p / np.float32(60.0))
    muscle = f < -(_FAT(p) + wavy)
    radius = np.sqrt(m * m + a * a)
    plane = (
        np.abs(np.sin(np.float32(2.5) * angle + p / np.float32(140.0) + radius / np.float32(40.0))) * radius
    )
    fat_plane = (plane < 2.2) & (radius > 30.0)
    hu = np.where(muscle, np.where(fat_plane, np.float32(-60.0), np.float32(MUSCLE_HU)), np.float32(FAT_HU))
    hu = np.where(f > -1.8, np.float32(SKIN_HU), hu)
    return np.where(f < 0, hu, np.float32(AIR_HU))


def table_depth(q: Points) -> Array:
    """Depth (n,) below the table's curved top, mm."""
    m, a, _ = q
    top = np.float32(TABLE_TOP) + m * m / np.float32(2 * TABLE_RADIUS)
    return top - a


def table_hu(depth: Array) -> Array:
    """HU (n,) of the table: two bright shells with foam between them."""
    shell = (depth < TABLE_SHELL) | (depth > TABLE_DEPTH - TABLE_SHELL)
    return np.where(shell, np.float32(TABLE_SHELL_HU), np.float32(TABLE_FOAM_HU))
