"""What is drawn over vessel views: outlines, traces of planes, points that can be dragged. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly


@dataclass(frozen=True, eq=False)
class Mark:
    """A point of the anatomy on a view.

    point_mm, ghost_mm: where it counts and where the program proposed it (None: the same), LPS. movable: it
    can be dragged. note: why it is marked in another way ("by hand", "not sure").
    """

    name: str
    label: str
    point_mm: FloatArray
    colour: str
    ghost_mm: FloatArray | None = None
    movable: bool = False
    note: str = ""


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line over a view: points_mm (k, 3) LPS, or segments when `pieces`: (n, 2, 3)."""

    points_mm: FloatArray
    colour: str
    closed: bool = False
    pieces: bool = False
    dashed: bool = False
    width: float = 1.6
    words: str = ""


@dataclass(frozen=True, eq=False)
class PlaneFrame:
    """A plane that a view looks at: a point, unit directions right and down on the screen, LPS."""

    point_mm: FloatArray
    right: FloatArray
    down: FloatArray
    strokes: tuple[Stroke, ...] = field(default=())
    marks: tuple[Mark, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("point_mm", "right", "down"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def normal(self) -> FloatArray:
        """Unit normal, away from the eye."""
        out: FloatArray = np.cross(self.right, self.down)
        return out

    def chart(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(..., 3): mm right, mm down, mm behind the plane of LPS points (..., 3)."""
        d = np.asarray(points_mm, float) - self.point_mm
        return np.stack([d @ self.right, d @ self.down, d @ self.normal], axis=-1)

    def lps(self, chart: tuple[float, float], behind_mm: float = 0.0) -> FloatArray:
        """LPS point (3,) of a chart point on the plane, or `behind_mm` behind it."""
        out: FloatArray = (
            self.point_mm + chart[0] * self.right + chart[1] * self.down + behind_mm * self.normal
        )
        return out
