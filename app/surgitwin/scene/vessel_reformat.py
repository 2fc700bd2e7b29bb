"""Pictures through a vessel: on a plane, along its course laid straight, on the curved sheet through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.image import Volume
from surgitwin.core.vessel import Course
from surgitwin.imaging.oblique import AIR_HU, curved_reformat, reformat_axes
from surgitwin.scene.reslice import Reslicer


@dataclass(frozen=True, eq=False)
class Raster:
    """values (rows, columns) with pixels of `pixel_mm`; the centre of [0, 0] lies at (left_mm, top_mm).

    Chart coordinates are mm to the right and mm down; what they mean is said by the function that made it.
    """

    values: npt.NDArray[Any]
    left_mm: float
    top_mm: float
    pixel_mm: float

    @property
    def box_mm(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of the picture with its outer half pixels."""
        rows, columns = self.values.shape
        p = self.pixel_mm
        return self.left_mm - p / 2, self.top_mm - p / 2, columns * p, rows * p


def plane_raster(
    reslicer: Reslicer,
    point_mm: FloatArray,
    right: FloatArray,
    down: FloatArray,
    half_mm: float,
    pixel_mm: float,
) -> Raster:
    """The square on a plane round `point_mm`; chart coordinates are along `right` and `down` from it."""
    n = max(1, round(half_mm / pixel_mm))
    reach = n * pixel_mm
    corner = np.asarray(point_mm, float) - reach * right - reach * down
    size = (2 * n + 1, 2 * n + 1)
    return Raster(reslicer.cut(corner, right, down, size, pixel_mm), -reach, -reach, pixel_mm)


def straight_raster(
    volume: Volume, course: Course, angle_rad: float, half_mm: float, pixel_mm: float
) -> Raster:
    """The vessel laid straight, upstream at the top: x is the offset along the angle, y is s_mm."""
    values = curved_reformat(volume, course, angle_rad, half_mm, pixel_mm)
    s, offset = reformat_axes(course, half_mm, pixel_mm)
    return Raster(values, float(offset[0]), float(s[0]), pixel_mm)


@dataclass(frozen=True, eq=False)
class Sheet:
    """The sheet of a curved reformat: it holds the course and is straight along its depth's normal.

    origin_mm (3,), right, down, depth: unit directions, LPS, right-handed. down_mm, across_mm, depth_mm (n,):
    the course in them, by `s_mm` (n,). Rows of the picture lie at one `down`; their depth is the course's.
    """

    origin_mm: FloatArray
    right: FloatArray
    down: FloatArray
    depth: FloatArray
    s_mm: FloatArray
    across_mm: FloatArray
    down_mm: FloatArray
    depth_mm: FloatArray

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            object.__setattr__(self, name, readonly(value, np.float64))

    def chart(self, s_mm: float) -> tuple[float, float]:
        """Where arc length `s_mm` of the course lies in the picture: mm to the right, mm down."""
        x, y = (float(np.interp(s_mm, self.s_mm, a)) for a in (self.across_mm, self.down_mm))
        return x, y

    def s_at(self, down_mm: float) -> float:
        """Arc length of the course at a height of the picture."""
        heights, order = self._rising
        return float(np.interp(down_mm, heights, self.s_mm[order]))

    @property
    def _rising(self) -> tuple[FloatArray, slice]:
        """Heights of the course made to rise down the picture, and the order of its points they belong to.

        Where the vessel turns back on itself the later part gives way.
        """
        upwards = self.down_mm[-1] < self.down_mm[0]
        order = slice(None, None, -1) if upwards else slice(None)
        heights = np.maximum.accumulate(self.down_mm[order])
        return heights + 1e-9 * np.arange(len(heights)), order

    def depth_at(self, down_mm: FloatArray) -> FloatArray:
        """Depth of the sheet at heights of the picture; constant beyond the ends of the course."""
        heights, order = self._rising
        out: FloatArray = np.interp(down_mm, heights, self.depth_mm[order])
        return out


def sheet_through(course: Course, angle_rad: float) -> Sheet:
    """The sheet through a course that looks from `angle_rad` about the line between the course's ends.

    At angle 0 one looks from the patient's front (from the left when the vessel runs front to back). The head
    is up; a vessel that lies level runs downwards.
    """
    ends = course.points_mm[-1] - course.points_mm[0]
    down = ends / np.linalg.norm(ends)
    down = -down if down[2] > np.sin(np.radians(10)) else down
    front = np.array([0.0, -1.0, 0.0])
    wish = front if abs(down @ front) < np.cos(np.radians(20)) else np.array([1.0, 0.0, 0.0])
    eye = wish - (wish @ down) * down
    eye /= np.linalg.norm(eye)
    eye = np.cos(angle_rad) * eye + np.sin(angle_rad) * np.cross(down, eye)
    right = np.cross(eye, down)
    depth = np.cross(right, down)
    local = course.points_mm - course.points_mm[0]
    return Sheet(
        course.points_mm[0], right, down, depth, course.s_mm, local @ right, local @ down, local @ depth
    )


def curved_raster(
    volume: Volume, sheet: Sheet, half_mm: float, pixel_mm: float, margin_mm: float = 5.0
) -> Raster:
    """The image on a sheet: x is mm along `sheet.right`, y mm along `sheet.down`, from the first point."""
    low, high = float(sheet.across_mm.min()) - half_mm, float(sheet.across_mm.max()) + half_mm
    x = np.arange(low, high, pixel_mm)
    y = np.arange(float(sheet.down_mm.min()) - margin_mm, float(sheet.down_mm.max()) + margin_mm, pixel_mm)
    rows = sheet.origin_mm + y[:, None] * sheet.down + sheet.depth_at(y)[:, None] * sheet.depth
    points = rows[:, None] + x[None, :, None] * sheet.right
    index = np.moveaxis(volume.grid.lps_to_index(points)[..., ::-1], -1, 0)
    values = ndimage.map_coordinates(
        volume.array, index, output=np.float32, order=1, mode="constant", cval=AIR_HU
    )
    return Raster(values, float(x[0]), float(y[0]), pixel_mm)
