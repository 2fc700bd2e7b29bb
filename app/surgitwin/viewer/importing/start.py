"""Where Import begins: drop zone, sample cases, recent cases, and what is open now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.recent import RecentCase
from surgitwin.planning.samples import SAMPLES, why_not
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.importing.drop_zone import DropZone
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.card_button import CardButton
from surgitwin.viewer.widgets.empty_state import EmptyState

COLUMNS = 2
"""Cards of one study beside each other: images only, and solved."""


class ImportStart(QWidget):
    """Emits `chosen` (paths), `sample_wanted` (id), `case_wanted` and `forget_wanted` (path), `open_wanted`,
    `back_wanted` (to the case that is open)."""

    chosen = Signal(list)
    sample_wanted = Signal(str)
    case_wanted = Signal(Path)
    forget_wanted = Signal(Path)
    open_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importStart")
        self.drop = DropZone(self)
        self.drop.chosen.connect(self.chosen)
        self.imported = ImportedCard(self)
        self.imported.back.clicked.connect(self.back_wanted)
        self.recent = RecentList(self)
        self.recent.wanted.connect(self.case_wanted)
        self.recent.forget.connect(self.forget_wanted)
        self.recent.open.clicked.connect(self.open_wanted)
        left = QVBoxLayout()
        left.addWidget(self.imported)
        left.addWidget(self.drop, 1)
        left.addWidget(_heading("No scan at hand? Try a sample", self))
        self.samples: dict[str, CardButton] = {}
        grid = QGridLayout()
        for n, one in enumerate(SAMPLES):
            card = CardButton(one.title, (one.words,), self)
            card.setObjectName(f"sample_{one.id}")
            card.show_icon("compare" if one.solved else "sample")
            reason = why_not(one)
            card.setEnabled(not reason)
            card.setToolTip(reason or one.words)
            card.clicked.connect(lambda _checked=False, key=one.id: self.sample_wanted.emit(key))
            self.samples[one.id] = card
            grid.addWidget(card, n // COLUMNS, n % COLUMNS)
        left.addLayout(grid)
        whole = QHBoxLayout(self)
        whole.setSpacing(16)
        whole.addLayout(left, 5)
        whole.addWidget(self.recent, 4)

    def show_imported(self, lines: Sequence[str]) -> None:
        """What the open case was made from; nothing while none is open."""
        self.imported.show_facts(lines)
        self.drop.title.setText("Drop another scan here" if lines else "Drop a scan here")


class ImportedCard(QFrame):
    """What the open case was made from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importedCard")
        set_role(self, "card")
        mark = QLabel(self)
        set_icon(mark, "ok", "ok", 32)
        self.words = QLabel(self)
        self.words.setObjectName("importedWords")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.back = QPushButton("Go on with this case", self)
        self.back.setObjectName("backToCase")
        set_role(self.back, "primary")
        set_icon(self.back, "right", "on_accent")
        row = QHBoxLayout(self)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        row.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_facts(self, lines: Sequence[str]) -> None:
        """The facts, or nothing while no case is open."""
        self.words.setText("\n".join(lines))
        self.setVisible(bool(lines))


class RecentList(QWidget):
    """The cases opened last. Emits `wanted` and `forget` with a path."""

    wanted = Signal(Path)
    forget = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recentList")
        self.open = QPushButton("Open another case ...", self)
        self.open.setObjectName("openOther")
        set_icon(self.open, "open")
        head = QHBoxLayout()
        head.addWidget(_heading("Recent cases", self), 1)
        head.addWidget(self.open)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self.cards: dict[Path, CardButton] = {}
        self.show_cases(())

    def show_cases(self, cases: Sequence[RecentCase]) -> None:
        """All cards anew."""
        self.cards.clear()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        for one in cases:
            column.addLayout(self._row(one))
        if not cases:
            words = "No case yet. Drop a scan, or try a sample: cases that you open are listed here."
            column.addWidget(EmptyState("recent", words, compact=True))
        column.addStretch(1)
        self._scroll.setWidget(inside)

    def _row(self, one: RecentCase) -> QHBoxLayout:
        lines = _lines(one)
        card = CardButton(one.name, lines)
        card.setObjectName(f"recent_{one.name}")
        card.setEnabled(not one.problem)
        card.setToolTip(str(one.path))
        if one.thumbnail is not None:
            card.show_file(one.thumbnail)
        else:
            card.show_icon("warning" if one.problem else "anatomy", "warning" if one.problem else "muted")
        card.clicked.connect(lambda _checked=False: self.wanted.emit(one.path))
        away = QToolButton()
        away.setToolTip("Take it off this list (its files stay)")
        away.setAccessibleName(f"take {one.name} off the list")
        set_role(away, "flat")
        set_icon(away, "cancel", "muted", 14)
        away.clicked.connect(lambda _checked=False: self.forget.emit(one.path))
        row = QHBoxLayout()
        row.addWidget(card, 1)
        row.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)
        self.cards[one.path] = card
        return row


def _lines(one: RecentCase) -> tuple[str, ...]:
    when = f"Opened {words_of_time(one.opened)}"
    if one.problem:
        return (one.problem, str(one.path), when)
    what = ", ".join(w for w in (one.side and f"{one.side} side", one.series) if w)
    return (what, f"{one.done} of {one.of} steps done. {one.next_words}", when)


def words_of_time(iso: str, now: datetime | None = None) -> str:
    """An ISO time as "today, 14:05", "yesterday, 9:30" or "2026-01-02", in the time of this place."""
    try:
        when = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return iso
    today = (now or datetime.now()).astimezone()
    days = (today.date() - when.date()).days
    clock = f"{when.hour}:{when.minute:02}"
    if days in (0, 1):
        return f"{'yesterday' if days else 'today'}, {clock}"
    return f"{when:%Y-%m-%d}"


def _heading(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    set_role(label, "heading")
    return label
