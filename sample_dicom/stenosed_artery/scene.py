"""HU and tissue at points of the artery's frame. HU are GK unless a source is named."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stenosed_artery.shape import BRANCH_LENGTH, CALCIUM_SPAN, TABLE_STEP, WALL_MM, Array, ArteryShape

WALL_HU, PLAQUE_HU, FAT_HU, MUSCLE_HU = 60.0, 75.0, -90.0, 55.0
VEIN_HU, BONE_HU, MARROW_HU = 150.0, 1150.0, -50.0
SHEATH_MM = 2.5  # fat round the vessels
BONE_AT, BONE_RADIUS, BONE_CORTEX = (
    (-26.0, 24.0),
    12.0,
    4.0,
)  # at the box's edge
BACKGROUND, LUMEN, CALCIUM, BRANCH, WALL, VEIN, BONE = range(7)
Labels = npt.NDArray[np.uint8]


def vessel_tissue(shape: ArteryShape, points: Array) -> tuple[Array, Labels]:
    """HU and label (n,) near the artery; background where neither artery nor branch is."""
    row, offset = shape.nearest(points)
    a = np.einsum("ij,ij->i", offset, shape.side[row])
    b = np.einsum("ij,ij->i", offset, shape.across[row])
    rho, r, reference = np.hypot(a, b), shape.radius[row], shape.reference[row]
    from_middle = np.hypot(a - shape.shift[row], b)
    p = shape.parameters
    hu = np.full(len(points), np.nan, np.float32)
    label = np.zeros(len(points), np.uint8)
    _paint(hu, label, from_middle < reference + WALL_MM, WALL_HU, WALL)
    _paint(hu, label, from_middle < reference, PLAQUE_HU, WALL)
    if p.branch:
        _branch(shape, points, hu, label)
    crescent = (rho < r + p.calcium_mm) & (np.abs(np.arctan2(b, a)) < np.radians(p.calcium_deg))
    crescent &= (np.abs(shape.s[row]) < CALCIUM_SPAN * p.lesion_half_mm) & (
        from_middle < reference + WALL_MM / 2
    )
    _paint(hu, label, crescent, p.calcium_HU, CALCIUM)
    _paint(hu, label, rho < r, p.lumen_HU, LUMEN)
    return hu, label


def _branch(shape: ArteryShape, points: Array, hu: Array, label: Labels) -> None:
    origin, direction, radius = shape.branch
    offset = points - origin
    along = offset @ direction
    rho = np.linalg.norm(offset - along[:, None] * direction, axis=1)
    inside = (along > 0) & (along < BRANCH_LENGTH)
    _paint(hu, label, inside & (rho < radius + 0.7 * WALL_MM) & (label == BACKGROUND), WALL_HU, WALL)
    _paint(hu, label, inside & (rho < radius), shape.parameters.lumen_HU, BRANCH)


def surroundings(shape: ArteryShape, points: Array, whole: bool) -> tuple[Array, Labels]:
    """HU and label (n,) of what lies round the artery: muscle alone, or with fat planes, vein and bone."""
    hu = np.full(len(points), MUSCLE_HU, np.float32)
    label = np.zeros(len(points), np.uint8)
    if not whole:
        return hu, label
    x, y, z = points.T
    planes = np.abs(np.sin(0.16 * x + 0.10 * y + 0.03 * z + 0.6 * np.sin(0.1 * y))) < 0.12
    hu[planes] = FAT_HU
    _neighbours(shape, points, hu, label)
    bone = np.hypot(x - BONE_AT[0], y - BONE_AT[1])
    _paint(hu, label, bone < BONE_RADIUS, BONE_HU, BONE)
    _paint(hu, label, bone < BONE_RADIUS - BONE_CORTEX, MARROW_HU, BONE)
    return hu, label


def _neighbours(shape: ArteryShape, points: Array, hu: Array, label: Labels) -> None:
    """Fat round the vessels and the vein beside the artery, painted where they are."""
    radius = shape.parameters.diameter_mm / 2
    row = np.clip(np.rint((points[:, 2] - shape.z[0]) / TABLE_STEP), 0, len(shape.z) - 1).astype(np.intp)
    reach = 5.6 * radius + 8.0  # vein and sheath with room: the line is nowhere steeper than 30 degrees
    close = np.flatnonzero(np.linalg.norm(points[:, :2] - shape.points[row, :2], axis=1) < reach)
    near_hu, near_label = hu[close], label[close]
    row, offset = shape.nearest(points[close])
    from_artery = np.linalg.norm(offset, axis=1)
    near_hu[from_artery < radius + WALL_MM + SHEATH_MM] = FAT_HU
    vein_radius, apart = 1.15 * radius, radius * 2.15 + WALL_MM + 1.4
    centre = -0.9 * shape.side[row] + 0.44 * shape.across[row]
    from_vein = np.linalg.norm(offset - apart * centre, axis=1)
    _paint(near_hu, near_label, from_vein < vein_radius + 0.5, WALL_HU, WALL)
    _paint(near_hu, near_label, from_vein < vein_radius, VEIN_HU, VEIN)
    hu[close], label[close] = near_hu, near_label


def _paint(hu: Array, label: Labels, where: npt.NDArray[np.bool_], value: float, tissue: int) -> None:
    hu[where], label[where] = value, tissue
