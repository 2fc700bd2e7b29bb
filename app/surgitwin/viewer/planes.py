"""Where the three slices lie: crosshair, axes, zoom and shift; no image values, no toolkit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame
from surgitwin.core.image import ImageGrid
from surgitwin.core.plan import Fracture
from surgitwin.scene.cameras import body_letters, bone_letter
from surgitwin.scene.page import letters_of
from surgitwin.scene.reslice import PLANE, Slab, SliceAxes, bone_axes, implant_axes, scanner_axes
from surgitwin.scene.sliceimage import PLANES, directions

ZOOM_LIMITS = (0.2, 40.0)
"""Of the fitted size (handling only)."""

AXES = ("scanner", "bone", "implant")


@dataclass(frozen=True)
class PlaneState:
    """zoom: 1 fits the image. shift_mm (2,): of the view's centre to the right and down. slab: thickness."""

    zoom: float = 1.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    slab: Slab = PLANE


class Planes:
    """Three planes through a crosshair in one image's grid. Every setter emits its event."""

    crosshair_changed = Signal()
    plane_changed = Signal(str)
    axes_changed = Signal()

    def __init__(self, grid: ImageGrid) -> None:
        self.grid = grid
        self.anatomy: FemurAnatomy | None = None
        self.fracture: Fracture | None = None
        self.implant_frame: Frame | None = None
        self.implant_title = ""
        self.axes_name = "scanner"
        self.axes: SliceAxes = scanner_axes(grid)
        self.planes = {name: PlaneState() for name in PLANES}
        self.crosshair_shown = True
        self._to_index = np.linalg.inv(grid.affine)
        self._last = np.array(grid.shape[::-1]) - 1
        ends = [(0, n) for n in self._last]
        self.corners_mm = grid.index_to_lps([[i, j, k] for i in ends[0] for j in ends[1] for k in ends[2]])
        self.centre_mm: FloatArray = self.corners_mm.mean(axis=0)
        self.crosshair_mm: FloatArray = self.centre_mm
        self._axes_chosen = self._placed = False

    def set_crosshair(self, point_mm: npt.ArrayLike) -> None:
        """Move the crosshair to an LPS point, held inside the image."""
        self._placed = True
        self._put_crosshair(point_mm)

    def _put_crosshair(self, point_mm: npt.ArrayLike) -> None:
        ijk = np.clip(self.grid.lps_to_index(point_mm), 0, self._last)
        self.crosshair_mm = self.grid.index_to_lps(ijk)
        self.crosshair_changed.emit()

    def show_crosshair(self, shown: bool) -> None:
        """Draw the crosshair's lines or not; the slices stay linked through it."""
        self.crosshair_shown = shown
        self.crosshair_changed.emit()

    def start_point(self) -> FloatArray:
        """In the fracture gap, else on the shaft axis in the middle of the bone, else the image's centre."""
        anatomy = self.anatomy
        if self.fracture is not None:
            return self.fracture.plane.point_mm
        if anatomy is None or not anatomy.stations:
            return self.centre_mm
        station = anatomy.stations[len(anatomy.stations) // 2]
        return anatomy.frame.to_lps([*station.centre_mm, station.z_mm])

    def set_anatomy(self, anatomy: FemurAnatomy | None) -> None:
        """The measured bone; its axes are shown at once unless the user already chose some."""
        self.anatomy = anatomy
        if self.axes_name == "bone" or (anatomy is not None and not self._axes_chosen):
            self._turn("bone" if anatomy is not None else "scanner")
        if not self._placed:
            self._put_crosshair(self.start_point())
        self.axes_changed.emit()

    def set_fracture(self, fracture: Fracture | None) -> None:
        """The fracture; the crosshair begins there unless the user already moved it."""
        self.fracture = fracture
        if not self._placed:
            self._put_crosshair(self.start_point())

    def set_implant_axes(self, frame: Frame | None, title: str = "") -> None:
        """The implant (its own z is the long axis) along which slices can be cut; None: none is chosen."""
        self.implant_frame, self.implant_title = frame, title
        if self.axes_name == "implant":
            self._turn("implant" if frame is not None else "bone" if self.anatomy is not None else "scanner")
        self.axes_changed.emit()

    def axes_reason(self, name: str) -> str:
        """Why the axes called `name` cannot be shown now, with the next step; "" when they can."""
        if name == "bone" and self.anatomy is None:
            return "no bone frame: the femur was not measured yet. Run Anatomy first."
        if name == "implant" and self.implant_frame is None:
            return "no implant is chosen. Choose one in Plans."
        return ""

    def set_axes(self, name: str) -> None:
        """ "scanner", "bone" or "implant"; ValueError with the reason when they cannot be shown."""
        if name not in AXES:
            raise ValueError(f"axes are scanner, bone or implant, not {name}")
        reason = self.axes_reason(name)
        if reason:
            raise ValueError(reason)
        self._axes_chosen = True
        self._turn(name)
        for plane, state in self.planes.items():
            self.planes[plane] = PlaneState(slab=state.slab)
        if name == "implant" and self.implant_frame is not None:
            z = self.implant_frame.axes[:, 2]
            along = float((self.crosshair_mm - self.implant_frame.origin_mm) @ z)
            self._put_crosshair(self.implant_frame.origin_mm + along * z)
        self.axes_changed.emit()

    def _turn(self, name: str) -> None:
        self.axes_name, self.axes = name, scanner_axes(self.grid)
        if name == "bone" and self.anatomy is not None:
            self.axes = bone_axes(self.anatomy.frame.axes, self.grid)
        elif name == "implant" and self.implant_frame is not None:
            self.axes = implant_axes(self.implant_frame.axes, self.grid)

    def step(self, plane: str, slices: int) -> None:
        """Move by whole slices along a plane's normal; on the scanner's axes slices are voxel planes."""
        normal = PLANES[plane][3]
        direction, size = self.axes.axes[:, normal], float(self.axes.step_mm[normal])
        along = float((self.crosshair_mm - self.grid.origin_mm) @ direction) / size
        snapped = round(along) if self.axes_name == "scanner" else along
        self.set_crosshair(self.crosshair_mm + (snapped + slices - along) * size * direction)

    def nudge(self, plane: str, right: int, down: int) -> None:
        """Move the crosshair within a slice by steps of the finest voxel spacing."""
        across, along, _ = directions(plane, self.axes)
        step = float(self.grid.spacing_mm.min())
        self.set_crosshair(self.crosshair_mm + step * (right * across + down * along))

    def end(self, plane: str, last: bool) -> None:
        """Go to the first or last slice of a plane."""
        direction = self.axes.axes[:, PLANES[plane][3]]
        reach = (self.corners_mm - self.crosshair_mm) @ direction
        start, move = self.grid.lps_to_index(self.crosshair_mm), self._to_index[:3, :3] @ direction
        with np.errstate(divide="ignore", invalid="ignore"):
            hits = np.stack([-start / move, (self._last - start) / move])
        hits[:, np.abs(move) < 1e-9] = np.array([[-np.inf], [np.inf]])
        low, high = float(hits.min(axis=0).max()), float(hits.max(axis=0).min())
        distance = min(high, float(reach.max())) if last else max(low, float(reach.min()))
        self.set_crosshair(self.crosshair_mm + distance * direction)

    def zoom(self, plane: str, factor: float, about_mm: FloatArray | None = None) -> None:
        """Multiply a plane's magnification; the LPS point `about_mm` keeps its place on the screen."""
        state = self.planes[plane]
        new = float(np.clip(state.zoom * factor, *ZOOM_LIMITS))
        shift = np.array(state.shift_mm)
        if about_mm is not None:
            right, down, _ = directions(plane, self.axes)
            away = np.asarray(about_mm) - self.centre_mm
            fixed = np.array([away @ right, away @ down])
            shift = fixed + (shift - fixed) * state.zoom / new
        self.set_plane(plane, replace(state, zoom=new, shift_mm=(float(shift[0]), float(shift[1]))))

    def pan(self, plane: str, right_mm: float, down_mm: float) -> None:
        """Move what is shown by millimetres on the screen."""
        state = self.planes[plane]
        shift = (state.shift_mm[0] - right_mm, state.shift_mm[1] - down_mm)
        self.set_plane(plane, replace(state, shift_mm=shift))

    def reset(self, plane: str) -> None:
        """Fit the image in a plane again; a slab stays."""
        self.set_plane(plane, PlaneState(slab=self.planes[plane].slab))

    def set_slab(self, plane: str, slab: Slab) -> None:
        """Show a thick slice in a plane ("" all of them)."""
        for name in self.planes if not plane else (plane,):
            self.set_plane(name, replace(self.planes[name], slab=slab))

    def set_plane(self, plane: str, state: PlaneState) -> None:
        """Everything of one plane at once."""
        self.planes[plane] = state
        self.plane_changed.emit(plane)

    def geometry(self, plane: str, size: tuple[int, int]) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """LPS centre of the top left pixel, directions right and down, mm per pixel, for `size` pixels."""
        right, down, normal = directions(plane, self.axes)
        state = self.planes[plane]
        extent = [float(np.ptp(self.corners_mm @ d)) for d in (right, down)]
        mm_per_px = max(extent[0] / size[0], extent[1] / size[1]) / state.zoom
        centre = self.centre_mm + state.shift_mm[0] * right + state.shift_mm[1] * down
        centre = centre + float((self.crosshair_mm - centre) @ normal) * normal
        corner = centre - (right * (size[0] - 1) + down * (size[1] - 1)) / 2 * mm_per_px
        return corner, right, down, mm_per_px

    def letters(self, plane: str) -> dict[str, str]:
        """Letters at the edges, from the directions: of the body, or of the bone on its own axes."""
        right, down, _ = directions(plane, self.axes)
        anatomy = self.anatomy
        if self.axes_name != "scanner" and anatomy is not None:
            return letters_of(right, down, lambda d: bone_letter(d, anatomy.frame, anatomy.side))
        return letters_of(right, down, body_letters)

    def slice_text(self, plane: str) -> str:
        """Which slice a plane shows."""
        normal = PLANES[plane][3]
        direction = self.axes.axes[:, normal]
        if self.axes_name == "scanner":
            reach = np.sort((self.corners_mm - self.crosshair_mm) @ direction) / self.axes.step_mm[normal]
            return f"slice {round(-reach[0]) + 1} of {round(reach[-1] - reach[0]) + 1}"
        origin = self.centre_mm
        if self.axes_name == "implant" and self.implant_frame is not None:
            origin = self.implant_frame.origin_mm
        elif self.anatomy is not None:
            origin = self.anatomy.frame.origin_mm
        along = round(float((self.crosshair_mm - origin) @ direction), 1)
        return f"{along + 0.0:+.1f} mm" if along else "0.0 mm"
