"""Grips on the cut of a fracture: move it along the bone, tilt it by its ends, widen its gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.frame import Frame, Plane, rotation_about
from surgitwin.scene.drags import FREELY, Snap, stepped
from surgitwin.scene.handles import HIT_PX, pixel_distance
from surgitwin.scene.screens import Screen, SliceScreen

Grip = Literal["move", "gap", "tilt +u", "tilt -u", "tilt +v", "tilt -v"]
TILTS: tuple[Grip, ...] = ("tilt +u", "tilt -u", "tilt +v", "tilt -v")

ACROSS_SIN = 0.35
"""A cut that a slice meets at less than this sine shows as no clear line and cannot be held there."""
ALONG_EYE_SIN = 1e-6
"""Numerical setting: a cut seen from straight above has no direction on the screen of its own."""
FORESHORTENED_COS = 0.85
"""Ends that point more towards the eye than this cosine lie on top of the centre and are left out."""
MAX_TILT_DEG = 70.0
"""Most that a cut may lean from `along`: beyond it the cut runs along the shaft, not across."""
REACH_PX = 38.0
"""The ends are held at least so far from the centre on the screen (display setting)."""
GAP_PX = 14.0
"""Reach of the gap's grip beyond the face on the screen (display setting)."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A fracture's plane and gap (mm) with the radius at which its ends are held.

    along (3,): unit direction on which the centre slides (the shaft), LPS. gap_range_mm: least and most.
    """

    plane: Plane
    gap_mm: float
    radius_mm: float
    along: FloatArray
    gap_range_mm: tuple[float, float] = (0.0, 60.0)

    def __post_init__(self) -> None:
        d = np.asarray(self.along, float)
        object.__setattr__(self, "along", readonly(d / np.linalg.norm(d), np.float64))

    def in_plane(self, screen: Screen) -> tuple[FloatArray, FloatArray]:
        """Unit directions u and v in the cut: u lies in the plane of the screen, v runs into it."""
        n = self.plane.normal
        u = np.cross(n, -screen.eye(self.plane.point_mm))
        length = float(np.linalg.norm(u))
        u = u / length if length > ALONG_EYE_SIN else np.cross(n, _apart(n))
        u = u / np.linalg.norm(u)
        return u, np.cross(n, u)

    def to_new(self, new: Cut) -> FloatArray:
        """4x4 that takes the drawn gap to that of `new`; stretches along the normal when the gap changed."""
        turn = _shortest_turn(self.plane.normal, new.plane.normal)
        old = Frame(self.plane.point_mm, _axes(self.plane.normal))
        stretch = np.diag([1, 1, max(new.gap_mm, 0.2) / max(self.gap_mm, 0.2), 1.0])
        target = np.eye(4)
        target[:3, :3], target[:3, 3] = turn @ old.axes, new.plane.point_mm
        out: FloatArray = target @ stretch @ np.linalg.inv(old.matrix)
        return out


def grips(cut: Cut, screen: Screen) -> dict[Grip, FloatArray]:
    """Places (3,) of the grips that can be used in a view: ends and gap; "move" is at the centre."""
    centre, n = cut.plane.point_mm, cut.plane.normal
    u, v = cut.in_plane(screen)
    out: dict[Grip, FloatArray] = {}
    if isinstance(screen, SliceScreen):
        if float(np.linalg.norm(np.cross(n, screen.normal))) < ACROSS_SIN:
            return {}
        to_slice = _to_slice(cut, screen)
        if float(np.linalg.norm(to_slice)) > cut.radius_mm:
            return {}
        centre = centre + to_slice
        ends: tuple[tuple[Grip, FloatArray], ...] = (("tilt +u", u), ("tilt -u", -u))
    else:
        ends = (("tilt +u", u), ("tilt -u", -u))
        if abs(float(v @ screen.eye(centre))) < FORESHORTENED_COS:
            ends = (*ends, ("tilt +v", v), ("tilt -v", -v))
        if abs(float(n @ screen.eye(centre))) > np.sqrt(1 - ACROSS_SIN**2):
            return {}
    far, mm = reach_mm(cut, screen), screen.mm_per_px(centre)
    for name, d in ends:
        out[name] = centre + far * d
    if cut.gap_range_mm[1] > 0:
        out["gap"] = centre + 0.5 * far * u + (cut.gap_mm / 2 + GAP_PX * mm) * n
    out["move"] = centre
    return out


def reach_mm(cut: Cut, screen: Screen) -> float:
    """Distance of the ends' grips from the centre: outside the bone, and far enough apart on the screen."""
    return max(cut.radius_mm, REACH_PX * screen.mm_per_px(cut.plane.point_mm))


