"""Numbers of the plan in hand beside the published groups: spread, cut-off, words and source, no verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from surgitwin.report.words import number, unit_text
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.risk_scale import RiskScale

LEAST_PX = 120
NONE = "No published groups are known for this plan."


class RisksBox(QWidget):
    """Call `show_risks`; one block a risk."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("risksBox")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.head = _label("", "heading", self)
        self._column.addWidget(self.head)
        self.blocks: list[QWidget] = []
        self.shown: tuple[Mapping[str, Any], ...] = ()

    def show_risks(self, title: str, risks: Sequence[Mapping[str, Any]], *, stale: bool) -> None:
        """risks: those of one plan in `compare_vessel`; title: the plan's."""
        for block in self.blocks:
            self._column.removeWidget(block)
            block.setParent(None)
            block.deleteLater()
        self.shown = tuple(risks)
        self.head.setText(f"{title}{' (OUT OF DATE)' if stale else ''}" if risks else NONE)
        set_role(self.head, "stale" if stale else "heading")
        self.blocks = [self._block(risk) for risk in risks]
        for block in self.blocks:
            self._column.addWidget(block)

    def _block(self, risk: Mapping[str, Any]) -> QWidget:
        block = QFrame(self)
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(_label(f"{risk['title']} · {risk['part']}", "", block))
        value = f"{_said(risk)}, {risk['level']}"
        column.addWidget(_label(value, "figures", block))
        column.addWidget(RiskScale(risk, block))
        column.addWidget(_label(risk["words"], "small", block))
        checked = "" if risk["verified"] else " Not verified."
        column.addWidget(_label(f"Source: {risk['source'].rstrip('.')}.{checked}", "small", block))
        return block


def _said(risk: Mapping[str, Any]) -> str:
    """Value with its band and unit."""
    value = f"{number(risk['value'])}{unit_text(risk['unit'])}"
    band = risk["band"]
    if band is None or band[0] == band[1]:
        return value
    return f"{value} (band {number(band[0])} to {number(band[1])})"


def _label(words: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setWordWrap(True)
    label.setMinimumWidth(LEAST_PX)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        set_role(label, role)
    return label
