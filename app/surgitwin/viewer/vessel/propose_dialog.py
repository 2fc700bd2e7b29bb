"""Options of a vessel procedure's proposal, with the program's choice for what is left open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from surgitwin.procedures.base import Parameter
from surgitwin.procedures.vessel import VesselProcedure
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number_box import NumberBox

BY_PROGRAM = "Chosen by the program"
WORDS = {"be": "balloon-expandable", "se": "self-expanding"}
NOT_ASKED = ("position_mm", "balloon_mm", "device", "pose")
"""Options of one plan rather than of a proposal."""


class ProposeDialog(QDialog):
    """`options` to give to the job: only what differs from the program's choice."""

    def __init__(self, procedure: VesselProcedure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("proposeDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Propose plans")
        words = QLabel(
            "The program makes plans of sizes and places that fit, to be compared with each other. "
            "Plans that you changed are kept.",
            self,
        )
        words.setWordWrap(True)
        set_role(words, "muted")
        form = QFormLayout()
        self._fields: dict[str, tuple[QCheckBox | None, QComboBox | NumberBox]] = {}
        for rule in procedure.parameters:
            if rule.name not in NOT_ASKED:
                form.addRow(_title(rule), self._field(rule))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        go = buttons.addButton("Propose plans", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setObjectName("proposeGo")
        set_role(go, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(buttons)

    def _field(self, rule: Parameter) -> QWidget:
        tip = f"{rule.title}. {rule.reason} Source: {rule.source}".replace("  ", " ")
        if rule.kind == "text":
            choice = QComboBox(self)
            if rule.default is None:
                choice.addItem(BY_PROGRAM, "")
            for value in rule.choices:
                choice.addItem(WORDS.get(value, value.replace("_", " ")), value)
            if rule.default is not None:
                choice.setCurrentIndex(max(choice.findData(rule.default), 0))
            choice.setObjectName(f"option_{rule.name}")
            choice.setToolTip(tip)
            self._fields[rule.name] = (None, choice)
            return choice
        row, own = QWidget(self), QCheckBox("Set", self)
        low = rule.minimum if rule.minimum is not None else 0.0
        high = rule.maximum if rule.maximum is not None else 1000.0
        step = 1.0 if rule.kind == "whole" else 0.5
        unit = "" if rule.unit == "1" else rule.unit
        number = NumberBox(rule.title, unit, low, high, step, self, tip=tip, decimals=0 if step == 1 else 1)
        number.show_value(float(rule.default) if isinstance(rule.default, int | float) else low)
        number.setEnabled(False)
        number.setObjectName(f"option_{rule.name}")
        own.setToolTip(f"Else: {BY_PROGRAM.lower()}" if rule.default is None else f"Else: {rule.default:g}")
        own.toggled.connect(number.setEnabled)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(own)
        line.addWidget(number, 1)
        self._fields[rule.name] = (own, number)
        return row

    @property
    def options(self) -> dict[str, str]:
        """What the user set, as text."""
        out: dict[str, str] = {}
        for name, (own, field) in self._fields.items():
            if isinstance(field, QComboBox):
                if field.currentData():
                    out[name] = str(field.currentData())
            elif own is not None and own.isChecked():
                out[name] = f"{field.value():g}"
        return out


def _title(rule: Parameter) -> str:
    """The title up to its first stop: the rest stands in the tip."""
    return rule.title.partition(";")[0].partition(",")[0]
