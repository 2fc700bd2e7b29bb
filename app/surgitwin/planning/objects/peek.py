"""What a surface file says of itself and what it leaves open, before it is taken into a case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.meshing.files.surface_formats import READERS, surface_suffix
from surgitwin.meshing.files.surfaces import LARGEST_MM, MM_PER_UNIT, SMALLEST_MM


@dataclass(frozen=True)
class Peek:
    """unit, frame: what the file says, None when it does not. size: (3,) of its box in its own unit."""

    path: Path
    unit: str | None
    frame: str | None
    size: tuple[float, float, float]
    triangles: int

    def size_mm(self, unit: str) -> tuple[float, float, float]:
        """Its size when its lengths are in `unit`."""
        x, y, z = (v * MM_PER_UNIT[unit] for v in self.size)
        return x, y, z

    def plausible(self, unit: str) -> bool:
        """Whether a bone or implant may be so large."""
        return SMALLEST_MM <= max(self.size_mm(unit)) <= LARGEST_MM


def peek(path: Path) -> Peek:
    """Look at a file. Raises InputError "surface.unknown_format", "mesh.unreadable"."""
    suffix = surface_suffix(path)
    if not suffix:
        raise InputError(
            "surface.unknown_format",
            f"{path.name} is no surface format that is read.",
            hint=f"Give a file that ends in {', '.join(READERS)}.",
            where=str(path),
        )
    points, triangles, said = READERS[suffix](path)
    x, y, z = (float(v) for v in np.ptp(points, axis=0))
    return Peek(path, said.unit, said.frame, (x, y, z), len(triangles))
