"""The panel at the left of Compare: which plans, what is shown, motion, cut, probe, export."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.comparing.comparison import Comparison
from surgitwin.report.words import name_text, sentence
from surgitwin.scene.clipping import DIRECTIONS
from surgitwin.scene.difference import COMPARED
from surgitwin.scene.fields import FIELDS
from surgitwin.scene.readout import Reading
from surgitwin.viewer.comparing.model import Request, Shown
from surgitwin.viewer.comparing.plans import ComparePlans
from surgitwin.viewer.comparing.view import reading_text
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role

MIDDLE = 20
"""Position of the motion slider at which the prepared factor is drawn; it goes to twice as much."""
OLD = " (out of date)"
"""Behind the name of a plan whose result no longer belongs to it."""
NOT_COMPARED = "Has no difference with a meaning: choose risk factor, motion, strain or strain energy."


class ComparePanel(QWidget):
    """Signals: asked (another picture is wanted), moved (the factor), clipping (while the cut is dragged),
    played, probe_cleared; `request` and `factor` tell what is chosen."""

    asked = Signal()
    moved = Signal(float)
    clipping = Signal()
    played = Signal(bool)
    probe_cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prepared = 0.0
        self._stale: set[str] = set()
        self.plans = ComparePlans(self)
        self.field, self.load, self.stage, self.reference = (QComboBox(self) for _ in range(4))
        for box, name, words in (
            (self.field, "compareField", "what is painted"),
            (self.load, "compareLoad", "load"),
            (self.stage, "compareStage", "healing stage"),
            (self.reference, "compareReference", "difference to"),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(14)
            box.currentIndexChanged.connect(self._ask)
        for style in FIELDS.values():
            self.field.addItem(style.label, style.name)
        self.field.addItem("Implants only, no result", "")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self._box("Plans", self.plans)
        self._show_box()
        self._motion_box()
        self._clip_box()
        self._probe_box()
        self.plans.changed.connect(self._ask)

    def _box(self, title: str, *widgets: QWidget) -> QVBoxLayout:
        group = QGroupBox(title, self)
        inner = QVBoxLayout(group)
        for widget in widgets:
            inner.addWidget(widget)
        self.column.addWidget(group)
        return inner

    def _show_box(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.stage_label = QLabel("Healing", self)
        for label, box in (
            (QLabel("Paint", self), self.field),
            (QLabel("Load", self), self.load),
            (self.stage_label, self.stage),
        ):
            label.setBuddy(box)
            form.addRow(label, box)
        below = QLabel("Difference to", self)
        below.setBuddy(self.reference)
        form.addRow(below)
        form.addRow(self.reference)
        self.reference.setToolTip("Show the difference of every plan to this one, on the bone")
        self._box("Show").addLayout(form)

    def _motion_box(self) -> None:
        self.motion = QSlider(Qt.Orientation.Horizontal, self)
        self.motion.setObjectName("compareMotion")
        self.motion.setAccessibleName("how large the motion is drawn")
        self.motion.setRange(0, 2 * MIDDLE)
        self.motion.setValue(MIDDLE)
        self.motion_words = QLabel("", self)
        self.motion_words.setWordWrap(True)
        self.play = QPushButton("Play", self)
        self.play.setObjectName("comparePlay")
        self.play.setCheckable(True)
        self.play.setToolTip("Swing between rest and the full load")
        set_icon(self.play, "play")
        row = QHBoxLayout()
        row.addWidget(self.motion, 1)
        row.addWidget(self.play)
        self._box("Motion", self.motion_words).addLayout(row)
        self.motion.valueChanged.connect(self._moved)
        self.play.toggled.connect(self._play)

    def _clip_box(self) -> None:
        self.clip = QCheckBox("Cut the bones open from", self)
        self.clip.setObjectName("compareClip")
        self.direction = QComboBox(self)
        self.direction.setAccessibleName("direction of the cut")
        for name in DIRECTIONS:
            self.direction.addItem(name, name)
        self.clip_at = QSlider(Qt.Orientation.Horizontal, self)
        self.clip_at.setObjectName("compareClipAt")
        self.clip_at.setAccessibleName("position of the cut")
        self.clip_at.setRange(0, 100)
        self.clip_at.setValue(50)
        row = QHBoxLayout()
        row.addWidget(self.clip)
        row.addWidget(self.direction, 1)
        inner = self._box("Cut")
        inner.addLayout(row)
        inner.addWidget(self.clip_at)
        self.clip.toggled.connect(self._clip_changed)
        self.direction.currentIndexChanged.connect(self._clip_changed)
        self.clip_at.valueChanged.connect(self._clip_dragged)
        self.clip_at.sliderReleased.connect(self.asked)
        self._clip_state()

    def _probe_box(self) -> None:
        self.readings = QLabel("", self)
        self.readings.setObjectName("compareReadings")
        self.readings.setTextFormat(Qt.TextFormat.PlainText)
        self.readings.setWordWrap(True)
        self.clear_probe = QPushButton("Take the mark away", self)
        self.clear_probe.clicked.connect(self.probe_cleared)
        self._box("Probe", self.readings, self.clear_probe)
        self.show_readings(None, {})

    # ---- what is chosen -----------------------------------------------------------------------------

    @property
    def request(self) -> Request:
        """What is chosen."""
        clip = None
        if self.clip.isChecked():
            clip = (str(self.direction.currentData()), self.clip_at.value() / 100)
        return Request(
            self.plans.chosen,
            str(self.field.currentData() or ""),
            str(self.load.currentData() or ""),
            str(self.stage.currentData() or ""),
            str(self.reference.currentData() or ""),
            clip,
        )

    @property
    def factor(self) -> float:
        """How many times as large displacements are drawn."""
        return self._prepared * self.motion.value() / MIDDLE

    def show_comparison(self, comparison: Comparison) -> None:
        """Fill the lists; what was chosen stays where it is still there."""
        self.plans.show_plans(comparison)
        names = comparison.names
        loads = [(sentence(name_text(x, names)), x) for x in comparison.loads]
        _refill(self.load, loads, comparison.first_load)
        stages = [(sentence(name_text(x, names)), x) for x in comparison.stages]
        several = len(stages) > 1
        _refill(self.stage, [("Each plan's own stage", ""), *(stages if several else [])], "")
        for widget in (self.stage, self.stage_label):
            widget.setVisible(several)
        others = [p for p in (comparison.intact, *comparison.plans) if p.solved]
        named = ((p.short + (OLD if p.stale else ""), p.name) for p in others)
        _refill(self.reference, [("no difference", ""), *named], "")
        self._fields_state()

    def show_shown(self, shown: Shown) -> None:
        """What the views hold now: how large motion is drawn, which fields there are."""
        self._prepared = shown.factor
        self._stale = {p.plan.name for p in shown.panes if p.stale}
        self._motion_state(painted=any(p.result is not None for p in shown.panes))

    def show_readings(self, readings: Mapping[str, Reading | None] | None, titles: Mapping[str, str]) -> None:
        """What the probe reads, plan by plan; None: nothing is marked."""
        self.clear_probe.setVisible(readings is not None)
        set_role(self.readings, "muted" if readings is None else "figures")
        if readings is None:
            self.readings.setText(
                "Click on a bone or an implant in any view: the value at that place is read in all."
            )
            return
        old = {n: OLD if n in self._stale else "" for n in readings}
        lines = [f"{titles.get(n, n)}{old[n]}: {reading_text(r)}" for n, r in readings.items()]
        self.readings.setText("\n".join(lines))

    # ---- inside -------------------------------------------------------------------------------------

    def _ask(self, *_: object) -> None:
        self._fields_state()
        self.asked.emit()

    def _fields_state(self) -> None:
        """Fields without a difference cannot be chosen while one is shown, and say why."""
        differs = bool(self.reference.currentData())
        model = self.field.model()
        assert isinstance(model, QStandardItemModel)
        for n in range(self.field.count()):
            fits = not differs or self.field.itemData(n) in COMPARED
            model.item(n).setEnabled(fits)
            model.item(n).setToolTip("" if fits else NOT_COMPARED)
        if differs and self.field.currentData() not in COMPARED:
            with QSignalBlocker(self.field):
                self.field.setCurrentIndex(self.field.findData(COMPARED[0]))

    def _moved(self, _value: int) -> None:
        self._motion_state(painted=True)
        self.moved.emit(self.factor)

    def _motion_state(self, *, painted: bool) -> None:
        usable = painted and self._prepared > 0
        self.motion.setEnabled(usable)
        self.play.setEnabled(usable)
        if not usable:
            self.motion_words.setText("Paint a result to see how the bone moves.")
            self.play.setToolTip("Paint a result first.")
            return
        self.play.setToolTip("Swing between rest and the full load")
        factor = self.factor
        times = "not drawn" if factor == 0 else "drawn to scale" if factor == 1 else f"drawn × {factor:.3g}"
        self.motion_words.setText(f"Motion {times}")

    def _play(self, on: bool) -> None:
        self.play.setText("Pause" if on else "Play")
        set_icon(self.play, "pause" if on else "play")
        self.played.emit(on)

    def _clip_state(self) -> None:
        on = self.clip.isChecked()
        self.clip_at.setEnabled(on)
        self.direction.setEnabled(on)

    def _clip_changed(self, *_: object) -> None:
        self._clip_state()
        self.asked.emit()

    def _clip_dragged(self, _value: int) -> None:
        self.clipping.emit()
        if not self.clip_at.isSliderDown():
            self.asked.emit()


def _refill(box: QComboBox, items: list[tuple[str, str]], first: str) -> None:
    """New items without a signal; the choice stays when it is still there, else `first`."""
    kept = box.currentData() if box.count() else first
    with QSignalBlocker(box):
        box.clear()
        for words, data in items:
            box.addItem(words, data)
        at = box.findData(kept)
        box.setCurrentIndex(at if at >= 0 else max(box.findData(first), 0))
