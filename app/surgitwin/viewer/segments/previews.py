"""What a change would catch, painted over the slices: thresholds, presets, and computed patches."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from surgitwin.core.image import ImageGrid
from surgitwin.scene.reslice import Reslicer
from surgitwin.segmentation.edit.threshold import between
from surgitwin.segmentation.patch import LabelPatch
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.preview import CANDIDATE, SEED, preset_preview
from surgitwin.viewer.model import ViewModel

Classes = npt.NDArray[np.uint8]
Colours = dict[int, tuple[float, float, float, float]]
"""Class of a pixel -> red, green, blue, opacity, 0..1; other classes are not painted."""

SEED_RGBA = (0.90, 0.45, 0.00, 0.50)
CANDIDATE_RGBA = (0.95, 0.88, 0.25, 0.40)
RANGE_RGBA = (0.90, 0.45, 0.00, 0.45)
GAINED, LOST = 1, 2
LOST_RGBA = (0.85, 0.15, 0.55, 0.65)
MASK_RGBA = (0.20, 0.65, 0.90, 0.25)


class ClassOverlay:
    """Paints classes of pixels over every slice: `classes` makes them from a slice's geometry."""

    def __init__(self, model: ViewModel, classes: Callable[..., Classes], colours: Colours) -> None:
        self._model, self._classes, self._colours = model, classes, colours

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw on a slice view."""
        size = view.pixel_size()
        corner, right, down, mm_per_px = self._model.geometry(view.plane, size)
        found = self._classes(corner, right, down, size, mm_per_px)
        table = np.zeros((256, 4), np.float32)
        for number, rgba in self._colours.items():
            table[number] = rgba
        table[:, :3] *= table[:, 3:]
        pixels = np.ascontiguousarray((table * 255).astype(np.uint8)[found])
        height, width = found.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
        painter.drawImage(QRectF(view.rect()), image)


def range_overlay(
    model: ViewModel, low: float, high: float, rgba: tuple[float, float, float, float] = RANGE_RGBA
) -> ClassOverlay:
    """Pixels whose value lies in low..high."""
    image = Reslicer(model.volume.array, model.volume.grid)

    def classes(*geometry: Any) -> Classes:
        return between(image.cut(*geometry), low, high).astype(np.uint8)

    return ClassOverlay(model, classes, {1: rgba})


def preset_overlay(model: ViewModel, preset: Preset) -> ClassOverlay:
    """What a preset's thresholds catch: what is surely bone, and what may be."""
    image = Reslicer(model.volume.array, model.volume.grid)

    def classes(*geometry: Any) -> Classes:
        return preset_preview(image.cut(*geometry), preset)

    return ClassOverlay(model, classes, {CANDIDATE: CANDIDATE_RGBA, SEED: SEED_RGBA})


def patch_overlay(model: ViewModel, patch: LabelPatch, target: int | None) -> ClassOverlay:
    """What a patch would add to segment `target`, and take from it; None: of any segment."""
    box, grid = patch.box, model.volume.grid
    if box is None:
        raise ValueError("an empty patch has no preview")
    change = np.zeros([s.stop - s.start for s in box], np.uint8)
    for part in patch.parts:
        before, after = (
            np.frombuffer(zlib.decompress(p), np.uint8).reshape(part.shape) for p in (part.before, part.after)
        )
        inner = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(part.box, box, strict=True))
        if target is None:
            change[inner][(after != before) & (after > 0)] = GAINED
            change[inner][(after != before) & (after == 0)] = LOST
            continue
        change[inner][(after == target) & (before != target)] = GAINED
        change[inner][(after != target) & (before == target)] = LOST
    start = grid.index_to_lps([box[2].start, box[1].start, box[0].start])
    shape = (change.shape[0], change.shape[1], change.shape[2])
    cutter = Reslicer(change, ImageGrid(shape, start, grid.spacing_mm, grid.direction), "nearest", 0)

    def classes(*geometry: Any) -> Classes:
        return cutter.cut(*geometry)

    return ClassOverlay(model, classes, {GAINED: RANGE_RGBA, LOST: LOST_RGBA})


class Preview:
    """At most one overlay at a time on a model."""

    def __init__(self, model: ViewModel) -> None:
        self._model = model
        self._shown: ClassOverlay | None = None

    @property
    def on(self) -> bool:
        """Whether something is previewed."""
        return self._shown is not None

    def show(self, overlay: ClassOverlay | None) -> None:
        """Paint this one in place of the former; None: none."""
        if self._shown is not None:
            self._model.remove_overlay(self._shown)
        self._shown = overlay
        if overlay is not None:
            self._model.add_overlay(overlay)
