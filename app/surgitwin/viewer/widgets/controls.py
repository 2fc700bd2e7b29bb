"""The panel at the side: axes, window, segments, and what the 3D view shows."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.resources import load_table
from surgitwin.report.words import name_text
from surgitwin.scene.fields import FIELDS
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.prepare import Prepared


class ImageControls(QGroupBox):
    """Scanner or bone axes, and window presets."""

    def __init__(self, model: ViewModel, parent: QWidget | None = None) -> None:
        super().__init__("Image", parent)
        layout = QVBoxLayout(self)
        self.axes = QComboBox(self)
        self.axes.setObjectName("axes")
        self.axes.setAccessibleName("slice axes")
        self.axes.addItem("Slices along the scanner's axes", "scanner")
        if model.anatomy is not None:
            self.axes.addItem("Slices along the bone's axes", "bone")
        else:
            self.axes.setToolTip("Slices along the bone need the measured femur: run Anatomy first.")
        self.axes.setCurrentIndex(self.axes.findData(model.axes_name))
        self.axes.currentIndexChanged.connect(lambda _: model.set_axes(str(self.axes.currentData())))
        layout.addWidget(self.axes)
        row = QGridLayout()
        names = [str(r["name"]) for r in load_table("windows")["presets"]] + ["as opened"]
        for n, name in enumerate(names, start=1):
            button = QPushButton(f"{n} {name}", self)
            button.setToolTip(f"Window preset, key {n}")
            button.clicked.connect(lambda _=False, k=n: model.preset(k))
            row.addWidget(button, (n - 1) // 2, (n - 1) % 2)
        layout.addLayout(row)


class SegmentList(QGroupBox):
    """Eye, colour, name and opacity of every segment."""

    def __init__(self, model: ViewModel, parent: QWidget | None = None) -> None:
        super().__init__("Segments", parent)
        layout = QGridLayout(self)
        labels = model.labels
        if labels is None:
            layout.addWidget(QLabel("No segments yet: run Anatomy first."))
            return
        for n, segment in enumerate(labels.segments):
            eye = QCheckBox(name_text(segment.name), self)
            eye.setObjectName(f"eye_{segment.name}")
            eye.setChecked(True)
            eye.toggled.connect(lambda on, k=segment.label: model.set_visible(k, on))
            patch = QLabel(self)
            patch.setFixedSize(14, 14)
            rgb = ", ".join(str(round(c * 255)) for c in segment.rgb)
            patch.setStyleSheet(f"background: rgb({rgb}); border: 1px solid #adb5bd;")
            slider = QSlider(Qt.Orientation.Horizontal, self)
            slider.setAccessibleName(f"opacity of {segment.name}")
            slider.setRange(0, 100)
            slider.setValue(round(100 * model.opacity[segment.label]))
            slider.valueChanged.connect(lambda v, k=segment.label: model.set_opacity(k, v / 100))
            for column, widget in enumerate((eye, patch, slider)):
                layout.addWidget(widget, n, column)
        layout.setColumnStretch(2, 1)


class SceneControls(QGroupBox):
    """Plan, load, field, deformation and clip of the 3D view."""

    content_changed = Signal()
    factor_changed = Signal(float)
    clip_changed = Signal()

    def __init__(self, prepared: Prepared, parent: QWidget | None = None) -> None:
        super().__init__("3D view", parent)
        self._prepared = prepared
        self.plan, self.load, self.field = (QComboBox(self) for _ in range(3))
        for name, box in (("plan", self.plan), ("load", self.load), ("field", self.field)):
            box.setObjectName(name)
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.plan.addItem("Bone only", "")
        for p in prepared.case.plans:
            self.plan.addItem(f"{p.short or p.title}{'  (OUT OF DATE)' if p.stale else ''}", p.name)
            self.plan.setItemData(self.plan.count() - 1, p.title, Qt.ItemDataRole.ToolTipRole)
        for name in prepared.case.loads if prepared.field_names else ():
            self.load.addItem(name_text(name, prepared.case.names), name)
        self.load.setCurrentIndex(max(self.load.findData(prepared.case.first_load), 0))
        if not self.load.count():
            self.load.setPlaceholderText("no results yet")
        self.deform = QSlider(Qt.Orientation.Horizontal, self)
        self.deform.setObjectName("deformation")
        self.deform.setAccessibleName("deformation factor")
        self.deform.setRange(0, 40)
        self.deform.setValue(20 if prepared.factor else 0)
        self.deform_text = QLabel(self)
        self.clip = QCheckBox("Clip", self)
        self.clip.setObjectName("clip")
        self.clip_at = QSlider(Qt.Orientation.Horizontal, self)
        self.clip_at.setAccessibleName("clip position")
        self.clip_at.setRange(0, 100)
        self.clip_at.setValue(50)
        self._lay_out()
        self._fill_fields()
        if prepared.case.plans:
            self.plan.setCurrentIndex(1)
            self._fill_fields()
        self.plan.currentIndexChanged.connect(self._plan_changed)
        self.load.currentIndexChanged.connect(self._plan_changed)
        self.field.currentIndexChanged.connect(self._content)
        self.deform.valueChanged.connect(self._deformed)
        self.clip.toggled.connect(lambda _: self.clip_changed.emit())
        self.clip_at.valueChanged.connect(lambda _: self.clip_changed.emit())
        self._state()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        for word, widget in (("Plan", self.plan), ("Load", self.load), ("Show", self.field)):
            row = QHBoxLayout()
            label = QLabel(word, self)
            label.setFixedWidth(44)
            row.addWidget(label)
            row.addWidget(widget, 1)
            layout.addLayout(row)
        layout.addWidget(self.deform_text)
        layout.addWidget(self.deform)
        row = QHBoxLayout()
        row.addWidget(self.clip)
        row.addWidget(self.clip_at, 1)
        layout.addLayout(row)

    @property
    def factor(self) -> float:
        """Deformation factor now; the slider's middle is the prepared factor."""
        return self._prepared.factor * self.deform.value() / 20

    def selected(self) -> tuple[str, str, str]:
        """Plan, load and field by name ("" where none)."""
        return tuple(str(b.currentData() or "") for b in (self.plan, self.load, self.field))  # type: ignore[return-value]

    def _fill_fields(self) -> None:
        plan, _, kept = self.selected()
        found = next((p for p in self._prepared.case.plans if p.name == plan), None)
        with QSignalBlocker(self.field):
            self.field.clear()
            self.field.addItem("Anatomy and implants", "")
            if found is not None and found.solved:
                for name in self._prepared.field_names:
                    self.field.addItem(FIELDS[name].label, name)
            self.field.setCurrentIndex(max(self.field.findData(kept), 0))

    def _plan_changed(self, _index: int) -> None:
        self._fill_fields()
        self._content(0)

    def _content(self, _index: int) -> None:
        self._state()
        self.content_changed.emit()

    def _deformed(self, _value: int) -> None:
        self._state()
        self.factor_changed.emit(self.factor)

    def _state(self) -> None:
        """What can do nothing says why."""
        results = bool(self.selected()[2])
        has = self._prepared.factor > 0
        self.load.setEnabled(self.load.count() > 0)
        self.deform.setEnabled(results)
        if not has:
            words = "No results yet: run Simulate to see displacement and stress."
        elif not results:
            words = "Deformation: choose a result under Show."
        else:
            words = f"Deformation drawn × {self.factor:g}"
        self.deform_text.setText(words)
        self.deform_text.setWordWrap(True)
