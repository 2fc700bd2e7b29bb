"""One segment in the list: eye, colour, name, volume, keep-out mark, lock."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QIcon, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from surgitwin.core.image import Segment
from surgitwin.segmentation.table import title
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.look import SegmentLook
from surgitwin.viewer.theme import set_role, theme


class SegmentRow(QFrame):
    """Signals tell what was clicked; `show_state` draws what is so."""

    chosen = Signal(int)
    rename_asked = Signal(int)
    eye_clicked = Signal(int)
    lock_clicked = Signal(int)
    keep_out_clicked = Signal(int)
    colour_clicked = Signal(int)
    hovered = Signal(object)
    stepped = Signal(int, int)

    def __init__(self, segment: Segment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = segment.label
        self._drawn: tuple[object, ...] = ()
        self.setObjectName(f"segment_{segment.label}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.eye = self._button("eye", self.eye_clicked)
        self.colour = self._button("colour", self.colour_clicked)
        self.name, self.volume = QLabel(self), QLabel(self)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_role(self.volume, "small")
        self.keep_out = self._button("keep_out", self.keep_out_clicked)
        self.lock = self._button("lock", self.lock_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(3)
        for widget in (self.eye, self.colour, self.name, self.volume, self.keep_out, self.lock):
            row.addWidget(widget, 1 if widget is self.name else 0)

    def _button(self, name: str, clicked: object) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}_{self.label}")
        set_role(button, "flat")
        button.clicked.connect(lambda _=False: clicked.emit(self.label))  # type: ignore[attr-defined]
        return button

    def show_state(self, segment: Segment, look: SegmentLook, keep_out: bool, chosen: bool) -> None:
        """Draw eye, colour, name, marks and whether it is the chosen one."""
        words = title(segment.name)
        state = (words, look, keep_out, chosen, theme().name)
        if state == self._drawn:
            return
        self._drawn = state
        self.setAccessibleName(f"segment {words}")
        self.name.setText(words)
        self.name.setToolTip(f"{words}. Click to choose, double-click to rename.")
        set_role(self.name, "heading" if chosen else "")
        set_icon(self.eye, "eye" if look.visible else "eye-off", "text" if look.visible else "disabled")
        self._say(self.eye, f"Hide {words}" if look.visible else f"Show {words}")
        set_icon(self.lock, "lock" if look.locked else "unlock", "warning" if look.locked else "disabled")
        self._say(
            self.lock,
            f"{words} is locked: tools do not change it. Click to open."
            if look.locked
            else f"Lock {words}: tools will not change it",
        )
        set_icon(self.keep_out, "keep-out", "error" if keep_out else "disabled")
        self._say(
            self.keep_out,
            f"Implants must keep out of {words}. Click to take the mark away."
            if keep_out
            else f"Mark {words} as keep out: plans say how near implants come",
        )
        pixels = QPixmap(16, 16)
        pixels.fill(QColor.fromRgbF(*look.rgb))
        self.colour.setIcon(QIcon(pixels))
        self._say(self.colour, f"Colour of {words}")
        back = theme().selection if chosen else "transparent"
        self.setStyleSheet(f"QFrame#{self.objectName()} {{ background: {back}; border-radius: 4px; }}")

    @staticmethod
    def _say(button: QToolButton, words: str) -> None:
        button.setToolTip(words)
        button.setAccessibleName(words)

    def show_volume(self, volume_ml: float | None) -> None:
        """Volume in ml; None: not known yet."""
        self.volume.setText("" if volume_ml is None else "empty" if volume_ml == 0 else f"{volume_ml:.1f} ml")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.label)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Rename."""
        self.rename_asked.emit(self.label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down: other segments. Space: eye. F2: rename."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(self.label, 1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Space:
            self.eye_clicked.emit(self.label)
        elif key == Qt.Key.Key_F2:
            self.rename_asked.emit(self.label)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.label)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The mouse is over it: highlight in the views."""
        super().enterEvent(event)
        self.hovered.emit(self.label)

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse left."""
        super().leaveEvent(event)
        self.hovered.emit(None)
