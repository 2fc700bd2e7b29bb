"""Handles that move and turn a thing by hand: where they are and what a pixel hits.

A `Gizmo` is a set of handles round an origin. Handles have the same size on the screen in every view; their
shapes are given in pixels along the gizmo's axes. What a drag means stands in `drags`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.scene.screens import Screen, SliceScreen

Kind = Literal["arrow", "slide", "plane", "ring", "free"]

HIT_PX = 9.0
"""A handle is hit from so far away (display setting)."""
ARROW_PX = (16.0, 66.0)
SLIDE_PX = 92.0
RING_PX = 50.0
PLANE_PX = (20.0, 34.0)
FREE_PX = 8.0
"""Sizes on the screen (display settings): start and end of an arrow, half a double arrow, radius of a ring,
inner and outer corner of a plane's square, radius of the middle."""
LAST_PX: dict[Kind, float] = {"free": 0.0, "arrow": 1.0, "slide": 1.0, "plane": 2.0, "ring": 4.0}
"""Where handles lie over each other, this much is added to the distance, so that small ones win."""
FACING_SIN = 0.35
"""An arrow that points more steeply into the screen than this sine is hidden: a pixel would move it far."""
EDGE_ON_COS = 0.35
"""A ring seen more from the side than this cosine turns by the way across it instead of round it."""


@dataclass(frozen=True)
class Handle:
    """One handle. axis: column of the gizmo's axes that it moves along, turns about or is square to."""

    name: str
    kind: Kind
    axis: int = 2
    words: str = ""


@dataclass(frozen=True, eq=False)
class Gizmo:
    """Handles round origin_mm (3,) along axes (3, 3: columns are unit vectors), LPS."""

    origin_mm: FloatArray
    axes: FloatArray
    handles: tuple[Handle, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin_mm", readonly(self.origin_mm, np.float64))
        axes = readonly(self.axes, np.float64)
        if axes.shape != (3, 3) or not np.allclose(axes.T @ axes, np.eye(3), atol=1e-6):
            raise ValueError("the axes of a gizmo must be three unit vectors square to each other")
        object.__setattr__(self, "axes", axes)

    def moved(self, matrix: FloatArray) -> Gizmo:
        """The gizmo after a rigid motion 4x4."""
        return Gizmo(
            matrix[:3, :3] @ self.origin_mm + matrix[:3, 3], matrix[:3, :3] @ self.axes, self.handles
        )

    def handle(self, name: str) -> Handle:
        """The handle called `name`; KeyError when there is none."""
        for found in self.handles:
            if found.name == name:
                return found
        raise KeyError(name)


def shown(gizmo: Gizmo, handle: Handle, screen: Screen) -> bool:
    """Whether a handle can be used in a view: not an arrow into the screen, in slices only facing rings."""
    if handle.kind == "free":
        return True
    facing = abs(float(gizmo.axes[:, handle.axis] @ screen.eye(gizmo.origin_mm)))
    if handle.kind in ("arrow", "slide"):
        return bool(np.sqrt(max(1 - facing * facing, 0.0)) > FACING_SIN)
    if handle.kind == "plane" or isinstance(screen, SliceScreen):
        return facing > (0.8 if isinstance(screen, SliceScreen) else EDGE_ON_COS)
    return True


def strokes(gizmo: Gizmo, handle: Handle, screen: Screen) -> list[FloatArray]:
    """Lines (n, 3) LPS mm that show a handle in a view at its size on the screen."""
    mm = screen.mm_per_px(gizmo.origin_mm)
    if handle.kind == "free":
        angle = np.linspace(0, 2 * np.pi, 25)[:, None]
        circle = np.cos(angle) * screen.right + np.sin(angle) * screen.down
        return [gizmo.origin_mm + FREE_PX * mm * circle]
    return [gizmo.origin_mm + mm * (line @ gizmo.axes.T) for line in local_strokes(handle)]


def local_strokes(handle: Handle) -> list[FloatArray]:
    """Lines (n, 3) of a handle in pixels along the gizmo's axes; none for "free", which faces the eye."""
    a, b, c = (np.eye(3)[(handle.axis + n) % 3] for n in range(3))
    if handle.kind == "arrow":
        return [np.stack([ARROW_PX[0] * a, ARROW_PX[1] * a])]
    if handle.kind == "slide":
        return [np.stack([s * ARROW_PX[0] * a, s * SLIDE_PX * a]) for s in (1.0, -1.0)]
    if handle.kind == "ring":
        angle = np.linspace(0, 2 * np.pi, 49)[:, None]
        return [RING_PX * (np.cos(angle) * b + np.sin(angle) * c)]
    if handle.kind == "plane":
        low, high = PLANE_PX
        corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
        return [np.stack([u * b + v * c for u, v in corners])]
    return []


def hit(gizmo: Gizmo, screen: Screen, px: npt.ArrayLike, tolerance_px: float = HIT_PX) -> Handle | None:
    """The handle nearest to a pixel within the tolerance."""
    near: list[tuple[float, Handle]] = []
    for handle in gizmo.handles:
        if not shown(gizmo, handle, screen):
            continue
        away = min(pixel_distance(screen.project(s), px) for s in strokes(gizmo, handle, screen))
        if handle.kind == "free":
            middle = screen.project(gizmo.origin_mm)
            away = max(float(np.linalg.norm(middle - np.asarray(px, float))) - FREE_PX, 0.0)
        if away <= tolerance_px:
            near.append((away + LAST_PX[handle.kind], handle))
    return min(near, key=lambda found: found[0])[1] if near else None


def pixel_distance(line: FloatArray, px: npt.ArrayLike) -> float:
    """Distance of a pixel (2,) from a line (n, 2) px; infinite when the line cannot be seen."""
    line = np.asarray(line, float)
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum((way * way).sum(axis=1), 1e-12)
    d = np.asarray(px, float) - start
    share = np.clip((d * way).sum(axis=1) / length, 0, 1)[:, None]
    away = np.linalg.norm(d - share * way, axis=1)
    away = away[np.isfinite(away)]
    return float(away.min()) if len(away) else float("inf")


AXIS_WORDS = ("x", "y", "z")


def all_handles(slide_axis: int | None = None) -> tuple[Handle, ...]:
    """Arrows and rings for three axes and the middle; the arrow of `slide_axis` becomes a double arrow."""
    arrows = [
        Handle(f"move {word}", "slide" if n == slide_axis else "arrow", n)
        for n, word in enumerate(AXIS_WORDS)
    ]
    rings = [Handle(f"turn {word}", "ring", n) for n, word in enumerate(AXIS_WORDS)]
    return (*arrows, *rings, Handle("drag", "free"))
