"""What dragging a handle means: from two pixels of a view to a rigid motion in LPS, never a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.frame import rotation_about
from surgitwin.scene.handles import EDGE_ON_COS, RING_PX, Gizmo, Handle
from surgitwin.scene.screens import Screen


@dataclass(frozen=True)
class Snap:
    """Steps of a drag; 0 is free."""

    mm: float = 0.0
    degrees: float = 0.0


COARSE = Snap(1.0, 5.0)
"""Steps with Ctrl held."""
FREELY = Snap()


@dataclass(frozen=True, eq=False)
class Motion:
    """A rigid motion (4x4, LPS). mm (3,): along the gizmo's axes; degrees: about `axis` (turns only)."""

    matrix: FloatArray
    mm: FloatArray
    degrees: float = 0.0
    axis: int = -1

    def __post_init__(self) -> None:
        for name in ("matrix", "mm"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))

    @property
    def length_mm(self) -> float:
        """Length of the way."""
        return float(np.linalg.norm(self.mm))

    @property
    def words(self) -> str:
        """For the status line and for the name of the undo step."""
        return f"{self.degrees:+.1f} degrees" if self.axis >= 0 else f"{self.length_mm:.1f} mm"


def move(gizmo: Gizmo, mm: npt.ArrayLike) -> Motion:
    """Motion by `mm` (3,) along the gizmo's axes."""
    m = np.eye(4)
    way = np.asarray(mm, float)
    m[:3, 3] = gizmo.axes @ way
    return Motion(m, way)


def turn(gizmo: Gizmo, axis: int, degrees: float) -> Motion:
    """Motion that turns by `degrees` about an axis through the gizmo's origin (right hand)."""
    m = np.eye(4)
    m[:3, :3] = rotation_about(gizmo.axes[:, axis], np.radians(degrees))
    m[:3, 3] = gizmo.origin_mm - m[:3, :3] @ gizmo.origin_mm
    return Motion(m, np.zeros(3), float(degrees), axis)


@dataclass(frozen=True, eq=False)
class Drag:
    """A handle held at pixel start_px (2,) of a view; the view stays as it was at the start."""

    gizmo: Gizmo
    handle: Handle
    screen: Screen
    start_px: FloatArray

    def to(self, now_px: npt.ArrayLike, snap: Snap = FREELY) -> Motion:
        """The motion since the start, with the mouse now at pixel (2,); none where it has no meaning."""
        if self.handle.kind == "ring":
            return turn(self.gizmo, self.handle.axis, stepped(self._angle_deg(now_px), snap.degrees))
        way = self._way_mm(now_px)
        return move(self.gizmo, [stepped(float(v), snap.mm) for v in way])

    def _way_mm(self, now_px: npt.ArrayLike) -> FloatArray:
        """(3,) mm along the gizmo's axes."""
        origin, axes = self.gizmo.origin_mm, self.gizmo.axes
        rays = self.screen.ray(self.start_px), self.screen.ray(now_px)
        if self.handle.kind in ("arrow", "slide"):
            ends = [r.along(origin, axes[:, self.handle.axis]) for r in rays]
            way = np.zeros(3)
            if ends[0] is not None and ends[1] is not None:
                way[self.handle.axis] = ends[1] - ends[0]
            return way
        square = (
            axes[:, self.handle.axis]
            if self.handle.kind == "plane"
            else np.cross(self.screen.right, self.screen.down)
        )
        spots = [r.on_plane(origin, square) for r in rays]
        if spots[0] is None or spots[1] is None:
            return np.zeros(3)
        out: FloatArray = (spots[1] - spots[0]) @ axes
        return out

    def _angle_deg(self, now_px: npt.ArrayLike) -> float:
        origin, axis = self.gizmo.origin_mm, self.gizmo.axes[:, self.handle.axis]
        eye = self.screen.eye(origin)
        rays = self.screen.ray(self.start_px), self.screen.ray(now_px)
        if abs(float(axis @ eye)) < EDGE_ON_COS:
            tangent = np.cross(axis, eye)
            tangent /= np.linalg.norm(tangent)
            ends = [r.along(origin, tangent) for r in rays]
            if ends[0] is None or ends[1] is None:
                return 0.0
            radius = RING_PX * self.screen.mm_per_px(origin)
            return float(np.degrees((ends[1] - ends[0]) / radius))
        spots = [r.on_plane(origin, axis) for r in rays]
        if spots[0] is None or spots[1] is None:
            return 0.0
        return angle_between(spots[0] - origin, spots[1] - origin, axis)


def angle_between(start: FloatArray, now: FloatArray, axis: FloatArray) -> float:
    """Degrees (-180, 180] from one vector to another about an axis that is square to both."""
    sine, cosine = float(axis @ np.cross(start, now)), float(start @ now)
    return float(np.degrees(np.arctan2(sine, cosine))) if sine or cosine else 0.0


def stepped(value: float, step: float) -> float:
    """`value` at the nearest whole step; as it is with step 0."""
    return round(value / step) * step if step > 0 else value
