"""Where the root lies in the patient, and the grid of the scan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aortic_root.parameters import RootParameters
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, rotation_about
from surgitwin.core.image import ImageGrid

ORIGIN_MM = np.array([12.3, -140.7, 210.2])
"""LPS place of the annulus' centre; any place would do."""
AXIS = np.array([-0.42, -0.26, 0.87])
"""The root points to the right, forwards and up (GK)."""
_MIDDLE_ABOVE_ANNULUS = 9.0


def root_axes(parameters: RootParameters) -> FloatArray:
    """(3, 3): columns u, v, w of the root in LPS."""
    w = AXIS / np.linalg.norm(AXIS)
    tilt = np.cross((0, 0, 1), w)
    axes = rotation_about(tilt, float(np.arcsin(np.linalg.norm(tilt))))
    for axis, degrees in zip(np.eye(3), parameters.rotation_deg, strict=True):
        axes = rotation_about(axis, np.radians(degrees)) @ axes
    return axes


def root_frame(parameters: RootParameters) -> Frame:
    """Origin in the middle of the annulus, z along the root's axis."""
    return Frame(ORIGIN_MM, root_axes(parameters))


def cylinder(angle: npt.ArrayLike, radius: npt.ArrayLike, height: npt.ArrayLike) -> FloatArray:
    """(..., 3) local points of cylinder coordinates."""
    a, r, w = np.broadcast_arrays(*(np.asarray(x, float) for x in (angle, radius, height)))
    return np.stack([r * np.cos(a), r * np.sin(a), w], axis=-1)


def scan_grid(parameters: RootParameters) -> ImageGrid:
    """Axial slices round the root; the field does not turn with it."""
    spacing = np.asarray(parameters.voxel_mm)
    size = spacing * np.asarray(parameters.shape_kji[::-1])
    middle = ORIGIN_MM + np.array([0.0, 0.0, _MIDDLE_ABOVE_ANNULUS])
    return ImageGrid(parameters.shape_kji, middle - size / 2 + spacing / 2, spacing, np.eye(3))
