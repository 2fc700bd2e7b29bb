"""Segments on the planes: the label map that is shown, and how each of its segments looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psygnal import Signal

from surgitwin.core.image import ImageGrid, LabelMap
from surgitwin.scene.reslice import Reslicer
from surgitwin.scene.sliceimage import Overlay
from surgitwin.viewer.look import SegmentLook, first_look
from surgitwin.viewer.planes import Planes

LIT = 0.35
"""Added to the fill of the segment that the mouse is over in the list (display only)."""


class LabelledPlanes(Planes):
    """`segments_changed`: looks or the table of segments; `labels_changed`: another label map;
    `voxels_changed`: voxels of the one that is shown.
    """

    segments_changed = Signal()
    labels_changed = Signal()
    voxels_changed = Signal()

    def __init__(self, grid: ImageGrid) -> None:
        super().__init__(grid)
        self.labels: LabelMap | None = None
        self.looks: dict[int, SegmentLook] = {}
        self.highlight: int | None = None
        self._labels: Reslicer | None = None
        self._label_version = 0

    def set_labels(self, labels: LabelMap | None) -> None:
        """Show a label map (its array is not copied); looks of segments that it shares are kept."""
        self.labels = labels
        self._labels = Reslicer(labels.array, labels.grid, "nearest", 0) if labels is not None else None
        self._label_version += 1
        segments = labels.segments if labels is not None else ()
        self.looks = {
            s.label: replace(self.looks[s.label], rgb=s.rgb) if s.label in self.looks else first_look(s)
            for s in segments
        }
        self.labels_changed.emit()
        self.segments_changed.emit()

    def labels_edited(self, box: tuple[slice, slice, slice] | None = None) -> None:
        """Voxels of the shown label array changed in place, inside `box` (k, j, i slices; None: anywhere)."""
        if self._labels is None:
            return
        self._labels.touch()
        self._label_version += 1
        self.voxels_changed.emit()

    def set_segment_look(self, label: int, **changes: Any) -> None:
        """Change visible, rgb, opacity (0..1), filled or locked of a segment. KeyError when unknown."""
        if "opacity" in changes:
            changes = {
                **changes,
                "opacity": min(max(float(changes["opacity"]), 0.0), 1.0),
                "opacity_given": True,
            }
        look = replace(self.looks[label], **changes)
        if look != self.looks[label]:
            self.looks[label] = look
            self.segments_changed.emit()

    def set_visible(self, label: int, visible: bool) -> None:
        """Show or hide a segment."""
        self.set_segment_look(label, visible=visible)

    def set_highlight(self, label: int | None) -> None:
        """Draw a segment stronger while the mouse is over it in a list."""
        if label != self.highlight:
            self.highlight = label
            self.segments_changed.emit()

    @property
    def visible(self) -> Mapping[int, bool]:
        """Which labels are shown."""
        return {k: x.visible for k, x in self.looks.items()}

    @property
    def opacity(self) -> Mapping[int, float]:
        """Opacity of each label."""
        return {k: x.opacity for k, x in self.looks.items()}

    @property
    def opacity_given(self) -> set[int]:
        """Labels whose opacity the user set."""
        return {k for k, x in self.looks.items() if x.opacity_given}

    def overlay(self, width_px: int = 1) -> Overlay:
        """Labels as they are shown now; outlines `width_px` thick."""
        shown = {k: x for k, x in self.looks.items() if x.visible}
        lit = {k: min(x.opacity + (LIT if k == self.highlight else 0), 1.0) for k, x in shown.items()}
        return Overlay(
            {k: (x.rgb, lit[k]) for k, x in shown.items()},
            unfilled=frozenset(k for k, x in shown.items() if not x.filled and k != self.highlight),
            width_px=width_px,
        )
