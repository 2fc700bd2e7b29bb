"""The window that writes images without identity: from where, where to, what may stay, and what it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import Progress
from surgitwin.exchange.deidentify import Options, Report, deidentify, preview
from surgitwin.exchange.deidentify.report import many
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.deidentify_case import CaseReport, deidentify_case
from surgitwin.viewer.deidentify.changes_view import ChangesView
from surgitwin.viewer.studies.work_line import WorkLine
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.error_card import ErrorCard

CHOICES = (
    ("shift_dates", "Keep &dates, moved by the same days", "All dates of a patient move together"),
    ("keep_device", "Keep the &scanner", "Its name, station and serial numbers"),
    ("clean_text", "Keep plain &descriptions", "Those that consist of known words of imaging"),
    ("keep_characteristics", "Keep &age, sex and weight", "Ages of 90 and more are one group"),
    ("deface", "&Cut out faces", "In CT and MR images of a head; look at the result"),
    ("accept_doubt", "I &looked: no text is in the pixels", "Needed for X-ray and other flat images"),
)
"""Options: field, words, tip."""

OF_CASE = (
    "Of a case: segments, meshes, plans and results stay. A face can only be cut out when a case is made "
    "(Import, Without the patient's identity)."
)


class DeidentifyDialog(QDialog):
    """Beside the window, not before it. Emits `help_wanted` (F1)."""

    help_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("deidentifyDialog")
        self.setWindowTitle("Images without identity")
        self.resize(940, 720)
        self.errors = ErrorCard(self)
        self.source, self.out, self.key = (QLineEdit(self) for _ in range(3))
        form = QFormLayout()
        form.addRow(
            "&Images", self._row(self.source, "source", "Folder of the originals, or a case", self._folder)
        )
        form.addRow("&New folder", self._row(self.out, "out", "Folder that does not exist yet", self._save))
        form.addRow("&Key file", self._row(self.key, "key", "Optional, stays with you", self._save))
        self.boxes = {name: self._box(name, words, tip) for name, words, tip in CHOICES}
        options = QVBoxLayout()
        for box in self.boxes.values():
            options.addWidget(box)
        self.said = QLabel("", self)
        self.said.setObjectName("said")
        self.said.setWordWrap(True)
        self.changes = ChangesView(self)
        self.work = WorkLine(self)
        self.work.failed.connect(self.errors.show_error)
        self.work.changed.connect(self._judge)
        column = QVBoxLayout(self)
        for part in (form, options):
            column.addLayout(part)
        column.addWidget(self.errors)
        column.addWidget(self.said)
        column.addWidget(self.changes, 1)
        column.addWidget(self.work)
        column.addLayout(self._buttons())
        self._judge()

    def _row(self, field: QLineEdit, name: str, hint: str, ask: Callable[[QLineEdit, str], None]) -> QWidget:
        field.setObjectName(name)
        field.setPlaceholderText(hint)
        field.textChanged.connect(self._judge)
        button = QPushButton("Choose ...", self)
        button.setObjectName(f"choose_{name}")
        button.setAutoDefault(False)
        button.clicked.connect(lambda: ask(field, hint))
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(field, 1)
        line.addWidget(button)
        row.setFocusProxy(field)
        return row

    def _box(self, name: str, words: str, tip: str) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setObjectName(name)
        box.setToolTip(tip)
        return box

    def _buttons(self) -> QHBoxLayout:
        self.try_button = QPushButton("&Preview", self)
        self.try_button.setObjectName("preview")
        self.try_button.clicked.connect(self.preview)
        self.write_button = QPushButton("&Write the images", self)
        self.write_button.setObjectName("write")
        set_role(self.write_button, "primary")
        self.write_button.clicked.connect(self.write)
        for button in (self.try_button, self.write_button):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.try_button)
        row.addWidget(self.write_button)
        return row

    def _folder(self, field: QLineEdit, title: str) -> None:
        dialog = QFileDialog(self, title, field.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._ask(dialog, field)

    def _save(self, field: QLineEdit, title: str) -> None:
        dialog = QFileDialog(self, title, field.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        self._ask(dialog, field)

    def _ask(self, dialog: QFileDialog, field: QLineEdit) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(field.setText)
        dialog.open()

    @property
    def options(self) -> Options:
        """What is ticked."""
        return Options(**{name: box.isChecked() for name, box in self.boxes.items()})

    def _judge(self) -> None:
        source = bool(self.source.text().strip()) and not self.work.busy
        self.try_button.setEnabled(source and not self._is_case)
        self.try_button.setToolTip("A case is told about when it is written" if self._is_case else "")
        for name in ("deface", "accept_doubt", "keep_device"):
            self.boxes[name].setEnabled(not self._is_case)
        if self._is_case and self.said.text() in ("", OF_CASE):
            self.said.setText(OF_CASE)
        elif self.said.text() == OF_CASE:
            self.said.clear()
        self.write_button.setText("&Write the case" if self._is_case else "&Write the images")
        self.write_button.setEnabled(source and bool(self.out.text().strip()))

    @property
    def _is_case(self) -> bool:
        """Whether the folder of the originals is a case."""
        text = self.source.text().strip()
        return bool(text) and (Path(text) / "case.json").is_file()

    def preview(self) -> None:
        """Show what would be done, in a worker."""
        self.errors.hide()
        task = partial(preview, [Path(self.source.text().strip())], self.options)
        self.work.run("Reading headers", lambda p: task(progress=p), partial(self._show, written=False))

    def write(self) -> None:
        """Write the images, in a worker."""
        self.errors.hide()
        key = self.key.text().strip()
        out = Path(self.out.text().strip()).expanduser()
        if not out.is_absolute():
            self.errors.show_error(
                UsageError("deidentify.out", f"{out} is not a whole path.", hint="Choose a folder.")
            )
            return
        paths = [Path(self.source.text().strip())]
        if self._is_case:
            kept = replace(self.options, deface=False, accept_doubt=False, keep_device=False)
            case = partial(_write_case, paths[0], out, kept, Path(key) if key else None)
            self.work.run("Writing the case ...", case, self._show_case)
            return
        task = partial(deidentify, paths, out, self.options, key=Path(key) if key else None)
        self.work.run("Reading headers", lambda p: task(progress=p), partial(self._show, written=True))

    def _show(self, report: Report, written: bool) -> None:
        self.changes.show_report(report)
        done = f"{many(len(report.files), 'image')} written." if written else "Nothing is written yet."
        lines = [done if written else f"{done} One image of each of {len(report.files)} series was tried."]
        lines += [
            f"Not written ({many(n, 'file')}): {reason}." for reason, n in sorted(report.refused.items())
        ]
        self.said.setText("\n".join([*lines, *report.warnings]))

    def _show_case(self, done: CaseReport) -> None:
        self.changes.show_changes(Counter((c.path, c.name, c.action, c.reason) for c in done.changes))
        self.said.setText("\n".join([f"Wrote {done.case.folder.path}.", *done.warnings]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1, wherever the cursor is."""
        if event.matches(QKeySequence.StandardKey.HelpContents):
            self.help_wanted.emit()
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Stop what runs before the window goes."""
        self.work.release()
        super().done(result)


def _write_case(path: Path, out: Path, options: Options, key: Path | None, progress: Progress) -> CaseReport:
    return deidentify_case(Case.open(path), out, options, key=key, progress=progress)
