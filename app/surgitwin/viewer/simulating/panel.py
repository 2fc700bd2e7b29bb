"""Parts of the Simulate page's panel: which healing stages are in the table, and the loads."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGroupBox, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.planning.solving.simulation import load_words, schemes


class SchemeBox(QGroupBox):
    """Published schemes of healing stages whose stages are shown beside those of the plans' own fractures."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Further healing stages", parent)
        self.setToolTip("Names of stages mean different stiffness in different published schemes")
        self.boxes: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        for name, authors in schemes().items():
            box = QCheckBox(authors, self)
            box.setObjectName(f"scheme_{name}")
            box.toggled.connect(lambda _on: self.changed.emit())
            self.boxes[name] = box
            column.addWidget(box)

    def chosen(self) -> list[str]:
        """Names of the ticked schemes."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def show_own(self, own: set[str]) -> None:
        """Those of the plans' own fractures are always in the table: nothing to tick."""
        for name, box in self.boxes.items():
            box.setVisible(name not in own)


def loads_box(parent: QWidget) -> QGroupBox:
    """The loads that every plan is solved under."""
    out = QGroupBox("Loads", parent)
    column = QVBoxLayout(out)
    for text in (
        "Every plan is solved under all of these together, in one go:",
        *(f"\u2022  {x}" for x in load_words()),
    ):
        label = QLabel(text, out)
        label.setWordWrap(True)
        column.addWidget(label)
    return out


def button(parent: QWidget, text: str, name: str, run: Callable[[], object]) -> QPushButton:
    """A push button with a name for tests and screen readers."""
    out = QPushButton(text, parent)
    out.setObjectName(name)
    out.setAccessibleName(text)
    out.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    out.clicked.connect(lambda _checked=False: run())
    return out
