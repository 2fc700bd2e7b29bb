"""Sliders of the device of the plan in hand: depth, position, diameter, length, balloon."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.core.plan import Plan
from surgitwin.implants import item
from surgitwin.procedures.vessel import Knob
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.bench import Looked, VesselBench
from surgitwin.viewer.vessel.device_browser import DeviceBrowser
from surgitwin.viewer.widgets.number import Number

REST_MS = 600
"""A slider that rests so long has made its undo step (handling only)."""


class KnobsBox(QWidget):
    """What is chosen, the button that changes it, and one slider a knob."""

    def __init__(self, bench: VesselBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._made: tuple[Knob, ...] = ()
        self.numbers: dict[str, Number] = {}
        self.title = QLabel(self)
        self.title.setWordWrap(True)
        set_role(self.title, "heading")
        self.source = QLabel(self)
        self.source.setWordWrap(True)
        set_role(self.source, "small")
        self.choose = QPushButton("Choose another ...", self)
        self.choose.setObjectName("chooseDevice")
        set_icon(self.choose, "search")
        self.choose.clicked.connect(lambda _on: self.browse())
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(bench.end_step)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for part in (self.title, self.source, self.choose):
            self._column.addWidget(part)
        bench.looked.connect(self.show_looked)
        bench.plan_changed.connect(self._plan_changed)
        self._plan_changed()

    def _plan_changed(self) -> None:
        plan = self._bench.plan
        has = plan is not None and bool(plan.implants)
        why = self._bench.why_not(bone=True)
        self.choose.setEnabled(has and not why)
        self.choose.setToolTip(why or "Another device of the catalogue, and whether it fits")
        if plan is None or not plan.implants:
            self.title.setText("No plan in hand.")
            self.source.setText("")
            return
        found = item(plan.implants[0].catalogue_id)
        self.title.setText(found.title)
        self.source.setText("Data verified." if found.verified else "Data not verified in every number.")
        self.source.setToolTip(f"Source: {found.source}")
        for name, number in self.numbers.items():
            self._show(number, name, plan)

    def _show(self, number: Number, name: str, plan: Plan) -> None:
        value = plan_value(plan, name)
        if value is not None and not number.slider.isSliderDown():
            number.set_value(value)

    def show_looked(self, seen: Looked | None) -> None:
        """The sliders of this plan; made anew only when their limits changed."""
        knobs = () if seen is None else seen.knobs
        if knobs != self._made:
            for number in self.numbers.values():
                number.setParent(None)
                number.deleteLater()
            self.numbers = {k.option: self._number(k) for k in knobs}
            self._made = knobs
        if seen is not None:
            for name, number in self.numbers.items():
                self._show(number, name, seen.plan)
        for number in self.numbers.values():
            number.setEnabled(not self._bench.why_not())

    def _number(self, knob: Knob) -> Number:
        decimals = 0 if knob.step >= 1 and knob.step == round(knob.step) else 2 if knob.step < 0.1 else 1
        high = knob.maximum if knob.maximum > knob.minimum else knob.minimum + knob.step
        out = Number(
            knob.title.partition(" ")[0] if len(knob.title) > 16 else knob.title, knob.unit, knob.minimum,
            high, knob.minimum, self, decimals=decimals, tip=knob.title,
        )  # fmt: skip
        out.setObjectName(f"knob_{knob.option}")
        out.field.setSingleStep(knob.step)
        out.changed.connect(partial(self._moved, knob))
        self._column.addWidget(out)
        return out

    def _moved(self, knob: Knob, value: float) -> None:
        steps = round((value - knob.minimum) / knob.step)
        stepped = min(max(knob.minimum + steps * knob.step, knob.minimum), knob.maximum)
        title = f"{knob.title} {stepped:.4g} {knob.unit}"
        self._bench.adjust(
            title, {knob.option: stepped}, merge=f"knob {knob.option} {self._bench.desk.active_plan}"
        )
        self._rest.start()

    def browse(self) -> None:
        """The catalogue, with the fit of every device."""
        plan = self._bench.plan
        if plan is None or not plan.implants:
            return
        dialog = DeviceBrowser(self._bench, plan.implants[0].catalogue_id, self)
        dialog.chosen.connect(self._chosen)
        dialog.open()

    def _chosen(self, catalogue_id: str) -> None:
        self._bench.adjust(f"Use {item(catalogue_id).title}", {"catalogue_id": catalogue_id})

    def release(self) -> None:
        """Stop the clock."""
        self._rest.stop()


def plan_value(plan: Plan, name: str) -> float | None:
    """Value of an option that a slider shows; sizes are the catalogue's."""
    if name in plan.options:
        return float(plan.options[name])
    if plan.implants:
        found = getattr(item(plan.implants[0].catalogue_id), name, None)
        return None if found is None else float(found)
    return None
