"""Settings of the island tools and of the scissors."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.segmentation.edit.effects import effect
from surgitwin.segmentation.edit.islands import remove_small_islands
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.segments.edit_runner import EditRunner
from surgitwin.viewer.segments.fields import Fields
from surgitwin.viewer.segments.label_editor import LabelEditor
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
    """What the scissors do, and how deep: fields of the registry, but for the line that the mouse draws."""

    def __init__(self, tool: ScissorsTool, editor: LabelEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = tool
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        drawn = ("points", "slices")
        self.fields = Fields([p for p in effect("scissors").parameters if p.name not in drawn], editor, self)
        self.fields.changed.connect(self.set_scissors)
        column.addWidget(self.fields)

    def set_scissors(self) -> None:
        """Tell the tool."""
        values = self.fields.values()
        self._tool.action = values["action"]
        self._tool.depth_mm = {
            "all": lambda: None,
            "symmetric": lambda: values["depth_mm"],
            "from_to": lambda: (values["from_mm"], values["to_mm"]),
        }[values["depth"]]()
