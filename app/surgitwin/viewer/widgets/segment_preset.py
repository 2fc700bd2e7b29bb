"""Segment automatically: choose a preset, see its settings and what they catch, start it as a job."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.segmentation import load_preset, names
from surgitwin.segmentation.presets import Preset
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segment_previews import Preview, preset_overlay
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number import Number

Row = tuple[str, str, float, float, int, str]
PARAMETERS: dict[str, Row] = {
    "seed_hu": ("Surely bone", "HU", 100, 1200, 0, "Dense bone over this value is where every bone begins"),
    "bone_hu": ("Bone edge", "HU", 0, 500, 0, "No voxel under this value becomes bone"),
    "soft_tissue_hu": (
        "Soft tissue",
        "HU",
        -100,
        150,
        0,
        "The outer edge lies half way from here to the cortex",
    ),
    "mineral_hu": ("Marrow under", "HU", -50, 300, 0, "Inside the bone, what lies under this value is canal"),
    "edge_reach_mm": ("Edge reach", "mm", 0.5, 8, 1, "The cortex of an edge lies within this distance"),
    "closing_mm": ("Close gaps", "mm", 0, 8, 1, "Openings in the cortex up to twice this width are closed"),
    "smoothing_mm": ("Smoothing", "mm", 0, 3, 1, "Takes noise from the outline"),
    "speck_mm3": ("Specks under", "mm³", 0, 1000, 0, "Smaller islands in bone or canal are noise"),
    "seed_min_mm3": ("Smallest bone", "mm³", 10, 10000, 0, "Smaller dense islands are no bone of their own"),
    "air_hu": ("Air under", "HU", -900, -100, 0, "Tells tables and clothes from the body"),
    "air_share": ("Air around", "", 0.05, 0.9, 2, "An object with more air round it is no bone"),
    "tube_min_mm": (
        "Shaft, least",
        "mm",
        10,
        200,
        0,
        "Shortest stretch of tube that counts as a femoral shaft",
    ),
    "slender_mm2": ("Shaft, section", "mm²", 200, 5000, 0, "Largest section of a shaft"),
}
"""Parameter -> words, unit, limits of the slider, decimals, what it does."""
FIRST = ("seed_hu", "bone_hu")


class PresetPanel(QWidget):
    """`parameters`: what differs from the preset's own values. The preview follows the sliders."""

    def __init__(self, desk: Desk, preview: Preview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._preview = desk, preview
        self.choice = QComboBox(self)
        self.choice.setObjectName("preset")
        self.choice.setAccessibleName("preset")
        for name in names():
            self.choice.addItem(load_preset(name).title, name)
        self.numbers: dict[str, Number] = {}
        self._first, self._rest = QVBoxLayout(), QWidget(self)
        self._rest_column = QVBoxLayout(self._rest)
        self._rest_column.setContentsMargins(0, 0, 0, 0)
        self.live = QCheckBox("Show in the slices", self)
        self.live.setToolTip("Paint over the slices what these values catch, while the sliders move")
        self.legend = QLabel("Orange: surely bone. Yellow: may be bone.", self)
        set_role(self.legend, "small")
        self.more, self.reset = QPushButton("More settings", self), QPushButton("Reset", self)
        self.more.setCheckable(True)
        self.reset.setToolTip("Back to the preset's own values")
        set_icon(self.reset, "reset")
        self.start = QPushButton("Segment", self)
        self.start.setObjectName("segmentNow")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        self._lay_out()
        self._fill()
        self.choice.currentIndexChanged.connect(lambda _: self._fill())
        self.live.toggled.connect(lambda _: self.show_preview())
        self.more.toggled.connect(self._rest.setVisible)
        self.reset.clicked.connect(lambda _: self._fill())
        self.start.clicked.connect(lambda _: self.run())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.choice)
        column.addLayout(self._first)
        column.addWidget(self.live)
        column.addWidget(self.legend)
        column.addWidget(self._rest)
        row = QHBoxLayout()
        for widget in (self.more, self.reset):
            row.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.start)
        self._rest.hide()
        self.legend.hide()

    def _fill(self) -> None:
        """Numbers of the chosen preset at its own values."""
        for number in self.numbers.values():
            number.setParent(None)
            number.deleteLater()
        preset = load_preset(self.choice.currentData())
        self.numbers = {}
        for name, value in preset.parameters.items():
            words, unit, low, high, decimals, tip = PARAMETERS.get(
                name, (name.replace("_", " "), "", min(0, 2 * value), max(1, 2 * value), 1, "")
            )
            number = self.numbers[name] = Number(
                words, unit, low, high, value, self, decimals=decimals, tip=f"{tip}. Preset: {value:g} {unit}"
            )
            number.setObjectName(f"parameter_{name}")
            number.changed.connect(lambda _value: self._slid())
            if name in FIRST:
                self._first.addWidget(number)
            else:
                self._rest_column.addWidget(number)
        self.show_preview()

    def _slid(self) -> None:
        if not self.live.isChecked():
            self.live.setChecked(True)
        self.show_preview()

    @property
    def parameters(self) -> dict[str, float]:
        """Values that differ from the preset's own."""
        own = load_preset(self.choice.currentData()).parameters
        return {k: n.value for k, n in self.numbers.items() if abs(n.value - own[k]) > 1e-9}

    @property
    def preset(self) -> Preset:
        """The chosen preset with the values of now."""
        return load_preset(self.choice.currentData(), self.parameters)

    def show_preview(self) -> None:
        """Paint what the values catch, when that is wanted."""
        on = self.live.isChecked() and self._desk.model is not None
        self.legend.setVisible(self.live.isChecked())
        if on and self._desk.model is not None:
            self._preview.show(preset_overlay(self._desk.model, self.preset))
        else:
            self._preview.show(None)

    def run(self) -> None:
        """Start the segmentation as a job."""
        self.live.setChecked(False)
        jobs = self._desk.jobs
        if jobs is not None:
            arguments = {"preset": self.choice.currentData(), "parameters": self.parameters}
            self._desk.attempt(lambda: jobs.start("segment", arguments, "Segment the bone"))

    def refresh(self, why_not: str, again: bool) -> None:
        """why_not: why it cannot start now. again: there are segments that would be replaced."""
        self.start.setEnabled(not why_not)
        words = "Segment again" if again else "Segment"
        self.start.setText(words)
        tip = "Find the bone in the image"
        if again:
            tip = "Find the bone anew: corrections by hand go, segments that you added stay. It can be undone"
        self.start.setToolTip(why_not or tip)
