"""The palette of tools: one is active, its settings below; it says why a segment cannot be changed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from surgitwin.viewer.desk import Desk
from surgitwin.viewer.segments.brush import BrushPanel
from surgitwin.viewer.segments.cuts import IslandPanel, ScissorsPanel
from surgitwin.viewer.segments.edit_runner import EditRunner
from surgitwin.viewer.segments.effect import Effect
from surgitwin.viewer.segments.effects import make_effect
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.mask import MaskPanel
from surgitwin.viewer.segments.palette import COLUMNS, PANELS, TOOLS
from surgitwin.viewer.segments.previews import Preview
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.tools.base import Tool
from surgitwin.viewer.tools.island_tool import IslandTool
from surgitwin.viewer.tools.livewire_tool import LivewireTool
from surgitwin.viewer.tools.paint_tool import PaintTool
from surgitwin.viewer.tools.scissors_tool import ScissorsTool


class SegmentTools(QWidget):
    """Buttons are commands of the window, usable while the page is shown (`set_usable`)."""

    def __init__(
        self,
        desk: Desk,
        editor: LabelEditor,
        runner: EditRunner,
        preview: Preview,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._editor, self._runner = desk, editor, runner
        self.active = ""
        self.brush = BrushPanel(editor, self)
        self.scissors = ScissorsTool(desk, editor, runner)
        self._mouse: dict[str, Tool] = {
            "paint": PaintTool(desk, editor, False),
            "erase": PaintTool(desk, editor, True),
            "scissors": self.scissors,
            "livewire": LivewireTool(desk, editor, runner),
            "island_keep": IslandTool(desk, editor, runner, True),
            "island_remove": IslandTool(desk, editor, runner, False),
        }
        self.effects: dict[str, Effect] = {
            spec.name: make_effect(spec, desk, editor, runner, preview, self) for spec in PANELS
        }
        self.limits = MaskPanel(editor, self)
        self.hint, self.reason = QLabel(self), QLabel(self)
        self.hint.setWordWrap(True)
        self.reason.setWordWrap(True)
        self.reason.setObjectName("whyNot")
        set_role(self.hint, "muted")
        set_role(self.reason, "warning")
        # No QStackedWidget: it is as tall as its tallest page, shown or not.
        self._stack = QWidget(self)
        self._stack_column = QVBoxLayout(self._stack)
        self._stack_column.setContentsMargins(0, 0, 0, 0)
        self._panels = self._make_panels()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._palette())
        column.addWidget(self.reason)
        column.addWidget(self.hint)
        column.addWidget(self._stack)
        column.addWidget(self.limits)
        editor.changed.connect(self.refresh)
        editor.model.tool_changed.connect(self._tool_changed)
        editor.model.segments_changed.connect(self.refresh)
        self.activate("")

    def _palette(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(3)
        for n, (key, (words, shortcut, icon, tip)) in enumerate(TOOLS.items()):
            if any(c.action.shortcut().toString() == shortcut for c in self._desk.actions):
                shortcut = ""  # another part of the window has this key already
            self._desk.actions.add(
                key, words, partial(self._clicked, key), shortcut=shortcut, icon=icon, tip=tip,
                group="Segments", checkable=True,
            )  # fmt: skip
            button = self._desk.actions.button(key, self)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            grid.addWidget(button, n // COLUMNS, n % COLUMNS)
        return grid

    def _make_panels(self) -> dict[str, QWidget]:
        nothing = QWidget(self)
        islands = IslandPanel(self._desk, self._editor, self._runner, self)
        scissors, livewire = ScissorsPanel(self.scissors, self._editor, self), QWidget(self)
        panels: dict[str, QWidget] = {
            "": nothing, "paint": self.brush, "erase": self.brush, "scissors": scissors,
            "livewire": livewire,
            "island_keep": islands, "island_remove": islands, **self.effects,
        }  # fmt: skip
        for panel in dict.fromkeys(panels.values()):
            self._stack_column.addWidget(panel)
            panel.hide()
        return panels

    # ---- which one -----------------------------------------------------------------------------

    def _clicked(self, key: str) -> None:
        self.activate("" if key == self.active else key)

    def activate(self, key: str) -> None:
        """Make a tool the active one; "" for none."""
        former, self.active = self.active, key
        if former in self.effects and former != key:
            self.effects[former].left()
        self._editor.model.set_tool(self._mouse.get(key))
        for panel in self._panels.values():
            panel.setVisible(panel is self._panels[key])
        self._stack.setVisible(bool(key))
        self.brush.set_erase(key == "erase")
        for name in TOOLS:
            self._desk.actions[name].setChecked(name == key)
        if key in self.effects:
            self.effects[key].entered()
        self.refresh()
        if key in self._mouse:
            self._desk.say(self._mouse[key].words)

    def _tool_changed(self) -> None:
        """Another part of the window took the mouse, or Escape put the tool away."""
        tool = self._mouse.get(self.active)
        if tool is not None and self._editor.model.tool is not tool:
            self._give_up()

    def _give_up(self) -> None:
        self.active = ""
        self._stack.setVisible(False)
        for name in TOOLS:
            self._desk.actions[name].setChecked(False)
        self.refresh()

    def refresh(self) -> None:
        """Hint and reason as things are now."""
        why = self._editor.why_not()
        self.reason.setText(why)
        self.reason.setVisible(bool(why))
        tool = self._mouse.get(self.active)
        self.hint.setText(tool.words if tool is not None else "")
        self.hint.setVisible(tool is not None)
        if self.active in self.effects:
            self.effects[self.active].follow()

    def set_usable(self, usable: bool) -> None:
        """Whether the page is shown: keys of the tools work only then."""
        if not usable:
            self.activate("")
        for name in TOOLS:
            self._desk.actions[name].setEnabled(usable)
        self.limits.set_usable(usable)

    def voxels_changed(self) -> None:
        """A preview of the former voxels is not true any more."""
        if self.active in self.effects:
            effect = self.effects[self.active]
            effect.left()
            effect.entered()

    def release(self) -> None:
        """Stop listening; take the commands away."""
        self.activate("")
        self._editor.changed.disconnect(self.refresh)
        self._editor.model.tool_changed.disconnect(self._tool_changed)
        self._editor.model.segments_changed.disconnect(self.refresh)
        self.brush.release()
        self.limits.release()
        for name in TOOLS:
            self._desk.actions.remove(name)
