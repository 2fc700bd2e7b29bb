"""Where the femur lies in the scanner, and the grid of the scan.

Everything is placed as a left femur; the right one is its mirror image in the plane x = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from femur_fracture.parameters import PhantomParameters
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, rotation_about
from surgitwin.core.image import ImageGrid

ORIGIN_MM = np.array([90.0, 15.0, -140.0])  # LPS place of the left femur's origin; any place would do
# Field of view about that origin: medial, anterior, proximal limits in mm (GK: one thigh, hip to knee).
_MEDIAL, _ANTERIOR, _PROXIMAL = (-92.0, 106.0), (-120.0, 78.0), (-380.0, 100.0)
_MIRROR = np.diag([-1.0, 1.0, 1.0])


def femur_axes(parameters: PhantomParameters) -> FloatArray:
    """(3, 3): columns medial, anterior, proximal of the left femur in LPS."""
    adduct = rotation_about((0, 1, 0), np.radians(parameters.adduction_deg))
    flex = rotation_about((1, 0, 0), -np.radians(parameters.flexion_deg))
    turn = rotation_about((0, 0, 1), np.radians(parameters.external_rotation_deg))
    out: FloatArray = adduct @ flex @ turn @ np.diag([-1.0, -1.0, 1.0])
    return out


def to_lps(points: npt.ArrayLike, parameters: PhantomParameters) -> FloatArray:
    """(..., 3) femur coordinates (medial, anterior, proximal) to LPS mm, for the chosen side."""
    lps = np.asarray(points, float) @ femur_axes(parameters).T + ORIGIN_MM
    out: FloatArray = lps @ _MIRROR if parameters.side == "right" else lps
    return out


def direction_to_lps(vectors: npt.ArrayLike, parameters: PhantomParameters) -> FloatArray:
    """(..., 3) femur directions (medial, anterior, proximal) to LPS, for the chosen side."""
    lps = np.asarray(vectors, float) @ femur_axes(parameters).T
    out: FloatArray = lps @ _MIRROR if parameters.side == "right" else lps
    return out


def bone_frame(parameters: PhantomParameters) -> Frame:
    """The bone frame: z proximal, y anterior, x = y cross z."""
    y, z = direction_to_lps([[0, 1, 0], [0, 0, 1]], parameters)
    return Frame(to_lps((0, 0, 0), parameters), np.column_stack([np.cross(y, z), y, z]))


def scan_grid(parameters: PhantomParameters) -> ImageGrid:
    """Grid of the left phantom: axial slices from the knee up."""
    low = np.array([ORIGIN_MM[0] - _MEDIAL[1], ORIGIN_MM[1] - _ANTERIOR[1], ORIGIN_MM[2] + _PROXIMAL[0]])
    extent = np.array([np.ptp(_MEDIAL), np.ptp(_ANTERIOR), np.ptp(_PROXIMAL)])
    spacing = np.asarray(parameters.voxel_mm)
    n = np.rint(extent / spacing).astype(int)
    return ImageGrid((n[2], n[1], n[0]), low + spacing / 2, spacing, np.eye(3))


def mirror_grid(grid: ImageGrid) -> ImageGrid:
    """The grid that an image flipped along i has in the mirrored world."""
    origin: npt.NDArray[Any] = np.array(grid.origin_mm)
    origin[0] = -(origin[0] + (grid.shape[2] - 1) * grid.spacing_mm[0])
    return ImageGrid(grid.shape, origin, grid.spacing_mm, grid.direction)
