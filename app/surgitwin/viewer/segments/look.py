"""Opacity and filling of the chosen segment."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.look import SegmentLook
from surgitwin.viewer.segments.label_editor import LabelEditor


class LookBar(QWidget):
    """change: makes one step of undo of (label, name of the step, merge key, changed fields)."""

    def __init__(
        self, editor: LabelEditor, change: Callable[..., None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._change = editor, change
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setObjectName("segmentOpacity")
        self.opacity.setRange(0, 100)
        self.opacity.setToolTip("Opacity of the chosen segment in slices and 3D")
        self.opacity.setAccessibleName("opacity of the chosen segment")
        self.opacity.valueChanged.connect(self._opacity)
        self.opacity.sliderReleased.connect(self._end_merge)
        self.filled = QCheckBox("Filled", self)
        self.filled.setToolTip("Filled in the slices, or only its outline")
        self.filled.clicked.connect(self._fill)
        mark = QLabel(self)
        set_icon(mark, "opacity", "muted", 18)
        for widget in (mark, self.opacity, self.filled):
            row.addWidget(widget)

    def show_look(self, look: SegmentLook) -> None:
        """Opacity and filling as they are."""
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(100 * look.opacity))
        self.opacity.blockSignals(False)
        self.filled.setChecked(look.filled)

    def _opacity(self, percent: int) -> None:
        label = self._editor.chosen
        if label is not None:
            self._change(
                label, f"Opacity of {self._editor.title(label)}", f"opacity {label}", opacity=percent / 100
            )
            if not self.opacity.isSliderDown():
                self._end_merge()

    def _end_merge(self) -> None:
        self._editor.session.end_merge()

    def _fill(self, filled: bool) -> None:
        label = self._editor.chosen
        if label is not None:
            name = f"{'Fill' if filled else 'Outline only of'} {self._editor.title(label)} in the slices"
            self._change(label, name, filled=filled)
