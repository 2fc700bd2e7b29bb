"""One vessel as the reduced flow models see it: areas along its course, narrowings and side branches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly


@dataclass(frozen=True)
class Narrowing:
    """A stretch of the vessel, mm along it, and the diameter that it would have at its throat when healthy.

    doubtful: the image does not give its throat to a digit.
    """

    start_mm: float
    end_mm: float
    reference_mm: float
    doubtful: bool = False


@dataclass(frozen=True)
class SideBranch:
    """Where a branch leaves, mm along the vessel, and its diameter."""

    s_mm: float
    diameter_mm: float


@dataclass(frozen=True, eq=False)
class VesselShape:
    """s_mm (n,) rising with the flow; area_mm2 (n,): of the lumen. Narrowings and branches in their order."""

    s_mm: FloatArray
    area_mm2: FloatArray
    narrowings: tuple[Narrowing, ...] = ()
    branches: tuple[SideBranch, ...] = ()

    def __post_init__(self) -> None:
        for name in ("s_mm", "area_mm2"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def diameter_mm(self) -> FloatArray:
        """(n,) diameters of the circles of the same area."""
        out: FloatArray = 2 * np.sqrt(self.area_mm2 / np.pi)
        return out

    def throat(self, narrowing: Narrowing) -> tuple[float, float]:
        """Place, mm, and area, mm2, of the smallest section of a narrowing in this lumen."""
        inside = np.flatnonzero((self.s_mm >= narrowing.start_mm) & (self.s_mm <= narrowing.end_mm))
        if not len(inside):
            inside = np.array([int(np.abs(self.s_mm - narrowing.start_mm).argmin())])
        k = int(inside[self.area_mm2[inside].argmin()])
        return float(self.s_mm[k]), float(self.area_mm2[k])

    def widened(self, change_mm: float, doubtful_mm: float) -> VesselShape:
        """The same vessel with other diameters, mm: `doubtful_mm` in doubtful narrowings; 0.05 is left.

        The references stay: they are what the neighbours say.
        """
        change = np.full(len(self.s_mm), change_mm)
        for n in self.narrowings:
            if n.doubtful:
                change[(self.s_mm >= n.start_mm) & (self.s_mm <= n.end_mm)] = doubtful_mm
        area = np.pi / 4 * np.maximum(self.diameter_mm + change, 0.05) ** 2
        return replace(self, area_mm2=area)

    def distal_mm(self, beyond_mm: float) -> float:
        """Where the distal pressure is read: this far beyond the last narrowing, or the vessel's end."""
        last = max((n.end_mm for n in self.narrowings), default=float(self.s_mm[-1]))
        return min(last + beyond_mm, float(self.s_mm[-1]))
