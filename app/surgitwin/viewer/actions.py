"""Every command of the window by its id: text, shortcut, icon, tip; menus, buttons and the help use these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from surgitwin.viewer.icons import set_icon


@dataclass(frozen=True, eq=False)
class Command:
    """One command. group: heading in the list of shortcuts."""

    id: str
    action: QAction
    group: str
    tip: str


class Actions:
    """Registry of commands of one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._commands: dict[str, Command] = {}

    def add(
        self,
        command_id: str,
        text: str,
        run: Callable[[], object] | None = None,
        *,
        shortcut: str = "",
        icon: str = "",
        tip: str = "",
        group: str = "Window",
        checkable: bool = False,
    ) -> QAction:
        """A new command (ValueError for an id or a shortcut in use). run: called when it is triggered."""
        taken = [c.id for c in self if shortcut and c.action.shortcut() == QKeySequence(shortcut)]
        if command_id in self._commands or taken:
            raise ValueError(f"command {command_id!r} or its shortcut {shortcut!r} is in use {taken}")
        action = QAction(text, self._window)
        action.setObjectName(command_id)
        action.setCheckable(checkable)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        if icon:
            set_icon(action, icon)
        if run is not None:
            action.triggered.connect(lambda _checked=False: run())
        self._window.addAction(action)
        self._commands[command_id] = Command(command_id, action, group, tip or text)
        self.set_tip(command_id, tip or text)
        return action

    def remove(self, command_id: str) -> None:
        """Take a command away (a page is released)."""
        command = self._commands.pop(command_id, None)
        if command is not None:
            self._window.removeAction(command.action)
            command.action.deleteLater()

    def set_tip(self, command_id: str, tip: str) -> None:
        """Tooltip with the shortcut at its end; also says why a command is disabled."""
        action = self._commands[command_id].action
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip(tip)

    def __getitem__(self, command_id: str) -> QAction:
        return self._commands[command_id].action

    def __contains__(self, command_id: str) -> bool:
        return command_id in self._commands

    def __iter__(self) -> Iterator[Command]:
        return iter(tuple(self._commands.values()))

    def button(self, command_id: str, parent: QWidget | None = None) -> QToolButton:
        """A tool button for a command."""
        out = QToolButton(parent)
        out.setObjectName(f"button_{command_id}")
        out.setDefaultAction(self[command_id])
        out.setAccessibleName(self[command_id].text().replace("&", ""))
        return out
