"""Scripted hands: drive the window by real mouse and key events, wait as a user would, take pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hands:
    """Hands on one window. pictures: folder for numbered pictures of the whole screen, None for none."""

    def __init__(self, window: QWidget, pictures: Path | None = None) -> None:
        self.window, self.pictures = window, pictures
        self.taken: list[str] = []
        self.times: list[tuple[str, float]] = []

    def find(self, name: str, kind: type = QWidget) -> QWidget:
        """The visible widget called `name`; AssertionError with the names that are there."""
        for root in [self.window, *QApplication.topLevelWidgets()]:
            found = [w for w in root.findChildren(kind, name) if w.isVisible()]
            if found:
                return found[0]
        there = sorted({w.objectName() for w in self.window.findChildren(QWidget) if w.isVisible()} - {""})
        raise AssertionError(f"no visible {name!r}; there are {', '.join(there)}")

    def click(self, target: str | QWidget, at: QPoint | None = None) -> None:
        """Click an enabled widget in its middle (or `at`)."""
        widget = self.find(target) if isinstance(target, str) else target
        assert widget.isEnabled(), f"{widget.objectName()} is disabled: {widget.toolTip()}"
        QTest.mouseClick(widget, LEFT, NONE, at or widget.rect().center())
        self.pause()

    def keys(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, on: QWidget | None = None) -> None:
        """A key on the window, or on a widget."""
        target = on or self.window
        if on is None and not self.window.isActiveWindow():
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow, "the window to be active", 5)
        QTest.keyClick(target, key, modifiers)
        self.pause()

    def type(self, target: str | QWidget, words: str) -> None:
        """Replace the text of a field by `words` and leave it with Return."""
        widget = self.find(target) if isinstance(target, str) else target
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(widget, words)
        QTest.keyClick(widget, Qt.Key.Key_Return)
        self.pause()

    def drag(
        self,
        view: QWidget,
        start: QPointF,
        end: QPointF,
        steps: int = 8,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        """Press at `start`, move in steps, release at `end`."""
        QTest.mousePress(view, LEFT, modifiers, start.toPoint())
        for n in range(1, steps + 1):
            QTest.mouseMove(view, (start + (end - start) * (n / steps)).toPoint())
            QTest.qWait(15)
        QTest.mouseRelease(view, LEFT, modifiers, end.toPoint())
        self.pause()

    def drop(self, *paths: Path) -> None:
        """Drop files or folders on the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
        at = QPoint(self.window.width() // 2, self.window.height() // 2)
        copy = Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(at, copy, mime, LEFT, NONE))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(at), copy, mime, LEFT, NONE))
        self.pause()

    def wait(self, condition: Callable[[], object], words: str, seconds: float = 60) -> None:
        """Let the window live until `condition`; AssertionError after `seconds`."""
        start = time.monotonic()
        while not condition():
            assert time.monotonic() - start < seconds, f"waited {seconds:g} s for {words}"
            QTest.qWait(30)
        self.times.append((words, time.monotonic() - start))

    def pause(self, milliseconds: int = 60) -> None:
        """Let events and drawing happen."""
        QTest.qWait(milliseconds)

    def picture(self, name: str) -> None:
        """The screen as it is, as NN-name.png."""
        self.pause(400)
        if self.pictures is None:
            return
        file = f"{len(self.taken) + 1:02d}-{name}.png"
        shot = QApplication.primaryScreen().grabWindow(0).toImage()
        frame = self.window.frameGeometry()
        shot = shot.copy(frame).convertToFormat(QImage.Format.Format_RGB32)
        self.pictures.mkdir(parents=True, exist_ok=True)
        assert shot.save(str(self.pictures / file))
        self.taken.append(file)
