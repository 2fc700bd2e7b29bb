"""State of the views without any toolkit: crosshair, slices, window and level, segments; emits events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.core.resources import load_table
from surgitwin.report.words import name_text
from surgitwin.scene.cameras import body_letters, bone_letter
from surgitwin.scene.model import Layer
from surgitwin.scene.page import letters_of
from surgitwin.scene.reslice import Reslicer, SliceAxes, bone_axes, scanner_axes
from surgitwin.scene.sliceimage import PLANES, Overlay, colour, directions
from surgitwin.viewer.case_view import CaseView
from surgitwin.viewer.outlines import cut_lines

ZOOM_LIMITS = (0.2, 40.0)
"""Of the fitted size (handling only)."""


@dataclass(frozen=True)
class Probe:
    """What lies under the crosshair. value None: outside the image."""

    lps_mm: tuple[float, float, float]
    ijk: tuple[int, int, int]
    value: float | None
    unit: str
    label: str

    @property
    def text(self) -> str:
        """One line for the status bar."""
        words = []
        for value, (positive, negative) in zip(
            self.lps_mm, (("L", "R"), ("P", "A"), ("S", "I")), strict=True
        ):
            words.append(f"{positive if value >= 0 else negative} {abs(value):.1f}")
        where = f"{'  '.join(words)} mm    voxel i {self.ijk[0]}  j {self.ijk[1]}  k {self.ijk[2]}"
        if self.value is None:
            return f"{where}    outside the image"
        return f"{where}    {self.value:.0f} {self.unit}    {name_text(self.label) or 'no segment'}"


@dataclass
class PlaneState:
    """zoom: 1 fits the image. shift_mm (2,): of the view's centre to the right and down."""

    zoom: float = 1.0
    shift_mm: tuple[float, float] = (0.0, 0.0)


