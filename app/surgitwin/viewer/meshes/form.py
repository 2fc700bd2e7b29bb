"""What is asked for the mesh of a vessel: what of it, edges, layers, ends."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.arrays import FloatArray
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number_box import NumberBox

BLOOD, WALL, BOTH = "blood", "wall", "both"
KINDS = {BLOOD: "Blood", WALL: "Wall", BOTH: "Wall and blood, with shared nodes"}
START = {"size": 2.0, "least": 0.7, "per_radius": 2.0, "wall": 1.0, "first": 0.1, "growth": 1.3}
"""What the fields begin with; those of `mesh-vessel`, sizes for a vessel of some 10 mm."""


class VesselForm(QWidget):
    """`changed` when something was entered. cuts: points (3,) LPS mm at which the vessel is opened."""

    changed = Signal()
    wants_cut = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cuts: list[FloatArray] = []
        self.segment, self.kind = QComboBox(self), QComboBox(self)
        self.segment.setObjectName("vesselMeshSegment")
        self.kind.setObjectName("vesselMeshKind")
        for key, words in KINDS.items():
            self.kind.addItem(words, key)
        self.largest = self._box("Largest edge", "mm", 0.05, 10, START["size"])
        self.least = self._box("Smallest edge", "mm", 0.02, 10, START["least"])
        self.per_radius = self._box(
            "Edges to a radius", "", 0.5, 10, START["per_radius"],
            tip="So many edges to the radius of curvature: 2 keep the surface within 3 % of it",
        )  # fmt: skip
        self.wall = self._box("Thickness of the wall", "mm", 0.05, 10, START["wall"])
        self.layers = QSpinBox(self)
        self.layers.setRange(1, 12)
        self.layers.setValue(3)
        self.layers.setToolTip("Of the wall, and of the thin cells of the blood at the wall")
        self.first = self._box(
            "First layer", "mm", 0.005, 5, START["first"], tip="Blood: thickness at the wall"
        )
        self.growth = self._box("Next layer over this", "times", 1, 3, START["growth"])
        self.longer = self._box("Prolong open ends by", "diameters", 0, 20, 0.0)
        self.ends = QCheckBox("Open the ends of its vessel tree", self)
        self.ends.setObjectName("vesselMeshEnds")
        self._lay_out()
        for combo in (self.segment, self.kind):
            combo.currentIndexChanged.connect(lambda _: self._follow())
        self.layers.valueChanged.connect(lambda _: self.changed.emit())
        self.ends.toggled.connect(lambda _: self.changed.emit())
        self._follow()

    def _box(self, words: str, unit: str, low: float, high: float, value: float, tip: str = "") -> NumberBox:
        box = NumberBox(words, unit, low, high, 0.1, self, tip=tip, decimals=2)
        box.show_value(value)
        box.edited.connect(lambda _: self.changed.emit())
        return box

    def _lay_out(self) -> None:
        self.form = QFormLayout()
        rows: list[tuple[str, QWidget]] = [
            ("&Segment", self.segment), ("&Mesh", self.kind), ("Largest edge", self.largest),
            ("Smallest edge", self.least), ("Edges to a radius of curvature", self.per_radius),
            ("Wall, thickness", self.wall), ("Layers", self.layers), ("First layer of blood", self.first),
            ("Each next layer", self.growth), ("Prolong open ends", self.longer),
        ]  # fmt: skip
        for words, widget in rows:
            self.form.addRow(words, widget)
        self.cut, self.uncut = QPushButton("Cut open at the crosshair", self), QPushButton("Take back", self)
        self.cut.setObjectName("vesselMeshCut")
        self.cut.setToolTip("Put the crosshair into the vessel where it shall end; the smaller side goes")
        set_icon(self.cut, "scissors")
        set_icon(self.uncut, "undo")
        self.cut.clicked.connect(lambda _: self.wants_cut.emit())
        self.uncut.clicked.connect(lambda _: self._take_back())
        self.cut_words = QLabel(self)
        self.cut_words.setWordWrap(True)
        set_role(self.cut_words, "muted")
        row = QHBoxLayout()
        row.addWidget(self.cut)
        row.addWidget(self.uncut)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.form)
        column.addLayout(row)
        column.addWidget(self.cut_words)
        column.addWidget(self.ends)

    def add_cut(self, point_mm: FloatArray) -> None:
        """One more place at which the vessel is opened."""
        self.cuts.append(point_mm)
        self._follow()

    def _take_back(self) -> None:
        if self.cuts:
            self.cuts.pop()
        self._follow()

    def _follow(self) -> None:
        """Only the fields that count for what is meshed; the places in words."""
        kind = str(self.kind.currentData())
        for widget, on in (
            (self.wall, kind != BLOOD), (self.first, kind != WALL), (self.growth, kind != WALL),
        ):  # fmt: skip
            self.form.setRowVisible(widget, on)
        places = "; ".join(f"{x:.0f}, {y:.0f}, {z:.0f}" for x, y, z in self.cuts)
        closed = "Closed at all ends: put the crosshair into the vessel near an end, then cut it open."
        self.cut_words.setText(f"Cut open at LPS {places} mm." if places else closed)
        self.uncut.setEnabled(bool(self.cuts))
        self.changed.emit()

    def arguments(self) -> dict[str, Any]:
        """Of the job "vessel_mesh"."""
        kind = str(self.kind.currentData())
        return {
            "segment": self.segment.currentText(),
            "wish": {
                "size_mm": self.largest.value(),
                "least_mm": min(self.least.value(), self.largest.value()),
                "per_radius": self.per_radius.value(),
                "wall_mm": None if kind == BLOOD else self.wall.value(),
                "blood": kind == BOTH,
                "layers": self.layers.value(),
                "first_mm": self.first.value(),
                "growth": self.growth.value(),
                "extensions": self.longer.value(),
            },
            "cuts": [[float(v) for v in c] for c in self.cuts],
            "open_ends": self.ends.isEnabled() and self.ends.isChecked(),
        }
