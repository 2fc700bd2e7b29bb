"""Name, place and body weight of a new case, judged while one types."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from surgitwin.imaging import Series
from surgitwin.mechanics.femur_loads import BODY_WEIGHT_RANGE_KG
from surgitwin.planning.case_names import (
    SUFFIX,
    cases_folder,
    free_path,
    name_fault,
    nameless_name,
    suggested_name,
)
from surgitwin.planning.privacy.deidentify_new import Anonymous
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.preferences import change, preferences
from surgitwin.viewer.theme import set_role

SIDES = {"L": "left", "R": "right"}


class ImportForm(QWidget):
    """`changed` tells that `fault`, `path` or `body_weight_kg` may be others now."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._header_kg: float | None = None
        self.name, self.folder = QLineEdit(self), QLineEdit(self)
        self.name.setObjectName("caseNameField")
        self.name.setAccessibleName("name of the new case")
        self.folder.setObjectName("caseFolderField")
        self.folder.setAccessibleName("folder of the new case")
        self.folder.setText(str(cases_folder()))
        self.without = QCheckBox("Without the patient's &identity", self)
        self.without.setObjectName("importWithout")
        self.without.setToolTip(
            "Keep no ID, UID, date or description of the images in the case, nor sex and age; "
            "the body weight is to be typed"
        )
        self._series: Series | None = None
        self.browse = QPushButton("Change ...", self)
        self.browse.setToolTip("Choose the folder for new cases")
        set_icon(self.browse, "folder")
        self.weight = QDoubleSpinBox(self)
        self.weight.setObjectName("importWeight")
        self.weight.setAccessibleName("body weight in kg")
        self.weight.setRange(0.0, BODY_WEIGHT_RANGE_KG[1])
        self.weight.setDecimals(1)
        self.weight.setSuffix(" kg")
        self.weight.setSpecialValueText("not known")
        self.weight_words, self.side_words, self.fault_words = QLabel(self), QLabel(self), QLabel(self)
        for label, role in (
            (self.weight_words, "muted"),
            (self.side_words, ""),
            (self.fault_words, "warning"),
        ):
            label.setWordWrap(True)
            set_role(label, role)
        self._lay_out()
        self.name.textChanged.connect(lambda _text: self._judge())
        self.folder.textChanged.connect(lambda _text: self._judge())
        self.weight.valueChanged.connect(lambda _value: self._judge())
        self.browse.clicked.connect(self._choose)
        self.without.toggled.connect(self._suggest)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        rows: tuple[tuple[str, QWidget, QWidget | None], ...] = (
            ("&Name of the case", self.name, None),
            ("Saved &in", self.folder, self.browse),
            ("Body &weight", self.weight, self.weight_words),
            ("Side", self.side_words, None),
            ("", self.without, None),
        )
        for n, (words, field, beside) in enumerate(rows):
            label = QLabel(words, self)
            label.setBuddy(field)
            grid.addWidget(label, n, 0)
            line = QHBoxLayout()
            line.addWidget(field, 0 if field is self.weight else 1)
            if beside is not None:
                line.addWidget(beside, 1 if field is self.weight else 0)
            grid.addLayout(line, n, 1)
        grid.addWidget(self.fault_words, len(rows), 1)
        grid.setColumnStretch(1, 1)

    def show_series(self, series: Series) -> None:
        """Begin with what the image header says."""
        self._series = series
        with QSignalBlocker(self.without):
            self.without.setChecked(preferences().import_without_identity)
        self._suggest(self.without.isChecked())
        side = SIDES.get(series.laterality[:1].upper())
        self.side_words.setText(
            f"The image header says {side}. It is checked against the bone in the next step."
            if side
            else "Not in the image header. It is found from the shape of the bone in the next step."
        )
        self._judge()

    def _suggest(self, without: bool) -> None:
        """Name and weight to begin with; the choice is remembered."""
        series = self._series
        if series is None:
            return
        if without != preferences().import_without_identity:
            change(import_without_identity=without)
        name = nameless_name(series) if without else suggested_name(series)
        self.name.setText(free_path(self.place, name).stem)
        self._header_kg = None if without else series.body_weight_kg
        self.weight.setValue(self._header_kg or 0.0)
        self._judge()

    @property
    def anonymous(self) -> Anonymous | None:
        """How the case is made nobody's; None when it keeps what the headers say."""
        return Anonymous() if self.without.isChecked() else None

    @property
    def place(self) -> Path:
        """The folder for the case."""
        return Path(self.folder.text().strip()).expanduser()

    @property
    def path(self) -> Path:
        """Where the case will be."""
        return self.place / f"{self.name.text().strip()}{SUFFIX}"

    @property
    def body_weight_kg(self) -> float | None:
        """What was typed, None for not known or as in the header."""
        value = self.weight.value()
        return None if value == 0 or value == self._header_kg else value

    @property
    def fault(self) -> str:
        """Why the case cannot be made so, "" when it can."""
        if not self.folder.text().strip() or not self.place.is_absolute():
            return "Choose the folder for the case."
        low = BODY_WEIGHT_RANGE_KG[0]
        if 0 < self.weight.value() < low:
            return f"A body weight below {low:g} kg cannot be used."
        return name_fault(self.place, self.name.text())

    def _judge(self) -> None:
        value = self.weight.value()
        if value == 0:
            words = "The loads depend on it. It can be given later."
        elif value == self._header_kg:
            words = "From the image header."
        else:
            words = "As given here."
        self.weight_words.setText(words)
        fault = self.fault
        self.fault_words.setText(fault)
        self.fault_words.setVisible(bool(fault))
        self.changed.emit()

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), "Folder for new cases", str(self.place))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()
