"""A surface file as it was read, once: what it says of itself and what it leaves open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgitwin.meshing.files.surfaces import LARGEST_MM, MM_PER_UNIT, SMALLEST_MM, RawSurface, load_surface


@dataclass(frozen=True, eq=False)
class Peek:
    """size: (3,) of its box in its own unit. sha256: of the file's bytes. raw: what was read, so that the
    file is not read again when its questions are answered."""

    raw: RawSurface
    sha256: str
    size: tuple[float, float, float]

    @property
    def path(self) -> Path:
        """The file."""
        return self.raw.path

    @property
    def unit(self) -> str | None:
        """What the file says; None when it does not."""
        return self.raw.said.unit

    @property
    def frame(self) -> str | None:
        """What the file says; None when it does not."""
        return self.raw.said.frame

    @property
    def triangles(self) -> int:
        """Their number."""
        return len(self.raw.triangles)

    def size_mm(self, unit: str) -> tuple[float, float, float]:
        """Its size when its lengths are in `unit`."""
        x, y, z = (v * MM_PER_UNIT[unit] for v in self.size)
        return x, y, z

    def plausible(self, unit: str) -> bool:
        """Whether a bone or implant may be so large."""
        return SMALLEST_MM <= max(self.size_mm(unit)) <= LARGEST_MM


def peek(path: Path) -> Peek:
    """Read a file. Raises the errors of `load_surface`."""
    raw = load_surface(path)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    x, y, z = (float(v) for v in np.ptp(raw.points, axis=0))
    return Peek(raw, digest, (x, y, z))
