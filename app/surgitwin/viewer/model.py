"""State of the views without any toolkit: slices, window and level, segments, tool; emits events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.scene.model import Layer
from surgitwin.scene.reslice import Reslicer
from surgitwin.scene.sliceimage import colour4, directions
from surgitwin.viewer.labelled import LabelledPlanes
from surgitwin.viewer.outlines import Cutter, Lines, Outlined
from surgitwin.viewer.readout import Probe
from surgitwin.viewer.tools.base import KeyPress, SliceOverlay, Tool, ViewEvent
from surgitwin.viewer.windows import first_window, presets, region_window

__all__ = ["Probe", "ViewModel", "first_window"]

Pixels = npt.NDArray[Any]


class SecondImage(Protocol):
    """A second image over the slices (`viewer.registration.fusion.Fusion`)."""

    def over(
        self, picture: Pixels, corner: FloatArray, right: FloatArray, down: FloatArray, mm_per_px: float
    ) -> Pixels:
        """`picture` (h, w, 4) of a plane with the second image over it."""


class ViewModel(LabelledPlanes):
    """One image on three planes that share a crosshair, with labels, outlines and the active tool.

    `overlays_changed`: only what is painted on top changed.
    """

    window_changed = Signal()
    outlines_changed = Signal()
    tool_changed = Signal()
    overlays_changed = Signal()

    def __init__(self, volume: Volume) -> None:
        super().__init__(volume.grid)
        self.volume = volume
        self._image = Reslicer(volume.array, volume.grid)
        self._cuts: dict[str, tuple[tuple[Any, ...], Pixels]] = {}
        self._pictures: dict[str, tuple[Any, Any, Pixels]] = {}
        self.first_window = first_window(volume)
        self.window, self.level = self.first_window
        self.outlined = Outlined()
        self.tool: Tool | None = None
        self.overlays: list[SliceOverlay] = []
        self.fusion: SecondImage | None = None

    def set_volume(self, volume: Volume) -> None:
        """Show another image on the same grid (a fragment was reduced). ValueError for another grid."""
        if volume.grid.shape != self.grid.shape or not np.allclose(volume.grid.affine, self.grid.affine):
            raise ValueError("the image shown must stay on its grid")
        self.volume = volume
        self._image = Reslicer(volume.array, volume.grid)
        self._cuts.clear()
        self._pictures.clear()
        self.voxels_changed.emit()

    # ---- window --------------------------------------------------------------------------------

    def set_window(self, window: float, level: float) -> None:
        """Window width (at least 1) and level in the image's unit."""
        self.window, self.level = max(1.0, float(window)), float(level)
        self.window_changed.emit()

    def preset(self, number: int) -> str:
        """Use a preset by its key (1..4 for a CT in HU, 5 as opened); its name, "" when there is none."""
        found = next((p for p in presets(self.volume) if p.number == number), None)
        if found is None:
            return ""
        self.set_window(found.width, found.level)
        return found.name

    def auto_window(self, plane: str, one_mm: FloatArray, other_mm: FloatArray) -> bool:
        """Spread the values of a rectangle (two LPS corners) on a plane; False when it holds no voxel."""
        right, down, _ = directions(plane, self.axes)
        step = float(self.grid.spacing_mm.min())
        away = np.asarray(other_mm) - one_mm
        across, along = float(away @ right), float(away @ down)
        size = int(min(abs(across) / step, 400)) + 1, int(min(abs(along) / step, 400)) + 1
        corner = np.asarray(one_mm) + min(across, 0.0) * right + min(along, 0.0) * down
        mm = max(abs(across) / size[0], abs(along) / size[1], 1e-3)
        values = self._image.cut(corner, right, down, size, mm, self.planes[plane].slab)
        values = values[values != self._image.outside]
        if not values.size:
            return False
        self.set_window(*region_window(values))
        return True

    # ---- pictures ------------------------------------------------------------------------------

    def pixels(self, plane: str, size: tuple[int, int], width_px: int = 1) -> Pixels:
        """(height, width, 3) uint8 of a plane at `size` px; label outlines are `width_px` thick."""
        return self.picture(plane, size, width_px)[..., :3]

    def picture(self, plane: str, size: tuple[int, int], width_px: int = 1) -> Pixels:
        """`pixels` with a fourth byte of 255; while nothing changed it is the same array."""
        corner, right, down, mm_per_px = self.geometry(plane, size)
        slab = self.planes[plane].slab
        key = (*np.concatenate([corner, right, down]).tolist(), size, mm_per_px)
        values = self._cut(
            f"{plane} image", (*key, slab), self._image, (corner, right, down, size, mm_per_px, slab)
        )
        labels = None
        if self._labels is not None and any(x.visible for x in self.looks.values()):
            version = (*key, self._label_version)
            labels = self._cut(
                f"{plane} labels", version, self._labels, (corner, right, down, size, mm_per_px)
            )
        look = (self.window, self.level, id(values), id(labels), tuple(self.looks.values()), self.highlight)
        kept = self._pictures.get(plane)
        if kept is None or kept[0] != (look, width_px):
            picture = colour4(values, self.window, self.level, labels, self.overlay(width_px))
            kept = self._pictures[plane] = ((look, width_px), (values, labels), picture)
        if self.fusion is not None:
            return self.fusion.over(kept[2], corner, right, down, mm_per_px)
        return kept[2]

    def set_fusion(self, fusion: SecondImage | None) -> None:
        """Show a second image over the slices (None: the first alone)."""
        self.fusion = fusion
        self.overlays_changed.emit()

    def _cut(self, slot: str, key: tuple[Any, ...], source: Reslicer, arguments: tuple[Any, ...]) -> Pixels:
        kept = self._cuts.get(slot)
        if kept is None or kept[0] != key:
            kept = self._cuts[slot] = (key, source.cut(*arguments))
        return kept[1]

    def set_outlined(self, layers: Iterable[Layer], group: str = "", ready: Iterable[Cutter] = ()) -> None:
        """Surfaces whose outlines the slices show (implants, fracture gap), as a group of their own.

        ready: what cuts some of them, prepared by a worker.
        """
        self.outlined.put(group, layers, ready)
        self.outlines_changed.emit()

    def move_outlined(self, group: str, matrix: npt.ArrayLike | None) -> None:
        """Move a group's outlines by a rigid 4x4 matrix (LPS) while it is dragged; None: as it was set."""
        self.outlined.move(group, matrix)
        self.outlines_changed.emit()

    def outlines(self, plane: str) -> list[Lines]:
        """Colour and line segments (n, 2, 3), LPS mm, in which a plane cuts the outlined surfaces."""
        return self.outlined.lines(plane, self.crosshair_mm, directions(plane, self.axes)[2])

    # ---- tools ---------------------------------------------------------------------------------

    def set_tool(self, tool: Tool | None) -> None:
        """Give the mouse to a tool (None: crosshair); what the former one had half done is given up."""
        if tool is self.tool:
            return
        if self.tool is not None:
            self.tool.cancel()
            old, self.tool = self.tool, None
            old.deactivated()
        self.tool = tool
        if tool is not None:
            tool.activated()
        self.tool_changed.emit()

    def add_overlay(self, overlay: SliceOverlay) -> None:
        """Paint something over the slices from now on."""
        self.overlays.append(overlay)
        self.overlays_changed.emit()

    def remove_overlay(self, overlay: SliceOverlay) -> None:
        """Stop painting it."""
        self.overlays.remove(overlay)
        self.overlays_changed.emit()

    def grab(self, event: ViewEvent) -> Tool | None:
        """What an overlay lets be dragged under the mouse (`SliceOverlay`), the one on top first."""
        for overlay in reversed(self.overlays):
            asked = getattr(overlay, "grab", None)
            found: Tool | None = asked(event) if asked is not None else None
            if found is not None:
                return found
        return None

    def overlay_key(self, press: KeyPress) -> bool:
        """Whether an overlay used a key that no tool took."""
        return any(o.key(press) for o in reversed(self.overlays) if hasattr(o, "key"))

    def probe(self, point_mm: npt.ArrayLike) -> Probe:
        """What the image and the labels hold at an LPS point (nearest voxel)."""
        point = np.asarray(point_mm, float)
        ijk = np.rint(self.grid.lps_to_index(point)).astype(int)
        value, name = None, ""
        if (ijk >= 0).all() and (ijk <= self._last).all():
            value = float(self.volume.array[ijk[2], ijk[1], ijk[0]])
            if self.labels is not None:
                found = int(self.labels.array[ijk[2], ijk[1], ijk[0]])
                name = next((s.name for s in self.labels.segments if s.label == found), "")
        x, y, z = (float(v) for v in point)
        return Probe(
            (x, y, z),
            (int(ijk[0]), int(ijk[1]), int(ijk[2])),
            value,
            self.volume.unit,
            name,
            self.volume.scale_known,
        )
