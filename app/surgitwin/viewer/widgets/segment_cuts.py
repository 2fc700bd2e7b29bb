"""Settings of the island tools and of the scissors."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.segmentation.edit.islands import remove_small_islands
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.edit_runner import EditRunner
from surgitwin.viewer.label_editor import LabelEditor
from surgitwin.viewer.tools.scissors_tool import ScissorsTool


class IslandPanel(QWidget):
    """Removes all small islands of the chosen segment at once."""

    def __init__(
        self, desk: Desk, editor: LabelEditor, runner: EditRunner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._editor, self._runner = desk, editor, runner
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.smallest = QDoubleSpinBox(self)
        self.smallest.setRange(1, 100000)
        self.smallest.setDecimals(0)
        self.smallest.setValue(100)
        self.smallest.setSuffix(" mm³")
        self.smallest.setAccessibleName("islands smaller than this are removed")
        self.small = QPushButton("Remove islands under", self)
        self.small.setToolTip("Removes all small pieces of the chosen segment at once")
        self.small.clicked.connect(lambda _: self._desk.attempt(self._remove_small))
        row.addWidget(self.small)
        row.addWidget(self.smallest)
        row.addStretch(1)

    def _remove_small(self) -> None:
        label, _ = self._editor.require()
        states, grid, smallest = self._editor.states(), self._editor.grid, self.smallest.value()
        title = self._editor.title(label)
        self._runner.start(
            f"Remove small islands of {title}",
            lambda labels, _progress: remove_small_islands(labels, label, states, grid, smallest),
            nothing=f"Nothing changed: the {title} has no island under {smallest:g} mm³.",
        )


class ScissorsPanel(QWidget):
    """What the scissors do, and how deep."""

    def __init__(self, tool: ScissorsTool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = tool
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.cut_action = QComboBox(self)
        self.cut_action.setAccessibleName("what the scissors do")
        for key, words in (
            ("erase inside", "Cut away what is inside the line"),
            ("erase outside", "Cut away what is outside the line"),
            ("fill inside", "Fill the inside of the line"),
        ):
            self.cut_action.addItem(words, key)
        self.limited = QCheckBox("Only this deep", self)
        self.limited.setToolTip("To either side of the slice. Off: the cut goes through the whole image")
        self.depth_field = QDoubleSpinBox(self)
        self.depth_field.setRange(0.5, 300)
        self.depth_field.setValue(5)
        self.depth_field.setDecimals(1)
        self.depth_field.setSuffix(" mm")
        self.depth_field.setEnabled(False)
        self.depth_field.setAccessibleName("depth of the cut to either side of the slice")
        self.cut_action.currentIndexChanged.connect(lambda _: self._set_scissors())
        self.limited.toggled.connect(lambda _: self._set_scissors())
        self.depth_field.valueChanged.connect(lambda _: self._set_scissors())
        row = QHBoxLayout()
        row.addWidget(self.limited)
        row.addWidget(self.depth_field)
        column.addWidget(self.cut_action)
        column.addLayout(row)

    def _set_scissors(self) -> None:
        self.depth_field.setEnabled(self.limited.isChecked())
        self._tool.action = self.cut_action.currentData()
        self._tool.depth_mm = self.depth_field.value() if self.limited.isChecked() else None