def hit_cut(cut: Cut, screen: Screen, px: npt.ArrayLike, tolerance_px: float = HIT_PX) -> Grip | None:
    """What a pixel holds: a ball or the gap's grip within the tolerance, else the line or the disc itself."""
    found = grips(cut, screen)
    away = {
        name: float(np.linalg.norm(screen.project(p) - np.asarray(px, float))) for name, p in found.items()
    }
    near = [name for name in away if name != "move" and away[name] <= tolerance_px]
    if near:
        return min(near, key=lambda name: away[name])
    if isinstance(screen, SliceScreen):
        if "move" not in found:
            return None
        ends = screen.project(np.stack([found["tilt -u"], found["tilt +u"]]))
        half_px = cut.gap_mm / 2 / screen.pixel_mm
        return "move" if pixel_distance(ends, px) <= tolerance_px + half_px else None
    return "move" if found and _on_disc(cut, screen, px, tolerance_px) else None


def _on_disc(cut: Cut, screen: Screen, px: npt.ArrayLike, tolerance_px: float) -> bool:
    """Whether a pixel lies on the cut or on its rim, which is all that is seen of it from the side."""
    spot = screen.ray(px).on_plane(cut.plane.point_mm, cut.plane.normal)
    if spot is not None and float(np.linalg.norm(spot - cut.plane.point_mm)) <= cut.radius_mm:
        return True
    angle = np.linspace(0, 2 * np.pi, 49)[:, None]
    u, v = cut.in_plane(screen)
    rim = cut.plane.point_mm + cut.radius_mm * (np.cos(angle) * u + np.sin(angle) * v)
    half_px = cut.gap_mm / 2 / screen.mm_per_px(cut.plane.point_mm)
    return pixel_distance(screen.project(rim), px) <= tolerance_px + half_px


@dataclass(frozen=True, eq=False)
class CutDrag:
    """A grip of a cut held at start_px of a view."""

    cut: Cut
    grip: Grip
    screen: Screen
    start_px: FloatArray

    def to(self, now_px: npt.ArrayLike, snap: Snap = FREELY) -> Cut:
        """The cut with the mouse now at a pixel; a gap cannot be negative, a tilt stays across the shaft."""
        if self.grip == "move":
            return self._slid(now_px, snap)
        way = self._along_normal(now_px)
        if self.grip == "gap":
            gap = float(np.clip(stepped(self.cut.gap_mm + 2 * way, snap.mm), *self.cut.gap_range_mm))
            return replace(self.cut, gap_mm=gap)
        return self._tilted(way, snap)

    def _along_normal(self, now_px: npt.ArrayLike) -> float:
        """Way of the mouse along the normal, mm."""
        n, centre = self.cut.plane.normal, self.cut.plane.point_mm
        rays = self.screen.ray(self.start_px), self.screen.ray(now_px)
        if isinstance(self.screen, SliceScreen):
            return float((rays[1].origin_mm - rays[0].origin_mm) @ n)
        a, b = (r.along(centre, n) for r in rays)
        return 0.0 if a is None or b is None else b - a

    def _slid(self, now_px: npt.ArrayLike, snap: Snap) -> Cut:
        plane = self.cut.plane
        slope = float(self.cut.along @ plane.normal)
        way = stepped(self._along_normal(now_px) / (slope if abs(slope) > 0.1 else 1.0), snap.mm)
        return replace(self.cut, plane=Plane(plane.point_mm + way * self.cut.along, plane.normal))

    def _tilted(self, way: float, snap: Snap) -> Cut:
        u, v = self.cut.in_plane(self.screen)
        end = (1 if self.grip[5] == "+" else -1) * (u if self.grip[6] == "u" else v)
        far = reach_mm(self.cut, self.screen)
        angle = stepped(float(np.degrees(np.arctan2(way, far))), snap.degrees)
        normal = (
            rotation_about(np.cross(end, self.cut.plane.normal), np.radians(angle)) @ self.cut.plane.normal
        )
        lean = abs(float(normal @ self.cut.along))
        if lean < np.cos(np.radians(MAX_TILT_DEG)):
            return self.cut
        return replace(self.cut, plane=Plane(self.cut.plane.point_mm, normal))


def _to_slice(cut: Cut, screen: SliceScreen) -> FloatArray:
    """Way in the cut from its centre to the slice, where the line's middle lies."""
    within = screen.normal - (screen.normal @ cut.plane.normal) * cut.plane.normal
    gap = float((screen.corner_mm - cut.plane.point_mm) @ screen.normal)
    out: FloatArray = within * gap / float(within @ within)
    return out


def _apart(n: FloatArray) -> FloatArray:
    """The axis of LPS that is least along n."""
    return np.asarray(np.eye(3)[int(np.argmin(np.abs(n)))])


def _axes(n: FloatArray) -> FloatArray:
    u = np.cross(n, _apart(n))
    u = u / np.linalg.norm(u)
    return np.stack([u, np.cross(n, u), n], axis=1)


def _shortest_turn(a: FloatArray, b: FloatArray) -> FloatArray:
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.eye(3)
    return rotation_about(axis, float(np.arctan2(sine, float(a @ b))))
