"""The settings: theme (seen at once), processor cores, how soon unsaved work is kept."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.settings import AUTOSAVE_RANGE_S, settings_file
from surgitwin.viewer import theme
from surgitwin.viewer.preferences import change, preferences
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.writer import Writer

THEME_WORDS = {"dark": "Dark", "light": "Light", "system": "As the desktop"}


class SettingsDialog(QDialog):
    """OK keeps the settings, Cancel goes back to the theme of before."""

    def __init__(self, writer: Writer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._writer = writer
        self.setObjectName("settingsDialog")
        self.setWindowTitle("Settings")
        now = preferences()
        self._before = theme.chosen_name()
        self.theme_box = QComboBox(self)
        self.theme_box.setAccessibleName("theme")
        for name, words in THEME_WORDS.items():
            self.theme_box.addItem(words, name)
        self.theme_box.setCurrentIndex(self.theme_box.findData(self._before))
        self.cores = QSpinBox(self)
        self.cores.setAccessibleName("processor cores")
        self.cores.setRange(0, max(os.cpu_count() or 1, now.cores))
        self.cores.setSpecialValueText("all")
        self.cores.setValue(now.cores)
        self.autosave = QSpinBox(self)
        self.autosave.setAccessibleName("seconds until unsaved work is kept")
        self.autosave.setRange(*AUTOSAVE_RANGE_S)
        self.autosave.setSuffix(" s")
        self.autosave.setValue(now.autosave_s)
        form = QFormLayout()
        form.addRow("&Theme", self.theme_box)
        form.addRow("Processor &cores for a simulation", self.cores)
        form.addRow("Keep &unsaved work after", self.autosave)
        notes = QLabel(
            "Unsaved work is kept as a draft and offered again after a crash; the saved case stays as it was."
            f"\nThe settings are in {settings_file()}",
            self,
        )
        notes.setWordWrap(True)
        set_role(notes, "muted")
        self.fault = QLabel("", self)
        self.fault.setWordWrap(True)
        self.fault.hide()
        set_role(self.fault, "error")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self._keep)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(notes)
        column.addWidget(self.fault)
        column.addWidget(buttons)
        self.theme_box.currentIndexChanged.connect(
            lambda _index: self._show_theme(str(self.theme_box.currentData()))
        )
        self.rejected.connect(lambda: self._show_theme(self._before))

    def _show_theme(self, name: str) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and theme.chosen_name() != name:
            theme.apply(app, name)

    def _keep(self) -> None:
        values = {
            "theme": str(self.theme_box.currentData()),
            "cores": self.cores.value(),
            "autosave_s": self.autosave.value(),
        }
        self.ok.setEnabled(False)
        self._writer.ask(partial(change, **values), self._kept, self._show_fault)

    def _kept(self, _settings: object) -> None:
        if isValid(self):  # it may have been closed by Escape meanwhile
            self.accept()

    def _show_fault(self, error: SurgiTwinError) -> None:
        if not isValid(self):
            return
        self.ok.setEnabled(True)
        self.fault.setText(f"{error.message} {error.hint}")
        self.fault.show()
