"""The tab "From PACS": choose an archive, verify it, search, fetch into the catalogue."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import Progress
from surgitwin.exchange.catalogue import Catalogue
from surgitwin.exchange.network import (
    Fetched,
    Found,
    How,
    Peer,
    Question,
    echo,
    fetch,
    find,
    keep_peer,
    password_of,
    read_peers,
    web_find,
)
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.studies.peer_form import PeerForm
from surgitwin.viewer.studies.rows_view import RowsView
from surgitwin.viewer.studies.work_line import WorkLine
from surgitwin.viewer.theme import set_role

HOW: tuple[tuple[How, str], ...] = (("get", "C-GET"), ("move", "C-MOVE"), ("web", "DICOMweb"))


class PacsTab(QWidget):
    """Emits `fetched` with the study's UID when images have come, and `failed` with an error."""

    fetched = Signal(str)
    failed = Signal(object)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pacsTab")
        self._catalogue = catalogue
        self._peers: dict[str, Peer] = {}
        self._latest = Latest(self, self.failed.emit)
        self.peer, self.how = QComboBox(self), QComboBox(self)
        self.verify, self.change = QPushButton("&Verify", self), QPushButton("Change ...", self)
        self.new = QPushButton("New archive ...", self)
        self.password, self.plain = QLineEdit(self), QCheckBox("Allow without encryption", self)
        self.name, self.patient_id = QLineEdit(self), QLineEdit(self)
        self.date, self.modality = QLineEdit(self), QLineEdit(self)
        self.ask, self.take = QPushButton("&Search", self), QPushButton("&Fetch", self)
        self.rows, self.work = RowsView(self), WorkLine(self)
        self._set_up()
        self._lay_out()
        self._connect()
        self._peer_chosen()

    def _set_up(self) -> None:
        self.peer.setMinimumWidth(180)
        self.peer.setAccessibleName("archive")
        self.how.setAccessibleName("way to fetch")
        self.plain.setToolTip("Only inside a network that you trust: names and images can be read on the way")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText("Password (not kept)")
        self.password.setMinimumWidth(170)
        for field, words in (
            (self.name, "Name, such as MILLER*"), (self.patient_id, "Patient ID"),
            (self.date, "Date, YYYYMMDD or 20260101-20260131"), (self.modality, "CT, MR ..."),
        ):  # fmt: skip
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
        set_role(self.ask, "primary")
        set_role(self.take, "primary")
        set_icon(self.ask, "search", "on_accent")
        set_icon(self.take, "import", "on_accent")
        set_icon(self.verify, "check")

    def _lay_out(self) -> None:
        first, bottom, grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        first.addWidget(QLabel("Archive", self))
        for widget in (self.peer, self.verify, self.change, self.new):
            first.addWidget(widget)
        first.addStretch(1)
        first.addWidget(self.password)
        first.addWidget(self.plain)
        for n, field in enumerate((self.name, self.patient_id, self.date, self.modality)):
            grid.addWidget(field, 0, n)
            grid.setColumnStretch(n, (3, 2, 3, 1)[n])
        grid.addWidget(self.ask, 0, 4)
        bottom.addWidget(QLabel("What is fetched is kept in the catalogue, with the patient's name.", self))
        bottom.addStretch(1)
        bottom.addWidget(self.how)
        bottom.addWidget(self.take)
        column = QVBoxLayout(self)
        column.addLayout(first)
        column.addLayout(grid)
        column.addWidget(self.rows, 1)
        column.addWidget(self.work)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.peer.activated.connect(lambda _n: self._peer_chosen())
        self.new.clicked.connect(lambda: self._form(None))
        self.change.clicked.connect(lambda: self._form(self.chosen))
        self.verify.clicked.connect(self._verify)
        self.ask.clicked.connect(self.search)
        for field in (self.name, self.patient_id, self.date, self.modality):
            field.returnPressed.connect(self.search)
        self.take.clicked.connect(self._fetch)
        self.rows.series_wanted.connect(self._ask_series)
        self.rows.changed.connect(self._judge)
        self.work.changed.connect(self._judge)
        self.work.failed.connect(self.failed)

    # ---- archives -----------------------------------------------------------------------------------

    @property
    def chosen(self) -> Peer | None:
        """The archive that is selected."""
        return self._peers.get(str(self.peer.currentData() or ""))

    def read(self) -> None:
        """Read the archives from the user's file; in a worker."""
        self._latest.ask(read_peers, self._show_peers)

    def _show_peers(self, peers: dict[str, Peer]) -> None:
        before = self.peer.currentData()
        self._peers = peers
        self.peer.clear()
        for name, one in peers.items():
            self.peer.addItem(name, name)
            place = f"{one.place}\n{one.url}".strip() if one.host else one.url
            self.peer.setItemData(self.peer.count() - 1, place, Qt.ItemDataRole.ToolTipRole)
        self.peer.setCurrentIndex(max(0, self.peer.findData(before)) if peers else -1)
        if not peers:
            self.work.say("No archive yet. Press New archive and enter what its administrator gave you.")
        self._peer_chosen()

    def _peer_chosen(self) -> None:
        peer = self.chosen
        self.how.clear()
        for key, words in HOW:
            if peer is not None and (bool(peer.url) if key == "web" else peer.has_dicom):
                self.how.addItem(words, key)
        self.password.setVisible(peer is not None and bool(peer.user))
        self.plain.setVisible(peer is not None and not _encrypted(peer))
        self._judge()

    def _form(self, peer: Peer | None) -> None:
        form = PeerForm(peer, self.window())
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.kept.connect(self._keep)
        form.open()

    def _keep(self, peer: Peer) -> None:
        self.work.run("Keeping ...", lambda _progress: keep_peer(peer), lambda _none: self._kept(peer))

    def _kept(self, peer: Peer) -> None:
        self._show_peers({**self._peers, peer.name: peer})
        self.peer.setCurrentIndex(self.peer.findData(peer.name))
        self._peer_chosen()

    def _judge(self) -> None:
        peer, free = self.chosen, not self.work.busy
        self.verify.setEnabled(free and peer is not None and peer.has_dicom)
        self.verify.setToolTip("Ask whether it answers (C-ECHO)")
        self.change.setEnabled(free and peer is not None)
        self.ask.setEnabled(free and peer is not None)
        self.take.setEnabled(free and peer is not None and self.rows.chosen() is not None)
        self.take.setToolTip("Fetch the selected study, or the selected series of it")

    # ---- what the buttons do ------------------------------------------------------------------------

    def _verify(self) -> None:
        peer = self.chosen
        if peer is not None:
            self.work.run("Asking whether it answers ...", lambda _p: echo(peer), self._answered)

    def _answered(self, seconds: float) -> None:
        self.work.words.setText(f"It answers, after {seconds:.2f} s.")

    def search(self) -> None:
        """Ask the archive for studies."""
        peer = self.chosen
        if peer is None:
            return
        question = Question(
            "study", self.name.text().strip(), self.patient_id.text().strip(), self.date.text().strip(),
            self.modality.text().strip(),
        )  # fmt: skip
        self.work.run("Searching ...", self._question(peer, question), self._found)

    def _question(self, peer: Peer, question: Question) -> partial[Found]:
        plain = self.plain.isChecked()
        if not peer.has_dicom or self.how.currentData() == "web":
            return partial(_web, peer, question, self._secret(peer), plain)
        return partial(_dicom, peer, question, plain)

    def _secret(self, peer: Peer) -> str | None:
        return self.password.text() or (password_of(peer) if peer.user else None)

    def _found(self, found: Found) -> None:
        self.rows.show_studies(found.rows)
        more = "" if found.complete else " There is more: narrow the search."
        self.work.words.setText(f"{len(found.rows)} studies.{more}" if found.rows else "Nothing found.")
        self._judge()

    def _ask_series(self, study_uid: str) -> None:
        peer = self.chosen
        if peer is not None:
            question = Question("series", study_uid=study_uid)
            self.work.run("Asking for its series ...", self._question(peer, question), self._series_found)

    def _series_found(self, found: Found) -> None:
        if found.rows:
            self.rows.show_series(found.rows[0]["StudyInstanceUID"], found.rows)

    def _fetch(self) -> None:
        peer, wanted = self.chosen, self.rows.chosen()
        if peer is None or wanted is None:
            return
        study, series = wanted
        how: How = self.how.currentData()
        plain, secret = self.plain.isChecked(), self._secret(peer)

        def task(progress: Progress) -> Fetched:
            return fetch(
                self._catalogue, peer, study, series, how=how, password=secret, allow_plain=plain,
                progress=progress,
            )  # fmt: skip

        self.work.run("Fetching ...", task, partial(self._came, study))

    def _came(self, study: str, done: Fetched) -> None:
        self.work.words.setText(done.words)
        if done.transfer.failed:
            hint = "Fetch again; when it stays so, ask the administrator of the archive."
            self.failed.emit(UsageError("network.partial", done.transfer.words, hint=hint))
        if done.transfer.done:
            self.fetched.emit(study)

    def release(self) -> None:
        """Stop everything."""
        self.work.release()
        self._latest.stop()


def _encrypted(peer: Peer) -> bool:
    """Whether every way to it is."""
    return (peer.tls or not peer.has_dicom) and (not peer.url or peer.url.startswith("https:"))


def _dicom(peer: Peer, question: Question, allow_plain: bool, progress: Progress) -> Found:
    return find(peer, question, allow_plain=allow_plain, progress=progress)


def _web(peer: Peer, question: Question, secret: str | None, allow_plain: bool, _progress: Progress) -> Found:
    return web_find(peer, question, password=secret, allow_plain=allow_plain)
