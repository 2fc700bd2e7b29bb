"""A dialog for one peer: where it is, who we are there, how the connection is encrypted."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import UsageError
from surgitwin.exchange.network import Peer
from surgitwin.viewer.theme import set_role

FIELDS = (
    ("name", "&Name", "How you call it, such as radiology"),
    ("host", "&Host", "Name or address of the computer, such as pacs.hospital.org"),
    ("ae_title", "AE &title", "Of the archive, as its administrator says"),
    ("calling", "&Our AE title", "Must be known to the archive"),
    ("url", "DICOM&web address", "Such as https://pacs.hospital.org/dicom-web; empty for none"),
    ("user", "&User", "For DICOMweb; the password is asked for and never kept"),
    ("ca_file", "&Authority (PEM)", "Certificate to trust; empty for those of the system"),
    ("certificate_file", "Our &certificate (PEM)", "When the archive asks for one"),
    ("key_file", "Its &key (PEM)", ""),
)


class PeerForm(QDialog):
    """Emits `kept` with the peer; stays open while something is wrong."""

    kept = Signal(object)

    def __init__(self, peer: Peer | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("peerForm")
        self.setWindowTitle("Archive")
        self.fields: dict[str, QLineEdit] = {}
        self.port, self.tls = QSpinBox(self), QCheckBox("Encrypted (TLS)", self)
        self.port.setRange(1, 65535)
        self.port.setValue(peer.port if peer is not None and peer.port else 104)
        self.tls.setChecked(peer is not None and peer.tls)
        form = QFormLayout()
        for name, words, tip in FIELDS:
            field = QLineEdit(str(getattr(peer, name)) if peer is not None else "", self)
            field.setPlaceholderText(tip)
            field.setMinimumWidth(420)
            self.fields[name] = field
            form.addRow(words, field)
            if name == "host":
                form.addRow("&Port", self.port)
                form.addRow("", self.tls)
        if peer is None:
            self.fields["calling"].setText("SURGITWIN")
        self.fault = QLabel("", self)
        self.fault.setWordWrap(True)
        set_role(self.fault, "error")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        buttons.accepted.connect(self._keep)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.fault)
        column.addWidget(buttons)

    def _keep(self) -> None:
        values = {name: field.text().strip() for name, field in self.fields.items()}
        port = self.port.value() if values["host"] else 0
        try:
            made = Peer(port=port, tls=self.tls.isChecked(), **values)
        except UsageError as error:
            self.fault.setText(f"{error.message} {error.hint}")
            return
        self.kept.emit(made)
        self.accept()
