"""Slices through a volume on any plane, fast enough to follow the wheel (vtkImageReslice)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import get_vtk_array_type, numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkMatrixToLinearTransform
from vtkmodules.vtkImagingCore import vtkImageReslice

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.image import ImageGrid


@dataclass(frozen=True, eq=False)
class SliceAxes:
    """Three orthonormal directions (columns, LPS) along which slices are cut, and their steps in mm.

    Columns: right-left-like x, front-back-like y, foot-head-like z; step_mm (3,) is what one turn of the
    wheel moves along each.
    """

    axes: FloatArray
    step_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", readonly(self.axes, np.float64))
        object.__setattr__(self, "step_mm", readonly(self.step_mm, np.float64))


def scanner_axes(grid: ImageGrid) -> SliceAxes:
    """The image's own axes, sorted and signed to be the nearest ones to L, P and S.

    Slices then fall on voxel planes also when the acquisition is oblique.
    """
    order: list[int] = []
    for lps in (2, 1, 0):
        rest = [a for a in range(3) if a not in order]
        order.insert(0, max(rest, key=lambda a: abs(grid.direction[lps, a])))
    columns = np.stack(
        [grid.direction[:, a] * np.sign(grid.direction[n, a]) for n, a in enumerate(order)], axis=1
    )
    return SliceAxes(columns, grid.spacing_mm[order])


def bone_axes(frame_axes: FloatArray, grid: ImageGrid) -> SliceAxes:
    """The bone frame as slice axes: z proximal, y turned to posterior, x towards the patient's left.

    The wheel moves by the finest voxel spacing.
    """
    columns = np.stack([-frame_axes[:, 0], -frame_axes[:, 1], frame_axes[:, 2]], axis=1)
    return SliceAxes(columns, np.full(3, float(grid.spacing_mm.min())))


def implant_axes(frame_axes: FloatArray, grid: ImageGrid) -> SliceAxes:
    """Slice axes along an implant whose own z is its long axis.

    z points to the head; x is the one of the other two axes nearest to the patient's left-right; y follows by
    the right hand, so that nothing is mirrored.
    """
    z = frame_axes[:, 2] * (1.0 if frame_axes[2, 2] >= 0 else -1.0)
    side = frame_axes[:, 0 if abs(frame_axes[0, 0]) >= abs(frame_axes[0, 1]) else 1]
    x = side * (1.0 if side[0] >= 0 else -1.0)
    return SliceAxes(np.stack([x, np.cross(z, x), z], axis=1), np.full(3, float(grid.spacing_mm.min())))


@dataclass(frozen=True)
class Slab:
    """A thick slice: thickness in mm (0: a plane) and what is shown of the values across it."""

    thickness_mm: float = 0.0
    mode: Literal["max", "mean", "min"] = "max"


PLANE = Slab()
SLAB_SAMPLES = 96
"""Most samples across a slab; thicker ones are sampled more coarsely than the voxels (speed only)."""


class Reslicer:
    """Cuts planes out of one array [k, j, i]; keeps a view of it, does not copy: after its values were
    changed in place call `touch`.

    outside: value where the plane leaves the image; None: the lowest value of the array's type.
    """

    def __init__(
        self,
        array: npt.NDArray[Any],
        grid: ImageGrid,
        interpolation: Literal["linear", "nearest"] = "linear",
        outside: float | None = None,
    ) -> None:
        self._array = np.ascontiguousarray(array)
        self._grid = grid
        self._to_index = np.linalg.inv(grid.affine)
        if outside is None:
            kind = self._array.dtype
            outside = float(np.iinfo(kind).min if kind.kind in "iu" else np.finfo(kind).min)
        self.outside = outside
        self._image = image = vtkImageData()
        image.SetDimensions(*grid.shape[::-1])
        flat = numpy_to_vtk(
            self._array.reshape(-1), deep=False, array_type=get_vtk_array_type(self._array.dtype)
        )
        image.GetPointData().SetScalars(flat)
        self._reslice = vtkImageReslice()
        self._reslice.SetInputData(image)
        self._reslice.SetOutputDimensionality(2)
        self._reslice.SetBackgroundLevel(outside)
        if interpolation == "linear":
            self._reslice.SetInterpolationModeToLinear()
        else:
            self._reslice.SetInterpolationModeToNearestNeighbor()

    def touch(self) -> None:
        """The array's values were changed in place."""
        self._image.GetPointData().GetScalars().Modified()
        self._image.Modified()

    def cut(
        self,
        corner_mm: FloatArray,
        right: FloatArray,
        down: FloatArray,
        size: tuple[int, int],
        mm_per_px: float,
        slab: Slab = PLANE,
    ) -> npt.NDArray[Any]:
        """(height, width) values of `size` (width, height) px.

        corner_mm: LPS centre of the top left pixel; right, down: unit directions of columns and rows. slab:
        its thickness lies half on each side of the plane.
        """
        m = np.eye(4)
        m[:3, 0], m[:3, 1], m[:3, 2] = right, down, np.cross(right, down)
        m[:3, 3] = corner_mm
        matrix = vtkMatrix4x4()
        matrix.DeepCopy((self._to_index @ m).ravel().tolist())
        transform = vtkMatrixToLinearTransform()
        transform.SetInput(matrix)
        self._reslice.SetResliceTransform(transform)
        self._reslice.SetOutputOrigin(0, 0, 0)
        self._reslice.SetOutputSpacing(mm_per_px, mm_per_px, self._set_slab(slab))
        self._reslice.SetOutputExtent(0, size[0] - 1, 0, size[1] - 1, 0, 0)
        self._reslice.Update()
        values = vtk_to_numpy(self._reslice.GetOutput().GetPointData().GetScalars())
        out: npt.NDArray[Any] = values.reshape(size[1], size[0]).copy()
        return out

    def _set_slab(self, slab: Slab) -> float:
        """Tell VTK how to go through the slab; mm between its samples."""
        finest = float(self._grid.spacing_mm.min())
        samples = min(int(np.ceil(slab.thickness_mm / finest)) + 1, SLAB_SAMPLES)
        self._reslice.SetSlabNumberOfSlices(samples)
        {
            "max": self._reslice.SetSlabModeToMax,
            "min": self._reslice.SetSlabModeToMin,
            "mean": self._reslice.SetSlabModeToMean,
        }[slab.mode]()
        return slab.thickness_mm / (samples - 1) if samples > 1 else 1.0
