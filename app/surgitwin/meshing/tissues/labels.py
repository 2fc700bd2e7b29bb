"""The labels of the chosen tissues, cropped, without pieces that no element could show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.image import ImageGrid, LabelMap

OUTSIDE = 0
"""Number of what lies outside of all chosen tissues."""

MARGIN = 2.5
"""Numerical setting: how far the grid reaches beyond the tissues, in element sizes: the lattice stays
inside.
"""

SPECK = 0.5
"""Numerical setting: a piece of less than this many cubes of the element size is given to its neighbours."""


@dataclass(frozen=True, eq=False)
class TissueLabels:
    """array uint8 [k, j, i]: 0 outside, 1.. the tissues; volumes by number, see `TissueFields`."""

    array: npt.NDArray[np.uint8]
    grid: ImageGrid
    names: tuple[str, ...]
    volume_mm3: FloatArray
    specks_mm3: FloatArray


def tissue_labels(labels: LabelMap, tissues: Sequence[str], size_mm: float) -> TissueLabels:
    """The chosen segments numbered in their order, on a crop of the grid with a margin.

    Raises InputError "mesh.no_tissue", "mesh.unknown_tissue"; GeometryError "mesh.empty_tissue".
    """
    names = _checked(labels, tissues)
    table = np.zeros(256, np.uint8)
    for number, name in enumerate(names, 1):
        table[labels.segment(name).label] = number
    numbered = table[labels.array]
    _require_voxels(numbered, names)
    pad = np.ceil(MARGIN * size_mm / labels.grid.spacing_mm[::-1]).astype(int) + 1
    box = ndimage.find_objects((numbered > 0).astype(np.uint8))[0]
    start = np.array([s.start for s in box]) - pad
    array = np.pad(numbered[box], [(int(p), int(p)) for p in pad])
    origin = labels.grid.index_to_lps(start[::-1].astype(float))
    grid = ImageGrid(array.shape, origin, labels.grid.spacing_mm, labels.grid.direction)
    before = np.bincount(array.ravel(), minlength=len(names) + 1)
    array = without_specks(array, SPECK * size_mm**3 / grid.voxel_volume_mm3)
    after = np.bincount(array.ravel(), minlength=len(names) + 1)
    voxel = grid.voxel_volume_mm3
    _require_kept(after, before, names, size_mm, voxel)
    return TissueLabels(array, grid, names, after * voxel, (before - after) * voxel)


def without_specks(array: npt.NDArray[np.uint8], least: float) -> npt.NDArray[np.uint8]:
    """The numbers without 6-connected pieces of fewer than `least` voxels: each goes to the nearest voxel's
    number.

    Specks of the outside (closed pores) are filled in the same way.
    """
    pieces = cc3d.connected_components(array.astype(np.uint8) + 1, connectivity=6)
    count = np.bincount(pieces.ravel())
    small = count < least
    small[count.argmax()] = False
    lost = small[pieces]
    if not lost.any():
        return array
    nearest = ndimage.distance_transform_edt(lost, return_distances=False, return_indices=True)
    out: npt.NDArray[np.uint8] = array[tuple(nearest)]
    return out


def _checked(labels: LabelMap, tissues: Sequence[str]) -> tuple[str, ...]:
    names = tuple(tissues)
    if not names:
        raise InputError(
            "mesh.no_tissue",
            "No tissue was named, so there is nothing to mesh.",
            hint=f"Name one or more of: {', '.join(s.name for s in labels.segments)}.",
            where="tissues",
        )
    known = [s.name for s in labels.segments]
    for name in names:
        if name not in known or names.count(name) > 1:
            fact = "is not in the label map" if name not in known else "is named twice"
            raise InputError(
                "mesh.unknown_tissue",
                f"The tissue {name!r} {fact}.",
                hint=f"Name each once, out of: {', '.join(known)}.",
                where="tissues",
            )
    return names


def _require_voxels(numbered: npt.NDArray[np.uint8], names: Sequence[str]) -> None:
    there = np.bincount(numbered.ravel(), minlength=len(names) + 1)
    for number, name in enumerate(names, 1):
        if not there[number]:
            raise GeometryError(
                "mesh.empty_tissue",
                f"The tissue {name!r} has no voxel.",
                hint="Segment it first, or leave it out of the mesh.",
                where=name,
            )


def _require_kept(
    after: npt.NDArray[np.intp], before: npt.NDArray[np.intp], names: Sequence[str], size: float, voxel: float
) -> None:
    for number, name in enumerate(names, 1):
        if after[number] < 0.5 * before[number]:
            raise GeometryError(
                "mesh.tissue_small",
                f"The tissue {name!r} ({before[number] * voxel:.3g} mm3) consists of pieces smaller than "
                f"an element "
                f"of {size:g} mm.",
                hint="Use smaller elements, or join the tissue with its neighbour.",
                where=name,
            )
