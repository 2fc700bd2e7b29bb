"""The inner wall of a vessel as rings, and the sections at which it is meshed, with straight ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import Akima1DInterpolator

from surgitwin.core.arrays import FloatArray, content_hash, readonly
from surgitwin.core.vessel import LumenTube


@dataclass(frozen=True)
class LumenSizes:
    """Meshing settings. core, rings: cells across the middle block and layers around it.

    axial: cell length as a part of the local diameter. wall_ratio: innermost layer over that at the wall.
    inlet_diameters, outlet_diameters: length of the straight ends, in diameters of the vessel's ends.
    """

    core: int = 3
    rings: int = 3
    axial: float = 0.5
    wall_ratio: float = 3.0
    inlet_diameters: float = 2.0
    outlet_diameters: float = 5.0


COARSE = LumenSizes(2, 2, 0.8)
MEDIUM = LumenSizes()
FINE = LumenSizes(4, 4, 0.35)


@dataclass(frozen=True, eq=False)
class Lumen:
    """The inner wall as closed rings, with the flow: s_mm (n,) rising; wall_mm (n, m, 3), LPS.

    Point j of each ring lies at the angle 2 pi j / m from e1 towards e2, with e1 x e2 along the flow.
    """

    s_mm: FloatArray
    wall_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "s_mm", readonly(self.s_mm, np.float64))
        object.__setattr__(self, "wall_mm", readonly(self.wall_mm, np.float64))

    @classmethod
    def of(cls, tube: LumenTube) -> Lumen:
        """The rings of a measured tube."""
        return cls(tube.course.s_mm, tube.wall_mm)

    @property
    def centres_mm(self) -> FloatArray:
        """(n, 3) means of the rings."""
        out: FloatArray = self.wall_mm.mean(axis=1)
        return out

    @property
    def area_mm2(self) -> FloatArray:
        """(n,) areas of the rings as they lie (length of the vector area)."""
        spoke = self.wall_mm - self.centres_mm[:, None]
        vector = 0.5 * np.cross(spoke, np.roll(spoke, -1, axis=1)).sum(axis=1)
        out: FloatArray = np.linalg.norm(vector, axis=1)
        return out

    @property
    def diameter_mm(self) -> FloatArray:
        """(n,) diameters of the circles of the same area."""
        out: FloatArray = 2 * np.sqrt(self.area_mm2 / np.pi)
        return out

    @property
    def hash(self) -> str:
        """Hash of the rings."""
        return content_hash(self.s_mm, self.wall_mm)


def sections(lumen: Lumen, sizes: LumenSizes) -> tuple[FloatArray, FloatArray, tuple[int, int]]:
    """Places (levels,) and rings (levels, m, 3) of all sections, and the vessel's range of levels."""
    d, s = lumen.diameter_mm, lumen.s_mm
    path = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(lumen.centres_mm, axis=0), axis=1))])
    count = np.concatenate([[0.0], np.cumsum(np.diff(path) / (sizes.axial * (d[1:] + d[:-1]) / 2))])
    cells = max(4, int(np.ceil(count[-1])))
    at = np.interp(np.linspace(0, count[-1], 2 * cells + 1), count, s)
    rings = Akima1DInterpolator(s, lumen.wall_mm, method="makima")(at) if len(s) > 2 else _straight(lumen, at)
    before, s_before = _end(rings, d[0], sizes.inlet_diameters, sizes.axial, upstream=True)
    after, s_after = _end(rings, d[-1], sizes.outlet_diameters, sizes.axial, upstream=False)
    places = np.concatenate([at[0] - s_before[::-1], at, at[-1] + s_after])
    stacked = np.concatenate([before[::-1], rings, after])
    return places, stacked, (len(before), len(before) + len(at) - 1)


def _straight(lumen: Lumen, at: FloatArray) -> FloatArray:
    t = ((at - lumen.s_mm[0]) / (lumen.s_mm[1] - lumen.s_mm[0]))[:, None, None]
    out: FloatArray = (1 - t) * lumen.wall_mm[0] + t * lumen.wall_mm[1]
    return out


def _end(
    rings: FloatArray, diameter: float, diameters: float, axial: float, *, upstream: bool
) -> tuple[FloatArray, FloatArray]:
    """Rings of a straight piece, from the vessel outwards, and their distances from its end.

    The last ring is moved along its normal and becomes plane over the first diameter.
    """
    ring = rings[0 if upstream else -1]
    spoke = ring - ring.mean(axis=0)
    normal = np.cross(spoke, np.roll(spoke, -1, axis=0)).sum(axis=0)
    normal *= (-1.0 if upstream else 1.0) / np.linalg.norm(normal)
    cells = max(1, int(np.ceil(diameters / max(axial, 0.5)))) if diameters > 0 else 0
    x = diameters * diameter * np.arange(1, 2 * cells + 1) / max(2 * cells, 1)
    rough = spoke @ normal
    kept = np.clip(1 - x / diameter, 0, 1)
    moved = x[:, None] + (kept[:, None] - 1) * rough
    out: FloatArray = ring + moved[..., None] * normal
    return out, x
