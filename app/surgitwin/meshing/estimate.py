"""How many tetrahedra a wish will make, with their memory and time, before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.meshing.sizing import SizeField, wanted_size

MOST_UNASKED = 3_000_000
"""Numerical setting: more tetrahedra are made only when the user says so; with `stuffing-mmg3d` they
take some 3.3 GB at their making."""

LATTICE_CELLS = 300_000
"""Numerical setting: local sizes begin with a finer lattice of some so many tetrahedra; it is coarsened."""

COSTS: dict[str, tuple[float, float, float]] = {
    "stuffing": (9.7, 240.0, 5.0),
    "stuffing-mmg3d": (9.7, 1100.0, 55.0),
    "netgen": (3.9, 1500.0, 1500.0),
    "gmsh": (5.6, 1500.0, 250.0),
    "tetgen": (8.5, 1500.0, 100.0),
    "tissues": (9.7, 2500.0, 500.0),
}
"""Mesher -> cells to a cube of the size, bytes a cell, microseconds a cell. Settings. Measured: cells
and bytes of both stuffings on a femur, times of the slowest surfaces in packaging/docs (mesher_table.md,
meshing.md: vertebrae), cells of netgen and gmsh on a femur. Guessed on the safe side: other bytes, the
time of tetgen."""


@dataclass(frozen=True)
class Estimate:
    """cells: tetrahedra. memory_GB, seconds: at the making; of a machine like that of `COSTS`."""

    cells: float
    memory_GB: float
    seconds: float

    @property
    def words(self) -> str:
        """One sentence."""
        return (
            f"About {rough(self.cells)} tetrahedra, {max(self.memory_GB, 0.1):.1f} GB of memory, up to "
            f"{duration(self.seconds)}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json."""
        return {"cells": round(self.cells), "memory_GB": self.memory_GB, "seconds": self.seconds}


def estimate(
    mesher: str,
    volume_mm3: float,
    size_mm: float,
    inside_mm: FloatArray | None = None,
    refine: Sequence[SizeField] = (),
) -> Estimate:
    """Of a volume filled with edges of size_mm. inside_mm: points (n, 3) spread evenly in it."""
    per_cube, bytes_a_cell, us_a_cell = COSTS[mesher]
    density = size_mm**-3.0
    if refine and inside_mm is not None and len(inside_mm):
        density = float(np.mean(wanted_size(inside_mm, size_mm, refine) ** -3.0))
    cells = per_cube * volume_mm3 * density
    built = cells + (LATTICE_CELLS if refine else 0)
    return Estimate(cells, built * bytes_a_cell / 1e9, built * us_a_cell / 1e6)


def require_wanted(found: Estimate, size_mm: float, large: bool) -> None:
    """Raise GeometryError "mesh.large" above `MOST_UNASKED` tetrahedra unless `large`."""
    if large or found.cells <= MOST_UNASKED:
        return
    fits = size_mm * float(np.cbrt(found.cells / MOST_UNASKED))
    raise GeometryError(
        "mesh.large",
        f"Edges of {size_mm:g} mm: {found.words} More than {rough(MOST_UNASKED)} are made only when asked "
        f"for.",
        hint=f"Use --size {np.ceil(10 * fits) / 10:g}, make fewer places fine, or add --large.",
        where="--size",
    )


def rough(count: float) -> str:
    """A number in two digits, with its thousands or millions."""
    if count >= 1e6:
        return f"{count / 1e6:.1f} million"
    return f"{float(f'{count:.2g}'):,.0f}"


def duration(seconds: float) -> str:
    """Seconds below two minutes, else minutes, else hours."""
    if seconds < 120:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
