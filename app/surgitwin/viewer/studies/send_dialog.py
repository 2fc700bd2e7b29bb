"""A series sent to an archive: where to, and without the patient's identity unless one says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.progress import Progress
from surgitwin.exchange.catalogue import Catalogue, Listed, paths_of
from surgitwin.exchange.deidentify import Options
from surgitwin.exchange.network import Peer, Sent, password_of, read_peers, send_files
from surgitwin.exchange.network.sending import Way
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.studies.work_line import WorkLine
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.error_card import ErrorCard

WAYS: tuple[tuple[Way, str], ...] = (("store", "DICOM (C-STORE)"), ("web", "DICOMweb"))
WHOLE = "The images will be sent with the names and IDs that are in them."
CLEAN = "Copies without names, IDs, UIDs and dates will be sent. The images here stay as they are."

NO_CASE = "This series belongs to no case, so no consent can be looked up: see that the patient agreed."


class SendDialog(QDialog):
    """`sent` comes with what was taken; the dialog stays open to say so."""

    sent = Signal(object)

    def __init__(self, catalogue: Catalogue, listed: Listed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sendDialog")
        self.setWindowTitle("Send to an archive")
        self.resize(560, 0)
        self._catalogue, self._listed = catalogue, listed
        self._peers: dict[str, Peer] = {}
        self.errors, self.work = ErrorCard(self), WorkLine(self)
        self._latest = Latest(self, self.errors.show_error)
        self.peer, self.way, self.password = QComboBox(self), QComboBox(self), QLineEdit(self)
        self.peer.setObjectName("sendPeer")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.plain = QCheckBox("Allow without encryption", self)
        self.clean = QCheckBox("&Take the identity out first", self)
        self.deface = QCheckBox("Cut &faces out of heads", self)
        self.clean.setObjectName("sendClean")
        self.clean.setChecked(True)
        self.said, self.outcome = QLabel("", self), QLabel("", self)
        self.outcome.setVisible(False)
        self.consent = QLabel(NO_CASE, self)
        self.consent.setObjectName("sendConsent")
        set_role(self.consent, "muted")
        for label in (self.said, self.outcome, self.consent):
            label.setWordWrap(True)
        self._lay_out()
        self.peer.currentIndexChanged.connect(lambda _n: self._judge())
        self.way.currentIndexChanged.connect(lambda _n: self._judge())
        self.clean.toggled.connect(lambda _on: self._judge())
        self.work.failed.connect(self.errors.show_error)
        self.work.changed.connect(self._judge)
        self._latest.ask(read_peers, self._show_peers)
        self._judge()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Series", QLabel(self._listed.description or self._listed.modality, self))
        form.addRow("&Archive", self.peer)
        form.addRow("&Way", self.way)
        form.addRow("&Password", self.password)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        self.go = buttons.addButton("&Send", QDialogButtonBox.ButtonRole.ActionRole)
        self.go.setObjectName("sendNow")
        self.go.setDefault(True)
        set_role(self.go, "primary")
        self.go.clicked.connect(self.send)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for widget in (
            self.plain, self.clean, self.deface, self.said, self.consent, self.errors, self.outcome,
            self.work, buttons,
        ):  # fmt: skip
            column.addWidget(widget)

    def _show_peers(self, peers: dict[str, Peer]) -> None:
        self._peers = peers
        for name in peers:
            self.peer.addItem(name, name)
        self._judge()
        self._fit()

    @property
    def chosen(self) -> Peer | None:
        """The archive that is selected."""
        return self._peers.get(str(self.peer.currentData() or ""))

    def _judge(self) -> None:
        peer = self.chosen
        if peer is not None and self.way.property("of") != peer.name:
            self.way.setProperty("of", peer.name)
            self.plain.setChecked(False)
            self.way.clear()
            for key, words in WAYS:
                if peer.url if key == "web" else peer.has_dicom:
                    self.way.addItem(words, key)
        by_web = self.way.currentData() == "web"
        encrypted = peer is None or (peer.url.startswith("https:") if by_web else peer.tls)
        if encrypted:
            self.plain.setChecked(False)  # what was allowed for one way is not for the next
        self.plain.setVisible(not encrypted)
        self.password.setEnabled(peer is not None and bool(peer.user))
        self.deface.setEnabled(self.clean.isChecked())
        self.said.setText(CLEAN if self.clean.isChecked() else WHOLE)
        set_role(self.said, "muted" if self.clean.isChecked() else "warning")
        self.go.setEnabled(peer is not None and not self.work.busy)
        self.go.setToolTip("" if self._peers else "Enter an archive under From PACS first.")

    def _fit(self) -> None:
        """As high as its words need: wrapped lines are not part of the size hint of a dialog."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin as high as needed."""
        super().showEvent(event)
        self._fit()

    def send(self) -> None:
        """Send in a worker."""
        peer = self.chosen
        if peer is None:
            return
        self.errors.hide()
        without = Options(deface=self.deface.isChecked()) if self.clean.isChecked() else None
        secret = self.password.text() or (password_of(peer) if peer.user else None)
        task = partial(
            _sent, self._catalogue, self._listed.uid, peer, self.way.currentData(), without, secret,
            self.plain.isChecked(),
        )  # fmt: skip
        self.work.run("Sending ...", task, self._done)

    def _done(self, done: Sent) -> None:
        self.outcome.setText(done.words)
        self.outcome.setVisible(True)
        self._fit()
        self.sent.emit(done)

    def done(self, result: int) -> None:
        """Stop what runs before the window goes."""
        self.work.release()
        self._latest.stop()
        super().done(result)


def _sent(
    catalogue: Catalogue, uid: str, peer: Peer, way: Way, without: Options | None, password: str | None,
    allow_plain: bool, progress: Progress,
) -> Sent:  # fmt: skip
    paths: Sequence[Path] = list(paths_of(catalogue, uid))
    return send_files(
        peer, paths, way, without=without, password=password, allow_plain=allow_plain, progress=progress
    )
