"""What the views of Compare show: field, opened wall, calcium, and which plans."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.vessels.verdict import vessel_verdict
from surgitwin.scene.vessel_fields import VESSEL_FIELDS
from surgitwin.viewer.icons import icon, set_icon
from surgitwin.viewer.plans.plan_list import MARKS
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.compare_model import MOST_PANES, VesselComparison, VesselRequest
from surgitwin.viewer.vessel.risks_box import RisksBox
from surgitwin.viewer.widgets.fold import Fold

GROUPS = "Beside published groups"
NAME = Qt.ItemDataRole.UserRole


class VesselComparePanel(QWidget):
    """changed: another request. report_asked: the button for the report."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None, flow: QWidget | None = None) -> None:
        """flow: box about the flow, in an artery."""
        super().__init__(parent)
        self.field = QComboBox(self)
        self.field.setObjectName("vesselField")
        self.field.setAccessibleName("What is painted on the wall")
        for name, style in VESSEL_FIELDS.items():
            self.field.addItem(style.title, name)
        self.field.addItem("Nothing: the wall as glass", "")
        self.open_wall = QCheckBox("Wall opened at the front", self)
        self.open_wall.setObjectName("openWall")
        self.open_wall.setChecked(True)
        self.calcium = QCheckBox("Calcium", self)
        self.calcium.setObjectName("showCalcium")
        self.calcium.setChecked(True)
        self.list = QListWidget(self)
        self.list.setObjectName("vesselPlans")
        self.list.setAccessibleName("Plans to compare")
        self.told = QLabel(f"Tick up to {MOST_PANES} plans.", self)
        set_role(self.told, "muted")
        self.warnings = QLabel("", self)
        self.warnings.setObjectName("vesselWarnings")
        self.warnings.setWordWrap(True)
        self.warnings.setTextFormat(Qt.TextFormat.PlainText)
        self.warnings.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.warnings, "small")
        self.verdict = QLabel("", self)
        self.verdict.setWordWrap(True)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        self.risks, self.flow = RisksBox(self), flow
        self.again = QPushButton("Deploy what is missing", self)
        set_icon(self.again, "simulate")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.folds = {}
        for title, parts, is_open in (
            ("Plans in 3D", (self.told, self.list), True),
            ("On the wall", (self.field, self.open_wall, self.calcium), True),
            ("What the numbers say", (self.verdict,), True),
            (GROUPS, (self.risks,), True),
            *([] if self.flow is None else [("Flow and FFR", (self.flow,), True)]),
            ("What to keep in mind", (self.warnings,), False),
        ):
            fold = self.folds[title] = Fold(title, self, open_=is_open)
            for part in parts:
                fold.column.addWidget(part)
            column.addWidget(fold)
        column.addWidget(self.again)
        column.addStretch(1)
        self.field.currentIndexChanged.connect(lambda _n: self.changed.emit())
        self.open_wall.toggled.connect(lambda _on: self.changed.emit())
        self.calcium.toggled.connect(lambda _on: self.changed.emit())
        self.list.itemChanged.connect(self._ticked)

    @property
    def request(self) -> VesselRequest:
        """What the views should show."""
        return VesselRequest(
            tuple(self.ticks),
            str(self.field.currentData()),
            self.open_wall.isChecked(),
            self.calcium.isChecked(),
        )

    @property
    def ticks(self) -> list[str]:
        """Ticked plans in the order of the list."""
        items = (self.list.item(n) for n in range(self.list.count()))
        return [str(i.data(NAME)) for i in items if i.checkState() == Qt.CheckState.Checked]

    def set_ticks(self, names: list[str]) -> None:
        """Tick exactly these plans, without telling."""
        self.list.blockSignals(True)
        for n in range(self.list.count()):
            item = self.list.item(n)
            on = item.data(NAME) in names
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)

    def show_risks(self, comparison: VesselComparison, name: str) -> None:
        """Published groups beside the numbers of one plan; nothing where the procedure knows none."""
        rows = {p["name"]: p for p in comparison.compare["plans"]}
        row = rows.get(name)
        risks = [] if row is None else row["risks"]
        self.folds[GROUPS].setVisible(any(r["risks"] for r in rows.values()))
        stale = row is not None and row["stale"]
        self.risks.show_risks(comparison.titles.get(name, name), risks, stale=stale)

    def _ticked(self, item: QListWidgetItem) -> None:
        if len(self.ticks) > MOST_PANES:
            self.list.blockSignals(True)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.blockSignals(False)
            self.told.setText(f"{MOST_PANES} plans at most: untick one first.")
            return
        self.told.setText(f"Tick up to {MOST_PANES} plans.")
        self.changed.emit()

    def show_comparison(self, comparison: VesselComparison) -> None:
        """Plans, order and warnings; ticks of plans that are still there stay."""
        kept = [t for t in self.ticks if t in comparison.titles]
        if not kept:
            current = [p.name for p in comparison.plans if p.name in comparison.found and not p.stale]
            kept = (current or [p.name for p in comparison.plans])[:2]
        self.list.blockSignals(True)
        self.list.clear()
        for plan in comparison.plans:
            mark, role = MARKS[plan.state]
            item = QListWidgetItem(icon(mark, role), plan.short)
            item.setData(NAME, plan.name)
            item.setToolTip(plan.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if plan.name in kept else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        height = max(self.list.sizeHintForRow(0), 20)
        self.list.setFixedHeight(min(max(self.list.count(), 2), 10) * height + 8)
        self.warnings.setText("\n\n".join(comparison.compare["warnings"]))
        count = len(comparison.compare["warnings"])
        self.folds["What to keep in mind"].set_summary(str(count) if count else "", "warning")
        self.verdict.setText(_said(comparison))
        missing = [p for p in comparison.plans if p.state != "current"]
        self.again.setVisible(bool(missing))
        self.again.setText(f"Deploy {len(missing)} plan{'s' if len(missing) > 1 else ''} at L1")


def _said(comparison: VesselComparison) -> str:
    """The best by each deciding number, and what fails or is missing: never one winner."""
    return "\n\n".join(vessel_verdict(comparison.compare, comparison.titles))
