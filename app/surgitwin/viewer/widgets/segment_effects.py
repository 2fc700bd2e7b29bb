"""Changes of a whole segment: threshold, fill, smooth, grow."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from surgitwin.core.progress import Progress
from surgitwin.segmentation.edit.fill import fill_holes
from surgitwin.segmentation.edit.grow import grow
from surgitwin.segmentation.edit.ink import painting
from surgitwin.segmentation.edit.smooth import smooth
from surgitwin.segmentation.edit.threshold import check_range, threshold
from surgitwin.segmentation.patch import LabelPatch, Labels
from surgitwin.viewer.edit_runner import Work
from surgitwin.viewer.segment_previews import range_overlay
from surgitwin.viewer.widgets.number import Number
from surgitwin.viewer.widgets.segment_brush import HU
from surgitwin.viewer.widgets.segment_effect import Effect

METHODS = {"median": "Median: keeps edges", "gaussian": "Gaussian: rounds edges"}
HOLES = {
    None: "Closed cavities (3D)",
    0: "Holes in axial slices",
    1: "Holes in coronal slices",
    2: "Holes in sagittal slices",
}


class ThresholdEffect(Effect):
    """Fill by a range of HU, previewed live."""

    words = "Fill the chosen segment wherever the image lies between two values."

    def settings(self) -> None:
        """Limits and place."""
        self.low = Number("From", "HU", *HU, 200, self, tip="Lowest HU that is filled")
        self.high = Number("To", "HU", *HU, HU[1], self, tip="Highest HU that is filled")
        self.where = QComboBox(self)
        self.where.setAccessibleName("where the threshold works")
        self.where.setToolTip("In the whole image, or only inside another segment")
        for widget in (self.low, self.high, self.where):
            self.column.addWidget(widget)
        for number in (self.low, self.high):
            number.changed.connect(lambda _: self.show_preview())

    def entered(self) -> None:
        """Show what the limits catch, at once."""
        chosen = self.where.currentData()
        self.where.clear()
        self.where.addItem("In the whole image", None)
        for segment in self.editor.segments:
            if segment.label != self.editor.chosen:
                self.where.addItem(f"Inside the {self.editor.title(segment.label)}", segment.label)
        self.where.setCurrentIndex(max(self.where.findData(chosen), 0))
        self.show_preview()

    def show_preview(self) -> None:
        """Live: thresholds need no computing ahead."""
        self.preview.show(range_overlay(self.editor.model, self.low.value, self.high.value))

    def work(self) -> tuple[str, Work, str]:
        """Threshold into the chosen segment."""
        label, _ = self.editor.require()
        low, high, within = self.low.value, self.high.value, self.where.currentData()
        check_range(low, high)
        ink = painting(label, self.editor.states(), self.editor.overwrite)
        image, title = self.editor.image, self.editor.title(label)

        def run(labels: Labels, _progress: Progress) -> LabelPatch:
            return threshold(labels, image, low, high, ink, within, self.editor.title(within))

        return f"Threshold {title}", run, "Nothing changed: no free voxel lies in that range."


class FillEffect(Effect):
    """Fill holes."""

    words = "Background that the chosen segment encloses becomes part of it."

    def settings(self) -> None:
        """Which holes."""
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("which holes are filled")
        for axis, words in HOLES.items():
            self.kind.addItem(words, axis)
        self.kind.currentIndexChanged.connect(lambda _: self.drop())
        self.column.addWidget(self.kind)

    def work(self) -> tuple[str, Work, str]:
        """Fill in space or slice by slice."""
        label, _ = self.editor.require()
        states, axis = self.editor.states(), self._axis()
        title = self.editor.title(label)
        return (
            f"Fill holes of {title}",
            lambda labels, _progress: fill_holes(labels, label, states, axis),
            f"Nothing changed: the {title} has no such holes that are background.",
        )

    def _axis(self) -> int | None:
        """Array axis along which the slices lie, from the body's directions."""
        wanted = self.kind.currentData()
        if wanted is None:
            return None
        lps = {0: 2, 1: 1, 2: 0}[wanted]
        column = max(range(3), key=lambda a: abs(self.editor.grid.direction[lps, a]))
        return 2 - column


class SmoothEffect(Effect):
    """Smooth the boundary."""

    words = "Smooths the boundary of the chosen segment; no other segment loses a voxel."

    def settings(self) -> None:
        """Method and width."""
        self.method = QComboBox(self)
        self.method.setAccessibleName("method of smoothing")
        for key, words in METHODS.items():
            self.method.addItem(words, key)
        self.width_mm = Number(
            "Width", "mm", 0.5, 6.0, 1.5, self, decimals=1, tip="Details smaller than this go"
        )
        self.method.currentIndexChanged.connect(lambda _: self.drop())
        self.width_mm.changed.connect(lambda _: self.drop())
        self.column.addWidget(self.method)
        self.column.addWidget(self.width_mm)

    def work(self) -> tuple[str, Work, str]:
        """Median or Gaussian."""
        label, _ = self.editor.require()
        states, grid, width = self.editor.states(), self.editor.grid, self.width_mm.value
        method, title = self.method.currentData(), self.editor.title(label)
        return (
            f"Smooth {title}",
            lambda labels, progress: smooth(labels, label, states, grid, width, method, progress),
            f"Nothing changed: the {title} is smooth at this width. Widths under a voxel do nothing.",
        )


class GrowEffect(Effect):
    """Grow from seeds."""

    words = (
        "Paint spots of the chosen segment first. It grows from them to the edges in the image; other "
        "segments that are shown hold it back: paint one of them where it must not go."
    )

    def settings(self) -> None:
        """How far."""
        self.reach = Number("Reach", "mm", 2, 60, 15, self, tip="How far from what was painted it may grow")
        self.reach.changed.connect(lambda _: self.drop())
        self.column.addWidget(self.reach)

    def work(self) -> tuple[str, Work, str]:
        """Grow the chosen segment."""
        label, _ = self.editor.require()
        states, grid, reach = self.editor.states(), self.editor.grid, self.reach.value
        image, title = self.editor.image, self.editor.title(label)
        return (
            f"Grow {title}",
            lambda labels, progress: grow(labels, image, grid, label, states, reach, progress),
            f"Nothing changed: the {title} fills its edges already.",
        )
