"""Settings of brush and eraser."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.label_editor import RADIUS_MM, LabelEditor
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number import Number

OVERWRITE = {"visible": "All shown, unlocked segments", "background": "Background only"}
HU = (-1024, 3071)
"""Range of a CT's stored values (12 bits)."""


def hu_field(value: float, words: str, parent: QWidget, unit: str = "HU") -> QDoubleSpinBox:
    """A field for one limit in units of the image."""
    field = QDoubleSpinBox(parent)
    field.setDecimals(0)
    field.setRange(-32768, 32767)
    field.setSingleStep(10)
    field.setValue(value)
    field.setSuffix(f" {unit}" if unit else "")
    field.setAccessibleName(words)
    field.setToolTip(words)
    field.setKeyboardTracking(False)
    field.setMaximumWidth(120)
    return field


class BrushPanel(QWidget):
    """Radius (mm; units of the file without a scale), disc or sphere, what may be painted over."""

    def __init__(self, editor: LabelEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        unit = "mm" if editor.model.volume.scale_known else "units"
        self.radius = Number(
            "Radius", unit, *RADIUS_MM, editor.radius_mm, self,
            decimals=1, even=False, tip="Radius of the brush. Shift+wheel over a slice changes it, too",
        )  # fmt: skip
        self.radius.changed.connect(lambda value: editor.set(radius_mm=value))
        self.over = QComboBox(self)
        for key, words in OVERWRITE.items():
            self.over.addItem(words, key)
        self.over.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.over.setMinimumContentsLength(14)
        self.over.setToolTip("What the brush may paint over; locked segments never change")
        self.over.setAccessibleName("what the brush may paint over")
        self.over.currentIndexChanged.connect(lambda _: editor.set(overwrite=self.over.currentData()))
        self.over_label = QLabel("Paint over", self)
        self._lay_out()
        editor.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.radius)
        shapes = QHBoxLayout()
        self.shapes = QButtonGroup(self)
        self.shape_buttons = {}
        for shape, words, tip in (
            ("disc", "Disc", "Paints the slice under the mouse only"),
            ("sphere", "Sphere", "Paints a ball through several slices"),
        ):
            button = self.shape_buttons[shape] = QToolButton(self)
            button.setObjectName(f"brush_{shape}")
            button.setText(words)
            button.setCheckable(True)
            button.setToolTip(tip)
            set_icon(button, shape)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(lambda _=False, s=shape: self._editor.set(shape=s))
            self.shapes.addButton(button)
            shapes.addWidget(button)
        shapes.addStretch(1)
        column.addLayout(shapes)
        over = QHBoxLayout()
        over.addWidget(self.over_label)
        over.addWidget(self.over, 1)
        column.addLayout(over)
        note = QLabel("In the 3D view the brush is always a sphere.", self)
        note.setWordWrap(True)
        set_role(note, "small")
        column.addWidget(note)

    def set_erase(self, erase: bool) -> None:
        """For the eraser: it takes the chosen segment only."""
        self.over.setVisible(not erase)
        self.over_label.setVisible(not erase)

    def refresh(self) -> None:
        """Radius and shape as the editor has them."""
        if abs(self.radius.value - self._editor.radius_mm) > 0.04:
            self.radius.set_value(self._editor.radius_mm)
        self.shape_buttons[self._editor.shape].setChecked(True)

    def release(self) -> None:
        """Stop listening."""
        self._editor.changed.disconnect(self.refresh)
