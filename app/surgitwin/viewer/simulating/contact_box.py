"""How the implant of the plan in hand touches the bone: model, friction, and the three side by side."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.plan import Plan
from surgitwin.planning.solving.contact_models import (
    EXPLAINED,
    WORDS,
    ModelRow,
    has_contact_option,
    model_table,
    own_model,
)
from surgitwin.planning.titles import names_of, short_title
from surgitwin.procedures.fracture_fixation.contact_option import MODELS, friction, with_contact
from surgitwin.procedures.fracture_fixation.options import option
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number_box import NumberBox

SHOWN_LOADS = ("stance_full", "axial")
"""The table shows one row a metric: under full stance, or under the axial load where it is only there."""

HEADS = {"none": "Through", "contact": "Leans", "glued": "Grown in"}
"""The models in the narrow columns of the table."""


class ContactBox(QWidget):
    """Model and friction, each change an undo step; one click simulates the other models too."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.model = QComboBox(self)
        self.model.setObjectName("contact_model")
        self.model.setAccessibleName("How the implant touches the bone")
        for name in MODELS:
            self.model.addItem(WORDS[name], name)
        self.model.activated.connect(self._choose)
        rule = option("friction")
        tip = f"Coulomb friction of implant on bone. {rule.source}. Not verified."
        self.friction = NumberBox(
            "Friction", "", rule.minimum or 0.0, rule.maximum or 1.0, 0.05, self, tip=tip, decimals=2
        )
        self.friction.setObjectName("contact_friction")
        self.friction.edited.connect(self._rub)
        self.friction.ended.connect(bench.end_step)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.words, "muted")
        self.all_three = QPushButton("Simulate all three ways", self)
        self.all_three.setObjectName("contact_all_three")
        set_icon(self.all_three, "simulate")
        self.all_three.clicked.connect(self._simulate)
        self.table = QTableWidget(0, len(MODELS), self)
        self.table.setObjectName("contact_table")
        self.table.setAccessibleName("The plan under the three contact models")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setHorizontalHeaderLabels([HEADS[m] for m in MODELS])
        self.table.verticalHeader().hide()
        form = QFormLayout()
        form.addRow("Touches the bone", self.model)
        form.addRow("Friction", self.friction)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        for part in (self.words, self.all_three, self.table):
            column.addWidget(part)
        bench.plan_changed.connect(self.refresh)
        bench.list_changed.connect(self.refresh_table)
        self.refresh()
        self.refresh_table()

    def refresh(self) -> None:
        """What the plan in hand says."""
        plan = self._bench.plan
        why = self._bench.why_not(implant=True)
        if not why and plan is not None and not has_contact_option(plan):
            why = "This kind of plan knows no contact."
        self.model.setEnabled(not why)
        model = "none" if plan is None or why else own_model(plan)
        self.friction.allow(
            why or ("" if model == "contact" else "Only where the implant leans on the bone.")
        )
        self.model.setCurrentIndex(MODELS.index(model))
        self.words.setText(why or EXPLAINED[model])
        self.all_three.setEnabled(not why)
        self.all_three.setToolTip(why or "Adds the two other models; each takes as long as a simulation")
        if plan is not None and not why:
            self.friction.show_value(friction(plan))

    def summary(self) -> str:
        """The chosen model, for the heading."""
        plan = self._bench.plan
        return "" if plan is None or not has_contact_option(plan) else WORDS[own_model(plan)]

    def refresh_table(self) -> None:
        """The three models of the plan in hand, where all are simulated."""
        plan = self._bench.plan
        known = plan is not None and has_contact_option(plan)
        self._fill(model_table(self._bench.session.case, plan.name) if plan is not None and known else [])

    def _fill(self, rows: list[ModelRow]) -> None:
        plan = self._bench.plan
        shown: dict[str, ModelRow] = {}
        for load in reversed(SHOWN_LOADS):
            shown |= {r.id: r for r in rows if r.load_case == load}
        kept = [shown[i] for i in dict.fromkeys(r.id for r in rows) if i in shown]
        self.table.setVisible(bool(kept))
        self.table.clearSpans()
        self.table.setRowCount(2 * len(kept))
        names = {} if plan is None else names_of([plan])
        for n, row in enumerate(kept):
            unit = "" if row.unit == "1" else f", {row.unit}"
            head = QTableWidgetItem(f"{names.get(row.id, row.id)}{unit}")
            head.setToolTip(names.get(row.load_case, row.load_case))
            self.table.setItem(2 * n, 0, head)
            self.table.setSpan(2 * n, 0, 1, len(MODELS))
            for k, model in enumerate(MODELS):
                value = row.values.get(model)
                cell = QTableWidgetItem("-" if value is None else f"{value:.4g}")
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(2 * n + 1, k, cell)
        high = sum(self.table.rowHeight(n) for n in range(2 * len(kept)))
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + high + 4)

    def _choose(self, at: int) -> None:
        name = self.model.itemData(at)
        self._bench.change(f"Contact: {WORDS[name]}", partial(_under, model=name))

    def _rub(self, value: float) -> None:
        def change(plan: Plan) -> Plan:
            return with_contact(plan, own_model(plan), round(value, 2))

        if not self._bench.change(f"Friction {value:.2f}", change, "contact friction"):
            self.refresh()

    def _simulate(self) -> None:
        plan = self._bench.plan
        if plan is not None:
            arguments = {"plans": [plan.name], "contact_models": True}
            jobs = self._bench.desk.jobs
            assert jobs is not None  # of an open case
            jobs.start("solve", arguments, f"{short_title(plan)}: three ways to touch the bone")


def _under(plan: Plan, model: str) -> Plan:
    return with_contact(plan, model)
