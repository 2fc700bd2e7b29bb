"""What the patient agreed to, as a form; earlier records are listed."""

from __future__ import annotations

from PySide6.QtCore import QDate
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import SurgiTwinError
from surgitwin.exchange.consent import PURPOSES, Consent, consent_of, make_consent
from surgitwin.planning.privacy.consent import consent_change
from surgitwin.planning.session import Session
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.error_card import ErrorCard

ISO = "yyyy-MM-dd"
WAY = "Tick what the patient agreed to. To withdraw a consent, untick everything."


class ConsentDialog(QDialog):
    """Records what is ticked as one step; nothing ticked withdraws a consent that is in force."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("consentDialog")
        self.setWindowTitle("Consent of the patient")
        self.resize(560, 0)
        record = consent_of(session.case.state)
        said = "No consent is recorded: planning only." if record is None else f"Recorded: {record.words}."
        earlier = len(session.case.state.get("consent_history", ()))
        head = QLabel(said + (f" Earlier records kept: {earlier}." if earlier else "") + f"\n{WAY}", self)
        head.setWordWrap(True)
        self._in_force = record is not None and bool(record.scope)
        set_role(head, "muted")
        self.boxes = {name: QCheckBox(words.capitalize(), self) for name, words in PURPOSES.items()}
        for name, box in self.boxes.items():
            box.setObjectName(f"consent_{name}")
            box.setChecked(record is not None and name in record.scope)
            box.toggled.connect(self._judge)
        self.by, self.note = QLineEdit(self), QLineEdit(record.note if record else "", self)
        self.by.setObjectName("consent_by")
        self.by.setPlaceholderText("Your name or role")
        self.note.setPlaceholderText("For example where the signed form is")
        self.given, self.until = QDateEdit(QDate.currentDate(), self), QDateEdit(self)
        self.given.setDisplayFormat(ISO)
        self.until.setDisplayFormat(ISO)
        last = QDate.fromString(record.until if record else "", ISO)
        self.until.setDate(last if last.isValid() else QDate.currentDate().addYears(1))
        self.ends = QCheckBox("It ends on", self)
        self.ends.toggled.connect(self.until.setEnabled)
        self.ends.setChecked(last.isValid())
        self.until.setEnabled(last.isValid())
        self.errors = ErrorCard(self)
        self._lay_out(head)
        self._judge()

    def _lay_out(self, head: QLabel) -> None:
        form = QFormLayout()
        form.addRow("&Given on", self.given)
        form.addRow(self.ends, self.until)
        form.addRow("&Recorded by", self.by)
        form.addRow("&Note", self.note)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.keep)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(head)
        for box in self.boxes.values():
            column.addWidget(box)
        column.addLayout(form)
        column.addWidget(self.errors)
        column.addWidget(buttons)

    def _judge(self) -> None:
        ticked = any(b.isChecked() for b in self.boxes.values())
        withdraws = self._in_force and not ticked
        self.ok.setText("Record withdrawal" if withdraws else "Record")
        self.ok.setEnabled(ticked or withdraws)
        self.ends.setEnabled(not withdraws)
        self.until.setEnabled(self.ends.isChecked() and not withdraws)

    def record(self) -> Consent:
        """What the form says; UsageError "consent.invalid"."""
        scope = tuple(name for name, box in self.boxes.items() if box.isChecked())
        until = self.until.date().toString(ISO) if scope and self.ends.isChecked() else ""
        return make_consent(scope, self.by.text(), self.given.date().toString(ISO), until, self.note.text())

    def keep(self) -> None:
        """Record and close; what is wrong is shown."""
        try:
            name, changes = consent_change(self._session.case.state, self.record())
            self._session.edit(name.capitalize(), state=changes)
        except SurgiTwinError as error:
            self.errors.show_error(error)
            return
        self.accept()
