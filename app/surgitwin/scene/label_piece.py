"""The surface of a label in one block, cut from its surroundings so that no seam shows between blocks.

The mask is blurred and held on its own side of one half in every voxel, so that the surface
(vtkFlyingEdges3D) is smooth and yet encloses exactly the voxels of the segment, thin ones too. The margin
is as wide as the blur reaches: points and normals on a face between two blocks come from the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.morphology import Box

BLOCK = 48
"""Numerical setting: voxels per side of a block (about 10 ms each)."""

SIGMA = 1.2
"""Numerical setting: standard deviation of the blur in voxels; takes the stairs from a slanted face."""

HOLD = 0.02
"""Numerical setting: how far from one half every voxel is held on its own side."""

REACH = 4
"""Voxels that the blur reaches (cut at 3 standard deviations)."""

MARGIN = REACH + 2
"""Voxels round a block that its surface and normals depend on."""

Index = tuple[int, int, int]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Piece:
    """Surface in one block: points and normals (n, 3) LPS mm, triangles (f, 3)."""

    points_mm: FloatArray
    normals: FloatArray
    triangles: IntArray


def blocks_of(box: Box, shape: tuple[int, ...]) -> tuple[Index, ...]:
    """Numbers (k, j, i) of the blocks that an edit in `box` of an array of `shape` can change.

    Block n covers the cells from voxel n * BLOCK to (n + 1) * BLOCK; the first begins one cell before the
    image, which closes a surface that the image's border cuts.
    """
    found = []
    for s, n in zip(box, shape, strict=True):
        low, high = max(s.start - MARGIN - 1, 0), min(s.stop + MARGIN, n - 1)
        found.append(range(low // BLOCK, high // BLOCK + 1))
    return tuple((k, j, i) for k in found[0] for j in found[1] for i in found[2])


def window(labels: Labels, block: Index) -> Labels:
    """A block of the whole array with a margin as wide as the blur reaches, background beyond the image."""
    shape = np.array(labels.shape)
    first, last = _limits(labels.shape, block)
    lo, hi = first - MARGIN, last + 1 + MARGIN
    a, b = np.clip(lo, 0, shape), np.clip(hi, 0, shape)
    found = labels[a[0] : b[0], a[1] : b[1], a[2] : b[2]]
    if (a == lo).all() and (b == hi).all():
        return found
    out = np.zeros(hi - lo, np.uint8)
    at = a - lo
    out[tuple(slice(s, s + n) for s, n in zip(at, found.shape, strict=True))] = found
    return out


def _limits(shape: tuple[int, ...], block: Index) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """First and last voxel [k, j, i] between which a block draws; one beyond the image at its borders."""
    first = np.array([n * BLOCK - (n == 0) for n in block])
    return first, np.array([min((n + 1) * BLOCK, size) for n, size in zip(block, shape, strict=True)])


def own_voxels(shape: tuple[int, ...], block: Index) -> Box:
    """The voxels that are counted for a block, as slices of its window."""
    first, _ = _limits(shape, block)
    found = []
    for n, f, size in zip(block, first, shape, strict=True):
        start = n * BLOCK - int(f) + MARGIN
        found.append(slice(start, start + min(BLOCK, size - n * BLOCK)))
    return (found[0], found[1], found[2])


def make_piece(mask: npt.NDArray[np.bool_], grid: ImageGrid, block: Index) -> Piece | None:
    """The surface in one block; None when the boundary does not pass there. mask: of its `window`."""
    core = tuple(slice(MARGIN, -MARGIN) for _ in range(3))
    if not mask[core].any() or mask[core].all():
        return None
    soft = ndi.gaussian_filter(mask.astype(np.float32), SIGMA, truncate=REACH / SIGMA, mode="constant")
    held = np.where(mask, np.maximum(soft, 0.5 + HOLD), np.minimum(soft, 0.5 - HOLD))[core]
    points, triangles = _contour(held)
    if not len(triangles):
        return None
    normals = _normals(soft, points + MARGIN)
    first = np.array([n * BLOCK - (n == 0) for n in block])
    return _in_patient(points + first, normals, triangles, grid)


def _contour(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Points (n, 3) in voxels k, j, i and triangles (f, 3) where values [k, j, i] pass one half."""
    image = vtkImageData()
    image.SetDimensions(*values.shape[::-1])
    flat = np.ascontiguousarray(values, np.float32).reshape(-1)
    image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=False))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    out = edges.GetOutput()
    if not out.GetNumberOfPolys():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    points = vtk_to_numpy(out.GetPoints().GetData())[:, ::-1].astype(np.float64)
    triangles = vtk_to_numpy(out.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return points, triangles


def _normals(soft: FloatArray, points: FloatArray) -> FloatArray:
    """Downhill directions (n, 3) of the blurred mask in voxels k, j, i, at points in voxels of `soft`."""
    out = np.empty_like(points)
    at = np.ascontiguousarray(points.T)
    for axis in range(3):
        slope = np.roll(soft, 1, axis) - np.roll(soft, -1, axis)
        out[:, axis] = ndi.map_coordinates(slope, at, order=1, mode="nearest")
    return out


def _in_patient(points: FloatArray, normals: FloatArray, triangles: IntArray, grid: ImageGrid) -> Piece:
    """To LPS mm, normals of length one, triangles turned so that they face outwards."""
    affine = grid.affine[:3, :3]
    turned = normals[:, ::-1] @ np.linalg.inv(affine)
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    turned /= np.where(length > 1e-12, length, 1.0)
    if np.linalg.det(affine) < 0:
        triangles = triangles[:, ::-1]
    lps = grid.index_to_lps(points[:, ::-1])
    return Piece(lps.astype(np.float32), turned.astype(np.float32), triangles)
