"""Let the program propose plans: its options in plain words, then a job."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from surgitwin.implants import NailItem, PlateItem, catalogue
from surgitwin.planning.plans.edit import healing_choices
from surgitwin.planning.plans.rows import implant_rows
from surgitwin.procedures.base import Parameter
from surgitwin.procedures.registry import get
from surgitwin.viewer.plans.bench import PROCEDURE, PlanBench
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number_box import NumberBox

WORDS = {
    "gap_mm": "Width of the gap",
    "healing": "Healing stage of the gap",
    "cut_below_lt_mm": "Fracture below the lesser trochanter",
    "plate": "Plate",
    "nail": "Nail",
    "screws_per_side": "Plate screws on each side",
    "standoff_mm": "Smallest distance from plate to bone",
    "ream_limit_mm": "Cortex that reaming may take",
}
"""Labels of the form; an option that is not here carries the title of its procedure."""
CHOSEN = "Chosen by the program"
OF_FRACTURE = ("gap_mm", "healing", "cut_below_lt_mm")


class ProposeDialog(QDialog):
    """`arguments` for the job "propose" when it was accepted."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("proposeDialog")
        self.setWindowTitle("Propose plans")
        self._bench = bench
        self.fields: dict[str, QWidget] = {}
        plan = bench.plan
        self.keep = QCheckBox("Use the fracture of the plan in hand", self)
        self.keep.setEnabled(plan is not None and plan.fracture is not None)
        self.keep.setToolTip(
            "Else a virtual transverse fracture is made at the distance given here"
            if self.keep.isEnabled()
            else "The plan in hand has no fracture"
        )
        self.keep.setChecked(self.keep.isEnabled())
        words = QLabel(
            "The program makes one plan with a plate and one with a nail, the best that fit. "
            "Plans that you changed are kept.",
            self,
        )
        words.setWordWrap(True)
        set_role(words, "muted")
        form = QFormLayout()
        form.addRow(self.keep)
        for rule in get(PROCEDURE).parameters:
            field = self._field(rule)
            self.fields[rule.name] = field
            field.setObjectName(f"option_{rule.name}")
            field.setToolTip(f"{rule.reason} Source of the default: {rule.source}".strip())
            form.addRow(WORDS.get(rule.name, rule.title), field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        go = buttons.addButton("Propose plans", QDialogButtonBox.ButtonRole.AcceptRole)
        set_role(go, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(buttons)
        self.keep.toggled.connect(self._enable)
        self._enable()

    def _field(self, rule: Parameter) -> QWidget:
        if rule.name in ("plate", "nail"):
            kind = PlateItem if rule.name == "plate" else NailItem
            box = QComboBox(self)
            box.addItem(CHOSEN, None)
            for row in implant_rows():
                if isinstance(catalogue()[row.id], kind):
                    box.addItem(
                        f"{row.title}, {row.length_mm:g} mm" if kind is PlateItem else row.title, row.id
                    )
            return box
        if rule.kind == "text":
            box = QComboBox(self)
            names = healing_choices() if rule.name == "healing" else {c: c for c in rule.choices}
            for name, words in names.items():
                box.addItem(words, name)
            box.setCurrentIndex(max(box.findData(rule.default), 0))
            return box
        whole = rule.kind == "whole"
        low = rule.minimum if rule.minimum is not None else 0.0
        high = rule.maximum if rule.maximum is not None else 1000.0
        unit = "" if rule.unit == "1" else rule.unit
        number = NumberBox(
            rule.title, unit, low, high, 1.0 if whole else 0.5, self, decimals=0 if whole else 1
        )
        number.show_value(float(rule.default or low))
        return number

    def _enable(self) -> None:
        for name in OF_FRACTURE:
            self.fields[name].setEnabled(not self.keep.isChecked())

    @property
    def arguments(self) -> dict[str, Any]:
        """What the job is given: the procedure, only options that were changed, whose fracture."""
        options: dict[str, Any] = {}
        for rule in get(PROCEDURE).parameters:
            field = self.fields[rule.name]
            if not field.isEnabled():
                continue
            value = field.currentData() if isinstance(field, QComboBox) else _number(field, rule)
            if value is not None and value != rule.default:
                options[rule.name] = value
        out: dict[str, Any] = {"procedure": PROCEDURE, "options": options}
        if self.keep.isChecked():
            out["fracture_of"] = self._bench.desk.active_plan
        return out


def _number(field: QWidget, rule: Parameter) -> float | int | None:
    if not isinstance(field, NumberBox):
        return None
    return int(field.value()) if rule.kind == "whole" else float(field.value())


def ask_proposal(bench: PlanBench, parent: QWidget) -> ProposeDialog:
    """Open the dialog; accepted, the job starts."""
    dialog = ProposeDialog(bench, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def start() -> None:
        if bench.desk.jobs is not None:
            arguments = dialog.arguments
            bench.desk.attempt(lambda: bench.desk.jobs.start("propose", arguments, "Propose plans"))  # type: ignore[union-attr]

    dialog.accepted.connect(start)
    dialog.open()
    return dialog
