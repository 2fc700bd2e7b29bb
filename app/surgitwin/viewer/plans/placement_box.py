"""Where the implant in hand is, in numbers along the bone, and the buttons that move it with the bone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from surgitwin.planning.plans.bone_axes import STEEPEST_DEG, PoseNumbers, pose_numbers
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.widgets.number_box import NumberBox

FIELDS = {
    "below_mm": ("Below lesser trochanter", "mm", 800.0, 1.0, "Of the plate's middle or the nail's top"),
    "medial_mm": ("Medial of the shaft's axis", "mm", 200.0, 0.5, "Negative: lateral"),
    "anterior_mm": ("In front of the shaft's axis", "mm", 200.0, 0.5, "Negative: behind"),
    "turn_deg": ("Turn about the shaft", "°", 360.0, 1.0, "Positive: the lateral side goes to the front"),
    "tilt_front_deg": (
        "Tilt, front view",
        "°",
        STEEPEST_DEG,
        0.5,
        "Positive: its upper end leans medially",
    ),
    "tilt_side_deg": (
        "Tilt, side view",
        "°",
        STEEPEST_DEG,
        0.5,
        "Positive: its upper end leans to the front",
    ),
}


class PlacementBox(QWidget):
    """Slide, turn and snap with steps; every number can be typed."""

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._numbers: PoseNumbers | None = None
        self.slide_step = NumberBox("Step of sliding", "mm", 0.1, 50.0, 0.5, self)
        self.slide_step.setValue(2.0)
        self.turn_step = NumberBox("Step of turning", "°", 0.5, 90.0, 1.0, self)
        self.turn_step.setValue(5.0)
        self.buttons: dict[str, QToolButton] = {}
        grid = QGridLayout()
        grid.addWidget(QLabel("Slide along the bone", self), 0, 0)
        grid.addWidget(QLabel("Turn", self), 1, 0)
        self._add(grid, 0, 1, "slide_up", "up", "Up", "Slide towards the hip, following the bone", self._up)
        self._add(grid, 0, 2, "slide_down", "down", "Down", "Slide towards the knee, following the bone",
                  self._down)  # fmt: skip
        self._add(grid, 1, 1, "turn_front", "left", "To the front",
                  "Turn the lateral side to the front", self._front)  # fmt: skip
        self._add(grid, 1, 2, "turn_back", "right", "To the back",
                  "Turn the lateral side to the back", self._back)  # fmt: skip
        grid.addWidget(self.slide_step, 0, 3)
        grid.addWidget(self.turn_step, 1, 3)
        grid.setColumnStretch(3, 1)
        self._add(grid, 2, 0, "snap", "snap", "Snap to bone",
                  "Lay the plate on the bone where it is; centre the nail in the canal", bench.snap,
                  wide=True)  # fmt: skip
        self._add(grid, 2, 1, "refit", "screw", "Refit screws",
                  "Measure every screw again: out of the far side, to the next length made",
                  bench.refit_screws, wide=True, span=3)  # fmt: skip
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.boxes: dict[str, NumberBox] = {}
        for key, (words, unit, reach, step, tip) in FIELDS.items():
            box = NumberBox(words, unit, -reach, reach, step, self, tip=tip)
            box.setObjectName(f"place_{key}")
            box.edited.connect(partial(self._typed, key))
            box.ended.connect(bench.end_step)
            self.boxes[key] = box
            form.addRow(words, box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(grid)
        column.addLayout(form)
        bench.plan_changed.connect(self.refresh)
        bench.ready_changed.connect(lambda _on: self.refresh())
        self.refresh()

    def _add(
        self,
        grid: QGridLayout,
        row: int,
        column: int,
        key: str,
        mark: str,
        text: str,
        tip: str,
        run: Callable[[], object],
        *,
        wide: bool = False,
        span: int = 1,
    ) -> None:
        button = QToolButton(self)
        button.setObjectName(f"implant_{key}")
        button.setAccessibleName(text)
        button.setProperty("tip", tip)
        set_icon(button, mark)
        if wide:
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda _checked=False: run())
        self.buttons[key] = button
        grid.addWidget(button, row, column, 1, span)

    def _up(self) -> None:
        self._bench.slide(self.slide_step.value())

    def _down(self) -> None:
        self._bench.slide(-self.slide_step.value())

    def _front(self) -> None:
        self._bench.turn(self.turn_step.value())

    def _back(self) -> None:
        self._bench.turn(-self.turn_step.value())

    def _typed(self, key: str, value: float) -> None:
        if self._numbers is None:
            return
        numbers = replace(self._numbers, **{key: value})
        if not self._bench.set_numbers(numbers, f"place {key} {self._bench.index}"):
            self.refresh()

    def refresh(self) -> None:
        """Numbers of the implant in hand."""
        bench = self._bench
        why, follow = bench.why_not(implant=True), bench.why_not(implant=True, bone=True)
        for button in self.buttons.values():
            button.setEnabled(not follow)
            button.setToolTip(follow or str(button.property("tip")))
        self._numbers = None
        plan = bench.plan
        if plan is not None and plan.implants and bench.session.case.state.get("anatomy"):
            self._numbers = pose_numbers(bench.session.case.anatomy, plan.implants[bench.index])
        for key, box in self.boxes.items():
            box.allow(why)
            box.show_value(0.0 if self._numbers is None else getattr(self._numbers, key))
