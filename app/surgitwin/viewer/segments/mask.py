"""The mask of all tools: a range of image values, and inside or outside a segment; shown in the slices."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from surgitwin.core.image import Volume
from surgitwin.segmentation.edit.mask import Side
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.segments.brush import HU, hu_field
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.previews import MASK_RGBA, Preview, range_overlay

ANY = ("any", None)
Where = tuple[str, int | None]


def first_range(volume: Volume) -> tuple[float, float]:
    """The range to begin with: bone of a CT; of other images their brighter half (handling only)."""
    if volume.unit == "HU":
        return 150.0, float(HU[1])
    some = volume.array[::4, ::4, ::4]
    return float(some.mean()), float(some.max())


class MaskPanel(QWidget):
    """Limits painting and every effect."""

    def __init__(self, editor: LabelEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._shown = Preview(editor.model)
        self._usable = False
        unit, (low, high) = editor.model.volume.unit_text, first_range(editor.model.volume)
        self.masked = QCheckBox("Only where the image lies between", self)
        self.masked.setToolTip("Limits painting and every effect to voxels with these values")
        self.low = hu_field(low, "lowest value that may change", self, unit)
        self.high = hu_field(high, "highest value that may change", self, unit)
        self.show_range = QCheckBox("Show", self)
        self.show_range.setChecked(True)
        self.show_range.setToolTip("Tint what lies in the range in the slices")
        self.where = QComboBox(self)
        self.where.setAccessibleName("where voxels may change")
        self.where.setToolTip("Limits painting and every effect to one side of a segment")
        self.where.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.where.setMinimumContentsLength(14)
        self._lay_out()
        set_topic(self, "mask")
        for signal in (self.masked.toggled, self.low.valueChanged, self.high.valueChanged):
            signal.connect(lambda _: self._set())
        self.show_range.toggled.connect(lambda _: self._tint())
        self.where.currentIndexChanged.connect(lambda _: self._set())
        editor.changed.connect(self.follow)
        self.follow()
        self._set()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.masked)
        row = QHBoxLayout()
        for widget in (self.low, QLabel("to", self), self.high, self.show_range):
            row.addWidget(widget)
        column.addLayout(row)
        below = QHBoxLayout()
        below.addWidget(QLabel("Change", self))
        below.addWidget(self.where, 1)
        column.addLayout(below)

    def follow(self) -> None:
        """The segment table changed: the same choice, when it is still there."""
        wanted = [ANY] + [(side, s.label) for s in self._editor.segments for side in ("inside", "outside")]
        if [self.where.itemData(n) for n in range(self.where.count())] == wanted:
            return
        kept = self.where.currentData() or ANY
        self.where.blockSignals(True)
        self.where.clear()
        for side, label in wanted:
            words = "anywhere" if label is None else f"{side} the {self._editor.title(label)}"
            self.where.addItem(words, (side, label))
        self.where.setCurrentIndex(wanted.index(kept) if kept in wanted else 0)
        self.where.blockSignals(False)
        if kept not in wanted:
            self._set()

    def _set(self) -> None:
        on = self.masked.isChecked()
        for widget in (self.low, self.high, self.show_range):
            widget.setEnabled(on)
        limits = (self.low.value(), self.high.value())
        where, label = self.where.currentData() or ANY
        side: Side = "outside" if where == "outside" else "inside"
        self._editor.set(
            range_hu=(min(limits), max(limits)) if on else None, mask_segment=label, mask_side=side
        )
        self._tint()

    def set_usable(self, usable: bool) -> None:
        """Whether the page is shown: the tint goes with it."""
        self._usable = usable
        self._tint()

    def _tint(self) -> None:
        limits = self._editor.range_hu
        if limits is None or not self._usable or not self.show_range.isChecked():
            self._shown.show(None)
        else:
            self._shown.show(range_overlay(self._editor.model, *limits, rgba=MASK_RGBA))

    def release(self) -> None:
        """Stop listening."""
        self._shown.show(None)
        self._editor.changed.disconnect(self.follow)
