"""How thick each tissue is at a place: thin layers get elements small enough, in the lattice and in the
mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.meshing.lattice import volumes
from surgitwin.meshing.optimise import Pieces
from surgitwin.meshing.tissues.fields import TissueFields, trilinear

FLATNESS = 1.6
"""Numerical setting: an element may be this many times as wide as the layer it fills is thick; its scaled
Jacobian is then some 0.4 (packaging/docs/meshing.md)."""

LEAST_SHARE = 0.2
"""Numerical setting: thin layers make elements smaller down to this share of the wanted size, not further."""

COMMON = 5.0
"""Numerical setting: the lattice is as fine as all but this percentage of the tissues' border asks for."""

MOST_CELLS = 4_000_000
"""Numerical setting: a lattice of more tetrahedra takes more than some 4 GB and minutes."""

CELLS_PER_CUBE = 12
"""Tetrahedra of the body-centred lattice to a cube of its step."""

LOST = 0.1
"""Numerical setting: a lattice that changes a tissue's volume by more than this share is too coarse for it;
some
3 % are chords, which bending the edges gives back."""


@dataclass(frozen=True, eq=False)
class ThicknessSize:
    """Wanted edge lengths: `size_mm`, less in layers that are thinner. `array` [k, j, i, 1] of the fields'
    grid.
    """

    fields: TissueFields
    array: npt.NDArray[np.float32]
    size_mm: float

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """(n,) edge length in mm at (n, 3) points."""
        out: FloatArray = trilinear(self.array, self.fields.grid.lps_to_index(points_mm))[:, 0]
        return out

    def lattice_step(self) -> float:
        """Side of the lattice's cells that finds nearly all layers."""
        border = np.abs(self.fields.raw[..., 1:]).min(axis=-1) < float(self.fields.grid.spacing_mm[0])
        wanted = float(np.percentile(self.array[..., 0][border], COMMON))
        return min(self.size_mm, wanted)


def thickness_size(fields: TissueFields, size_mm: float) -> ThicknessSize:
    """Edge lengths that fit the thickness of every tissue, at most `size_mm`.

    Thickness is twice the deepest distance within one element size of a place: that of the largest ball
    that fits.
    """
    spacing = float(fields.grid.spacing_mm[0])
    width = 2 * int(np.ceil(size_mm / spacing)) + 1
    wanted = np.full(fields.raw.shape[:3], size_mm, np.float32)
    for number in range(1, fields.raw.shape[-1]):
        depth = -fields.raw[..., number]
        deepest = ndimage.maximum_filter(depth, size=width)
        own = np.clip(2 * FLATNESS * deepest, LEAST_SHARE * size_mm, size_mm)
        np.minimum(wanted, own, out=wanted, where=depth > -spacing)
    return ThicknessSize(fields, wanted[..., None], size_mm)


def require_cells(fields: TissueFields, step_mm: float, size_mm: float) -> None:
    """Raise GeometryError "mesh.tissue_cells" when a lattice of this step has too many tetrahedra.

    size_mm: what was asked for; a smaller step is what the thinnest layers need.
    """
    cells = CELLS_PER_CUBE * float(fields.volume_mm3[1:].sum()) / step_mm**3
    if cells > MOST_CELLS:
        whole = CELLS_PER_CUBE * float(fields.volume_mm3[1:].sum())
        if step_mm > 0.99 * size_mm:
            raise GeometryError(
                "mesh.tissue_cells",
                f"Elements of {size_mm:.2g} mm would be some {cells / 1e6:.0f} million.",
                hint=f"Choose a size of {np.ceil(10 * np.cbrt(whole / MOST_CELLS)) / 10:.1f} mm or more, or "
                "mesh fewer tissues.",
                where="size",
            )
        thin = fields.names[int(fields.volume_mm3[1:].argmin())]
        raise GeometryError(
            "mesh.tissue_cells",
            f"Elements of {step_mm:.2g} mm, which the thinnest layers need, would be some "
            f"{cells / 1e6:.0f} million.",
            hint="Mesh fewer tissues together, join thin ones with their neighbours "
            f"(as {thin!r}), or cut the labels to the region of interest.",
            where="tissues",
        )


def lost_tissue(pieces: Pieces, fields: TissueFields) -> str | None:
    """Name of a tissue whose volume the lattice missed by more than `LOST`, None when there is none."""
    size = np.abs(volumes(pieces.points, pieces.tets))
    volume = np.bincount(pieces.part, size, minlength=len(fields.volume_mm3))
    change = np.abs(volume[1:] / fields.volume_mm3[1:] - 1)
    worst = int(change.argmax())
    return fields.names[worst] if change[worst] > LOST else None
