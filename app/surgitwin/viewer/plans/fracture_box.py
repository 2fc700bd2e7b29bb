"""The fracture of the plan in hand as numbers: place, two tilts, gap, healing stage, real or virtual."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QPushButton, QWidget

from surgitwin.planning.plans import edit as plan_edit
from surgitwin.planning.plans.bone_axes import STEEPEST_DEG, plane_numbers, shaft_range
from surgitwin.procedures.registry import get
from surgitwin.viewer.plans.bench import PROCEDURE, PlanBench
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number_box import NumberBox

FIELDS = {
    "below_mm": ("Below lesser trochanter", "Move fracture to {:.1f} mm below the lesser trochanter"),
    "tilt_front_deg": ("Tilt, front view", "Tilt fracture {:.1f}° in the front view"),
    "tilt_side_deg": ("Tilt, side view", "Tilt fracture {:.1f}° in the side view"),
    "gap_mm": ("Gap", "Fracture gap {:.1f} mm"),
}
TIPS = {
    "below_mm": "Distance of the fracture's middle below the lesser trochanter, along the shaft",
    "tilt_front_deg": "As seen from the front; positive: the medial side is higher",
    "tilt_side_deg": "As seen from the side; positive: the front is higher",
    "gap_mm": "Width of the gap",
}


class FractureBox(QWidget):
    """Numbers of the fracture; each one an undo step."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        rule = next(p for p in get(PROCEDURE).parameters if p.name == "gap_mm")
        ranges = {
            "below_mm": ("mm", 0.0, 500.0, 1.0),
            "tilt_front_deg": ("°", -STEEPEST_DEG, STEEPEST_DEG, 1.0),
            "tilt_side_deg": ("°", -STEEPEST_DEG, STEEPEST_DEG, 1.0),
            "gap_mm": ("mm", rule.minimum or 0.0, rule.maximum or 50.0, 0.5),
        }
        self.boxes: dict[str, NumberBox] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, (unit, low, high, step) in ranges.items():
            words = FIELDS[key][0]
            tip = TIPS[key] + (f". {rule.reason}" if key == "gap_mm" else "")
            box = NumberBox(words, unit, low, high, step, self, tip=tip)
            box.setObjectName(f"fracture_{key}")
            box.edited.connect(partial(self._number, key))
            box.ended.connect(bench.end_step)
            self.boxes[key] = box
            form.addRow(words, box)
        self.healing = QComboBox(self)
        self.healing.setObjectName("fracture_healing")
        self.healing.setAccessibleName("Healing stage of the gap")
        self.healing.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name, words in plan_edit.healing_choices().items():
            self.healing.addItem(words, name)
        self.healing.activated.connect(self._heal)
        form.addRow("Healing", self.healing)
        self.virtual = QCheckBox("Virtual: the bone in the image is whole", self)
        self.virtual.setToolTip("Ticked when this fracture is made by planning and not seen in the image")
        self.virtual.clicked.connect(
            lambda on: bench.set_fracture("Fracture is virtual" if on else "Fracture is real", virtual=on)
        )
        form.addRow(self.virtual)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        form.addRow(self.words)
        self.add = QPushButton("Add a virtual fracture", self)
        self.add.setObjectName("fracture_add")
        self.add.clicked.connect(lambda: bench.set_fracture("Add fracture"))
        self.drop = QPushButton("Remove the fracture", self)
        self.drop.setObjectName("fracture_remove")
        self.drop.clicked.connect(lambda: bench.change("Remove fracture", plan_edit.without_fracture))
        form.addRow(self.add)
        form.addRow(self.drop)
        bench.plan_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Numbers of the plan in hand."""
        bench, plan = self._bench, self._bench.plan
        fracture = None if plan is None else plan.fracture
        anatomy = bench.session.case.anatomy if bench.session.case.state.get("anatomy") else None
        why = bench.why_not() or ("" if anatomy is not None else "The bone is not measured yet.")
        no_fracture = why or ("" if fracture is not None else "The plan has no fracture.")
        for box in (*self.boxes.values(),):
            box.allow(no_fracture)
        for part in (self.healing, self.virtual, self.drop):
            part.setEnabled(not no_fracture)
        self.add.setVisible(fracture is None)
        self.add.setEnabled(not why)
        self.add.setToolTip(why)
        self.drop.setVisible(fracture is not None)
        self.words.setVisible(fracture is None)
        self.words.setText("No fracture: the bone is simulated whole.")
        set_role(self.words, "muted")
        if fracture is None or anatomy is None:
            return
        low, high = shaft_range(anatomy)
        numbers = plane_numbers(anatomy, fracture.plane)
        self.boxes["below_mm"].setRange(min(low, numbers.below_mm), max(high, numbers.below_mm))
        for key in ("below_mm", "tilt_front_deg", "tilt_side_deg"):
            self.boxes[key].show_value(getattr(numbers, key))
        self.boxes["gap_mm"].show_value(fracture.gap_mm)
        self.healing.setCurrentIndex(max(self.healing.findData(fracture.healing), 0))
        self.healing.setToolTip(self.healing.currentText())
        self.virtual.setChecked(fracture.virtual)

    def _number(self, key: str, value: float) -> None:
        title = FIELDS[key][1].format(value)
        if not self._bench.set_fracture(title, f"fracture {key}", **{key: value}):
            self.refresh()

    def _heal(self, at: int) -> None:
        name, words = self.healing.itemData(at), self.healing.itemText(at)
        self._bench.set_fracture(f"Healing stage: {words}", healing=name)
