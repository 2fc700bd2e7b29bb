"""Rehearsal in the window: start it, hand plans in, reveal the reference, look at earlier attempts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.rehearsing import rehearsal
from surgitwin.planning.rehearsing.outcome import Outcome, outcome, time_words
from surgitwin.planning.rehearsing.rehearsal import RehearsalEdit
from surgitwin.planning.segments.review import when_text
from surgitwin.planning.session import Session
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.rehearsing.reveal import RevealDialog
from surgitwin.viewer.theme import set_role

COLUMNS = ("No.", "Trainee", "Plan", "Handed in", "Time used", "Reference")


class RehearsalDialog(QDialog):
    """Beside the work, not in its way: the window stays usable while it is open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rehearsalDialog")
        self.setWindowTitle("Rehearsal")
        self._desk = desk
        self._session = desk.session
        self._work = Latest(desk, self._refused)
        self._doing = ""
        self.words = QLabel(self)
        self.words.setObjectName("rehearsalWords")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addWidget(self._start_form())
        column.addWidget(self._running_form())
        self.history = _table(self)
        self.history.itemSelectionChanged.connect(self._selected)
        column.addWidget(QLabel("Attempts", self))
        column.addWidget(self.history, 1)
        self.look = QPushButton("Look at this attempt", self)
        self.look.setObjectName("lookAtAttempt")
        set_icon(self.look, "compare")
        self.look.clicked.connect(lambda _=False: self.show_outcome())
        column.addWidget(self.look, 0, Qt.AlignmentFlag.AlignLeft)
        if self._session is not None:
            self._session.changed.connect(self._changed)
            for signal in self._job_signals():
                signal.connect(self._jobs_changed)
        desk.closing.connect(self.close)
        desk.active_plan_changed.connect(self._take_plan)
        self.resize(620, 460)
        self.refresh()

    def _start_form(self) -> QWidget:
        self.start_form = QWidget(self)
        self.reference = QComboBox(self.start_form)
        self.reference.setObjectName("rehearsalReference")
        self.reference.setToolTip("This plan is hidden, with its notes, results and pictures")
        self.trainee = QLineEdit(self.start_form)
        self.trainee.setObjectName("rehearsalTrainee")
        self.trainee.setPlaceholderText("Name of the person who plans")
        self.trainee.textChanged.connect(lambda _: self._enable())
        self.start_button = _button("Start", "rehearsal", "startRehearsal", self.start_form)
        self.start_button.clicked.connect(lambda _=False: self.start())
        form = QFormLayout(self.start_form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Reference plan", self.reference)
        form.addRow("Trainee", self.trainee)
        form.addRow(self.start_button)
        return self.start_form

    def _running_form(self) -> QWidget:
        self.running_form = QWidget(self)
        self.plan = QComboBox(self.running_form)
        self.plan.setObjectName("rehearsalPlan")
        self.plan.setToolTip("A copy is kept as it is now; it can be changed and handed in again")
        self.submit_button = _button("Hand in", "check", "submitAttempt", self.running_form)
        self.submit_button.clicked.connect(lambda _=False: self.submit())
        self.reveal_button = _button("Reveal", "reveal", "revealReference", self.running_form)
        self.reveal_button.clicked.connect(lambda _=False: self.reveal())
        row = QHBoxLayout(self.running_form)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("My plan", self.running_form))
        row.addWidget(self.plan, 1)
        row.addWidget(self.submit_button)
        row.addWidget(self.reveal_button)
        return self.running_form

    # ---- what the user does -------------------------------------------------------------------------

    def start(self) -> None:
        """Hide the chosen plan and begin."""
        session = self._session
        if (
            session is not None
            and not self._why_no_start()
            and self._desk.attempt(
                lambda: self._apply(
                    session, rehearsal.start(session.case, self.reference.currentText(), self.trainee.text())
                )
            )
        ):
            self._desk.say("The reference plan is hidden. Plan now, then hand in.")

    def submit(self) -> None:
        """Keep a copy of the chosen plan as it is now; it is checked in a worker."""
        session, plan = self._session, self.plan.currentText()
        if session is not None and not self._doing:
            self._do("The plan is being checked.")
            self._work.ask(partial(rehearsal.submit, session.base(), plan), partial(self._submitted, session))

    def _submitted(self, session: Session, edit: RehearsalEdit) -> None:
        self._do("")
        if self._desk.session is session and self._desk.attempt(lambda: self._apply(session, edit)):
            self._desk.say(f"Attempt {len(rehearsal.attempts(session.case.state))} is kept.")

    def reveal(self) -> None:
        """Bring the reference plan back and show both."""
        session = self._session
        if (
            session is not None
            and not self._doing
            and self._desk.attempt(lambda: self._apply(session, rehearsal.reveal(session.case)))
        ):
            self.history.selectRow(self.history.rowCount() - 1)
            self.show_outcome()

    def show_outcome(self) -> None:
        """Both plans of the chosen attempt side by side, worked out in a worker."""
        session, row = self._session, self.history.currentRow()
        if session is None or row < 0 or not self.look.isEnabled():
            return
        number = rehearsal.attempts(session.case.state)[row].number
        self._do("The two plans are being compared.")
        done = partial(self._show, session, self.parentWidget())
        self._work.ask(partial(outcome, session.base(), number), done)

    def _show(self, session: Session, window: QWidget | None, found: Outcome) -> None:
        self._do("")
        if self._desk.session is not session or rehearsal.reference_hidden(session.case.state, found.attempt):
            return
        dialog = RevealDialog(found, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk.closing.connect(dialog.close)
        dialog.show()

    def _refused(self, error: SurgiTwinError) -> None:
        self._do("")
        self._desk.say_error(error)

    def _do(self, words: str) -> None:
        """What the worker does, "" for nothing: no second thing is asked for meanwhile."""
        self._doing = words
        self._enable()

    def _apply(self, session: Session, edit: RehearsalEdit) -> None:
        """Into the session and, at once, to disk. Steps before it are forgotten: undo must not tell the
        hidden plan, and what was handed in stays handed in."""
        session.edit(edit.title, state=edit.state, plans=edit.plans)
        session.history.done.clear()
        session.history.undone.clear()
        session.changed.emit(frozenset({"history"}))
        if edit.active:
            self._desk.set_active_plan(edit.active)
        if "save" in self._desk.actions:
            self._desk.actions["save"].trigger()

    # ---- what is shown ------------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & {"plans", rehearsal.KEY}:
            self.refresh()

    def _take_plan(self, name: str) -> None:
        self.plan.setCurrentText(name)

    def refresh(self) -> None:
        """Everything anew."""
        session = self._session
        if session is None:
            return
        state, plans = session.case.state, list(session.case.plans())
        running = rehearsal.active(state) is not None
        self.words.setText(
            rehearsal.words(state)
            or "A trainee plans without seeing the reference plan; at the end both are shown side by side."
        )
        set_role(self.words, "banner" if running else "muted")
        self.start_form.setVisible(not running)
        self.running_form.setVisible(running)
        for box in (self.reference, self.plan):
            chosen = box.currentText() or self._desk.active_plan
            box.clear()
            box.addItems(plans)
            box.setCurrentText(chosen if chosen in plans else (plans[0] if plans else ""))
        tried = rehearsal.attempts(state)
        self.history.setRowCount(len(tried))
        for n, a in enumerate(tried):
            cells = (str(a.number), a.trainee, a.plan, when_text(a.submitted), time_words(a.seconds),
                     "hidden" if rehearsal.reference_hidden(state, a) else a.reference)  # fmt: skip
            for at, text in enumerate(cells):
                self.history.setItem(n, at, QTableWidgetItem(text))
        self._enable()

    def _enable(self) -> None:
        """Enabled or not, and why not."""
        session = self._session
        if session is None:
            return
        state = session.case.state
        running, tried = rehearsal.active(state), rehearsal.attempts(state)
        _allow(self.start_button, self._why_no_start(), "Hide the reference plan and begin")
        locked = ("The case is open for reading only." if session.read_only else "") or self._doing
        why = locked or ("" if session.case.plans() else "Make a plan first, on the Plans page.")
        _allow(self.submit_button, why, "Keep a copy of this plan as an attempt")
        handed = running is not None and any(a.started == running["started"] for a in tried)
        _allow(self.reveal_button, locked or ("" if handed else "Hand in a plan first."),
               "Show both plans; that ends the rehearsal")  # fmt: skip
        self._selected()

    def _why_no_start(self) -> str:
        """Why no rehearsal can begin now. A step under way would bring the hidden plan back."""
        session, jobs = self._session, self._desk.jobs
        if session is None or session.read_only:
            return "The case is open for reading only."
        if not session.case.plans():
            return "Make the reference plan first, on the Plans page."
        if jobs is not None and jobs.busy:
            return "Wait until the running job is done."
        return self._doing or ("" if self.trainee.text().strip() else "Type the name of the trainee.")

    def _selected(self) -> None:
        row, session = self.history.currentRow(), self._session
        tried = () if session is None else rehearsal.attempts(session.case.state)
        why = self._doing or ("" if 0 <= row < len(tried) else "Choose an attempt in the list.")
        if not why and session is not None and rehearsal.reference_hidden(session.case.state, tried[row]):
            why = "The reference plan is still hidden."
        _allow(self.look, why, "Both plans side by side, with their differences")

    def _job_signals(self) -> tuple[SignalInstance, ...]:
        jobs = self._desk.jobs
        return () if jobs is None else (jobs.queued, jobs.finished, jobs.failed, jobs.cancelled)

    def _jobs_changed(self, _job: object) -> None:
        self._enable()

    def done(self, result: int) -> None:
        """Stop listening."""
        if self._session is not None:
            self._session.changed.disconnect(self._changed)
            for signal in self._job_signals():
                signal.disconnect(self._jobs_changed)
            self._session = None
        super().done(result)


class RehearsalBanner(QLabel):
    """One line over the window while a rehearsal runs, else hidden."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rehearsalBanner")
        self._desk = desk
        set_role(self, "banner")
        self.hide()
        desk.opened.connect(self._opened)
        desk.closing.connect(self._closing)

    def _opened(self) -> None:
        if self._desk.session is not None:
            self._desk.session.changed.connect(self._changed)
        self.refresh()

    def _closing(self) -> None:
        if self._desk.session is not None:
            self._desk.session.changed.disconnect(self._changed)
        self.hide()

    def _changed(self, topics: frozenset[str]) -> None:
        if rehearsal.KEY in topics:
            self.refresh()

    def refresh(self) -> None:
        """Say it, or nothing."""
        session = self._desk.session
        words = "" if session is None else rehearsal.words(session.case.state)
        self.setText(words)
        self.setVisible(bool(words))


def show_rehearsal(desk: Desk, window: QWidget) -> RehearsalDialog | None:
    """Open the dialog of the open case, or bring it to the front; None without a case."""
    if desk.session is None:
        desk.say("Open a case first.")
        return None
    found = window.findChild(RehearsalDialog)
    if found is None:
        found = RehearsalDialog(desk, window)
        found.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    found.show()
    found.raise_()
    return found


def add_rehearsal(desk: Desk, window: QWidget) -> None:
    """Register the command "rehearsal" (for a menu)."""
    desk.actions.add(
        "rehearsal",
        "&Rehearsal ...",
        lambda: show_rehearsal(desk, window),
        icon="rehearsal",
        tip="Plan blind against a hidden reference plan",
        group="Plans",
    )


def _allow(button: QPushButton, why_not: str, tip: str) -> None:
    button.setEnabled(not why_not)
    button.setToolTip(why_not or tip)


def _button(words: str, icon: str, name: str, parent: QWidget) -> QPushButton:
    out = QPushButton(words, parent)
    out.setObjectName(name)
    out.setAutoDefault(False)
    set_icon(out, icon)
    return out


def _table(parent: QWidget) -> QTableWidget:
    out = QTableWidget(0, len(COLUMNS), parent)
    out.setObjectName("rehearsalAttempts")
    out.setHorizontalHeaderLabels(list(COLUMNS))
    out.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    out.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    out.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    out.verticalHeader().hide()
    out.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return out