class ViewModel:
    """One case's image on three planes that share a crosshair. Every setter emits its event."""

    crosshair_changed = Signal()
    window_changed = Signal()
    plane_changed = Signal(str)
    axes_changed = Signal()
    segments_changed = Signal()
    outlines_changed = Signal()

    def __init__(self, case: CaseView) -> None:
        if case.volume is None:
            raise ValueError("the case has no image to view")
        self.case = case
        self.volume = case.volume
        self._image = Reslicer(case.volume.array, case.volume.grid)
        self._labels = (
            Reslicer(case.labels.array, case.labels.grid, "nearest", 0) if case.labels is not None else None
        )
        self.axes_name = "scanner"
        self.axes: SliceAxes = scanner_axes(case.volume.grid)
        if case.anatomy is not None:
            self.axes_name, self.axes = "bone", bone_axes(case.anatomy.frame.axes, case.volume.grid)
        self.planes = {name: PlaneState() for name in PLANES}
        shape = np.array(case.volume.grid.shape[::-1])
        self._corners = case.volume.grid.index_to_lps(
            [[i, j, k] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)]
        )
        self.centre_mm: FloatArray = self._corners.mean(axis=0)
        self.crosshair_mm: FloatArray = self._start()
        self.first_window = first_window(case.volume)
        self.window, self.level = self.first_window
        segments = case.labels.segments if case.labels is not None else ()
        self.visible = {s.label: True for s in segments}
        self.opacity = {s.label: 0.3 for s in segments}
        self.opacity_given: set[int] = set()
        self._outlined: tuple[Layer, ...] = ()

    def _start(self) -> FloatArray:
        """In the fracture gap, else on the shaft axis in the middle of the bone, else the image's centre."""
        anatomy = self.case.anatomy
        if self.case.fracture is not None:
            return self.case.fracture.plane.point_mm
        if anatomy is None or not anatomy.stations:
            return self.centre_mm
        station = anatomy.stations[len(anatomy.stations) // 2]
        return anatomy.frame.to_lps([*station.centre_mm, station.z_mm])

    def set_crosshair(self, point_mm: npt.ArrayLike) -> None:
        """Move the crosshair to an LPS point, held inside the image."""
        grid = self.volume.grid
        ijk = np.clip(grid.lps_to_index(point_mm), 0, np.array(grid.shape[::-1]) - 1)
        self.crosshair_mm = grid.index_to_lps(ijk)
        self.crosshair_changed.emit()

    def step(self, plane: str, slices: int) -> None:
        """Move by whole slices along a plane's normal; on the scanner's axes slices are voxel planes."""
        normal = PLANES[plane][3]
        direction, size = self.axes.axes[:, normal], float(self.axes.step_mm[normal])
        along = float((self.crosshair_mm - self.volume.grid.origin_mm) @ direction) / size
        snapped = round(along) if self.axes_name == "scanner" else along
        self.set_crosshair(self.crosshair_mm + (snapped + slices - along) * size * direction)

    def end(self, plane: str, last: bool) -> None:
        """Go to the first or last slice of a plane."""
        direction = self.axes.axes[:, PLANES[plane][3]]
        reach = (self._corners - self.crosshair_mm) @ direction
        grid = self.volume.grid
        start, move = grid.lps_to_index(self.crosshair_mm), np.linalg.inv(grid.affine)[:3, :3] @ direction
        top = np.array(grid.shape[::-1]) - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            hits = np.stack([-start / move, (top - start) / move])
        hits[:, np.abs(move) < 1e-9] = np.array([[-np.inf], [np.inf]])
        low, high = float(hits.min(axis=0).max()), float(hits.max(axis=0).min())
        distance = min(high, float(reach.max())) if last else max(low, float(reach.min()))
        self.set_crosshair(self.crosshair_mm + distance * direction)

    def set_window(self, window: float, level: float) -> None:
        """Window width (at least 1) and level in the image's unit."""
        self.window, self.level = max(1.0, float(window)), float(level)
        self.window_changed.emit()

    def preset(self, number: int) -> str:
        """Window preset 1..4 of ``resources/windows.toml``, 5 as the image was opened; its name."""
        if number == 5:
            self.set_window(*self.first_window)
            return "as opened"
        row = load_table("windows")["presets"][number - 1]
        self.set_window(row["width"], row["level"])
        return str(row["name"])

    def set_axes(self, name: str) -> None:
        """ "scanner" or "bone"; ValueError for "bone" when the anatomy was not measured."""
        if name == "bone":
            if self.case.anatomy is None:
                raise ValueError("no bone frame: the femur was not measured yet")
            self.axes = bone_axes(self.case.anatomy.frame.axes, self.volume.grid)
        else:
            self.axes = scanner_axes(self.volume.grid)
        self.axes_name = name
        for state in self.planes.values():
            state.zoom, state.shift_mm = 1.0, (0.0, 0.0)
        self.axes_changed.emit()

    def set_visible(self, label: int, visible: bool) -> None:
        """Show or hide a segment."""
        self.visible[label] = visible
        self.segments_changed.emit()

    def set_opacity(self, label: int, opacity: float) -> None:
        """Opacity 0..1 of a segment's fill and, from then on, of its surface."""
        self.opacity_given.add(label)
        self.opacity[label] = min(max(opacity, 0.0), 1.0)
        self.segments_changed.emit()

    def zoom(self, plane: str, factor: float) -> None:
        """Multiply a plane's magnification."""
        state = self.planes[plane]
        state.zoom = float(np.clip(state.zoom * factor, *ZOOM_LIMITS))
        self.plane_changed.emit(plane)

    def pan(self, plane: str, right_mm: float, down_mm: float) -> None:
        """Move what is shown by millimetres on the screen."""
        state = self.planes[plane]
        state.shift_mm = (state.shift_mm[0] - right_mm, state.shift_mm[1] - down_mm)
        self.plane_changed.emit(plane)

    def reset(self, plane: str) -> None:
        """Fit the image in a plane again."""
        self.planes[plane] = PlaneState()
        self.plane_changed.emit(plane)

    def geometry(self, plane: str, size: tuple[int, int]) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """LPS centre of the top left pixel, directions right and down, mm per pixel, for `size` pixels."""
        right, down, normal = directions(plane, self.axes)
        state = self.planes[plane]
        extent = [float(np.ptp(self._corners @ d)) for d in (right, down)]
        mm_per_px = max(extent[0] / size[0], extent[1] / size[1]) / state.zoom
        centre = self.centre_mm + state.shift_mm[0] * right + state.shift_mm[1] * down
        centre = centre + float((self.crosshair_mm - centre) @ normal) * normal
        corner = centre - (right * (size[0] - 1) + down * (size[1] - 1)) / 2 * mm_per_px
        return corner, right, down, mm_per_px

    def pixels(self, plane: str, size: tuple[int, int]) -> npt.NDArray[Any]:
        """(height, width, 3) uint8 of a plane at `size` px."""
        corner, right, down, mm_per_px = self.geometry(plane, size)
        values = self._image.cut(corner, right, down, size, mm_per_px)
        cut = None
        if self._labels is not None and any(self.visible.values()):
            cut = self._labels.cut(corner, right, down, size, mm_per_px)
        return colour(values, self.window, self.level, cut, self.overlay())

    def set_outlined(self, layers: Sequence[Layer]) -> None:
        """Surfaces whose outlines the slices show: implants and the fracture gap."""
        self._outlined = tuple(x for x in layers if not x.name.endswith(" holes"))
        self.outlines_changed.emit()

    def outlines(self, plane: str) -> list[tuple[tuple[float, float, float], FloatArray]]:
        """Colour and line segments (n, 2, 3), LPS mm, in which a plane cuts the outlined surfaces."""
        _, _, normal = directions(plane, self.axes)
        cuts = [(x.colour, cut_lines(x.data, self.crosshair_mm, normal)) for x in self._outlined]
        return [(colour_, lines) for colour_, lines in cuts if len(lines)]

    def overlay(self) -> Overlay:
        """Labels as they are shown now."""
        segments = self.case.labels.segments if self.case.labels is not None else ()
        return Overlay({s.label: (s.rgb, self.opacity[s.label]) for s in segments if self.visible[s.label]})

    def letters(self, plane: str) -> dict[str, str]:
        """Letters at the edges, from the directions: of the body, or of the bone on its own axes."""
        right, down, _ = directions(plane, self.axes)
        anatomy = self.case.anatomy
        if self.axes_name == "bone" and anatomy is not None:
            return letters_of(right, down, lambda d: bone_letter(d, anatomy.frame, anatomy.side))
        return letters_of(right, down, body_letters)

    def slice_text(self, plane: str) -> str:
        """Which slice a plane shows."""
        normal = PLANES[plane][3]
        direction = self.axes.axes[:, normal]
        if self.axes_name == "scanner":
            reach = np.sort((self._corners - self.crosshair_mm) @ direction) / self.axes.step_mm[normal]
            return f"slice {round(-reach[0]) + 1} of {round(reach[-1] - reach[0]) + 1}"
        anatomy = self.case.anatomy
        origin = anatomy.frame.origin_mm if anatomy is not None else self.centre_mm
        return f"{float((self.crosshair_mm - origin) @ direction):+.1f} mm"

    def probe(self, point_mm: npt.ArrayLike) -> Probe:
        """What the image and the labels hold at an LPS point (nearest voxel)."""
        point = np.asarray(point_mm, float)
        ijk = np.rint(self.volume.grid.lps_to_index(point)).astype(int)
        shape = np.array(self.volume.grid.shape[::-1])
        value, name = None, ""
        if (ijk >= 0).all() and (ijk < shape).all():
            value = float(self.volume.array[ijk[2], ijk[1], ijk[0]])
            labels = self.case.labels
            if labels is not None:
                found = int(labels.array[ijk[2], ijk[1], ijk[0]])
                name = next((s.name for s in labels.segments if s.label == found), "")
        x, y, z = (float(v) for v in point)
        return Probe((x, y, z), (int(ijk[0]), int(ijk[1]), int(ijk[2])), value, self.volume.unit, name)


def first_window(volume: Volume) -> tuple[float, float]:
    """Window and level to begin with: the header's, else for a CT in HU the preset for bone, else
    percentiles 1 and 99 of the whole volume."""
    width, centre = volume.meta.get("window_width"), volume.meta.get("window_center")
    if width is not None and centre is not None and float(width) > 0:
        return float(width), float(centre)
    if volume.modality == "CT" and volume.unit == "HU":
        bone = next(r for r in load_table("windows")["presets"] if r["name"] == "bone")
        return float(bone["width"]), float(bone["level"])
    every = max(1, volume.array.size // 1_000_000)
    low, high = np.percentile(volume.array.reshape(-1)[::every], (1, 99))
    return max(float(high - low), 1.0), float(high + low) / 2
