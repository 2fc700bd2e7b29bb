"""The plans of the case: choose, new, duplicate, rename in place, delete, notes, difference of two."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.planning.plans import names as plan_names
from surgitwin.planning.plans.names import NOTES, PlansEdit
from surgitwin.planning.plans.rows import RESULT_WORDS, PlanRow, plan_rows
from surgitwin.viewer.icons import icon, set_icon
from surgitwin.viewer.plans.bench import PROCEDURE, PlanBench
from surgitwin.viewer.plans.difference import PlanDifferenceDialog
from surgitwin.viewer.theme import set_role, theme, themes

MARKS = {"current": ("ok", "ok"), "out of date": ("stale", "stale"), "none": ("waiting", "muted")}
NAME = Qt.ItemDataRole.UserRole
BUTTONS = (
    ("new", "add", "New plan", "An empty plan with the fracture of the one in hand"),
    ("duplicate", "duplicate", "Duplicate", "A copy of the plan in hand to change"),
    ("rename", "rename", "Rename", "Another name for the plan in hand (F2)"),
    ("delete", "remove", "Delete", "Delete the plan in hand (Del); undo brings it back"),
    ("difference", "difference", "Difference", "What differs between two plans"),
)


class NotesEdit(QPlainTextEdit):
    """A text box that tells when it is left."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving it ends the text."""
        super().focusOutEvent(event)
        self.left.emit()


class PlanList(QWidget):
    """The list with its buttons and the notes on the plan in hand."""

    _name_typed = Signal(str, str)

    def __init__(self, bench: PlanBench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._rows: tuple[PlanRow, ...] = ()
        self.list = QListWidget(self)
        self.list.setObjectName("planList")
        self.list.setAccessibleName("Plans")
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(False)
        self.list.setWordWrap(True)
        self.list.setEditTriggers(
            QListWidget.EditTrigger.DoubleClicked | QListWidget.EditTrigger.EditKeyPressed
        )
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        for key, mark, text, tip in BUTTONS:
            row.addWidget(self._button(key, mark, text, tip))
        row.addStretch(1)
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.notes = NotesEdit(self)
        self.notes.setObjectName("planNotes")
        self.notes.setPlaceholderText("Notes on this plan")
        self.notes.setAccessibleName("Notes on the plan in hand")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(58)
        self.notes.left.connect(self.keep_notes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.list, self.state, self.notes):
            column.addWidget(part)
        column.insertLayout(1, row)
        QShortcut(
            QKeySequence(Qt.Key.Key_Delete),
            self.list,
            self.delete,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        self.list.currentItemChanged.connect(self._chosen)
        self.list.itemChanged.connect(self._typed)
        # Later, when the editor is closed: renaming makes the rows anew.
        self._name_typed.connect(self._renamed, Qt.ConnectionType.QueuedConnection)
        bench.list_changed.connect(self.refresh)
        themes().changed.connect(self._recolour)
        self.refresh()

    def _button(self, key: str, mark: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"plan_{key}")
        button.setAccessibleName(text)
        button.setProperty("tip", tip)
        set_icon(button, mark)
        button.clicked.connect(lambda _checked=False: getattr(self, key)())
        self.buttons[key] = button
        return button

    # ---- commands -----------------------------------------------------------------------------------

    def new(self) -> None:
        """An empty plan for the bone's side."""
        case, plan = self._bench.session.case, self._bench.plan
        side, fracture = case.anatomy.side, None if plan is None else plan.fracture
        self._apply(partial(plan_names.new_plan, procedure=PROCEDURE, side=side, fracture=fracture))

    def duplicate(self) -> None:
        """A copy of the plan in hand, taken in hand."""
        self._apply(partial(plan_names.duplicate, name=self._bench.desk.active_plan))

    def rename(self) -> None:
        """Edit the name in the list."""
        if self.list.currentItem() is not None:
            self.list.editItem(self.list.currentItem())

    def delete(self) -> None:
        """Delete the plan in hand; undo brings it back with its notes."""
        name = self._bench.desk.active_plan
        if self._bench.plan is not None and self._apply(partial(plan_names.delete, name=name)):
            self._bench.desk.say(f"The plan {name} is deleted; undo (Ctrl+Z) brings it back with its notes.")

    def difference(self) -> None:
        """Open the difference of the plan in hand and another one."""
        dialog = PlanDifferenceDialog(self._bench.session.case, self._bench.desk.active_plan, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _apply(self, make: partial[PlansEdit]) -> bool:
        case = self._bench.session.case
        notes = case.state.get(NOTES) or {}
        return self._bench.desk.attempt(lambda: self._bench.apply(make(case.plans(), notes)))

    # ---- following ----------------------------------------------------------------------------------

    def _recolour(self) -> None:
        """Rows hold colours of the theme."""
        self._rows = ()
        self.refresh()

    def refresh(self) -> None:
        """The list as the session is now; rows are only made again when something in them changed."""
        bench = self._bench
        rows = self.rows()
        active = bench.desk.active_plan
        self.list.blockSignals(True)
        if rows != self._rows or self.list.count() != len(rows):
            self._rows = rows
            self.list.clear()
            for one in rows:
                self.list.addItem(self._item(one))
        at = next((n for n, r in enumerate(rows) if r.name == active), -1)
        if at != self.list.currentRow():
            self.list.setCurrentRow(at)
        self.list.blockSignals(False)
        self.list.setFixedHeight(min(max(len(rows), 2), 5) * self._row_height() + 14)
        row = rows[at] if at >= 0 else None
        self._show_row(row)
        self._enable(len(rows))

    def rows(self) -> tuple[PlanRow, ...]:
        """What is listed."""
        case = self._bench.session.case
        return plan_rows(case) if case.state.get("anatomy") else ()

    def _row_height(self) -> int:
        return max(self.list.sizeHintForRow(0), self.list.fontMetrics().height() + 8)

    def _item(self, row: PlanRow) -> QListWidgetItem:
        mark, role = MARKS[row.result]
        out = QListWidgetItem(icon(mark, role), row.name)
        out.setData(NAME, row.name)
        note = f"\nNotes: {row.note}" if row.note else ""
        out.setToolTip(f"{row.summary}\n{RESULT_WORDS[row.result]}{note}")
        if not self._bench.session.read_only:
            out.setFlags(out.flags() | Qt.ItemFlag.ItemIsEditable)
        if row.result == "out of date":
            out.setForeground(QColor(theme().stale))
        return out

    def _show_row(self, row: PlanRow | None) -> None:
        self.state.setText("" if row is None else f"{row.summary}. {RESULT_WORDS[row.result]}.")
        set_role(self.state, "stale" if row is not None and row.result == "out of date" else "muted")
        if not self.notes.hasFocus():
            text = "" if row is None else row.note
            if self.notes.toPlainText() != text:
                self.notes.setPlainText(text)
        self.notes.setEnabled(row is not None and not self._bench.session.read_only)

    def _enable(self, count: int) -> None:
        locked = "" if not self._bench.session.read_only else self._bench.why_not()
        needs_plan = locked or self._bench.why_not()
        reasons = {
            "new": locked,
            "duplicate": needs_plan,
            "rename": needs_plan,
            "delete": needs_plan,
            "difference": "" if count > 1 else "A difference needs two plans.",
        }
        for key, button in self.buttons.items():
            button.setEnabled(not reasons[key])
            button.setToolTip(reasons[key] or str(button.property("tip")))

    def _chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        self.keep_notes()
        if item is not None:
            self._bench.desk.set_active_plan(item.data(NAME))

    def _typed(self, item: QListWidgetItem) -> None:
        if item.text() != item.data(NAME):
            self._name_typed.emit(item.data(NAME), item.text())

    def _renamed(self, before: str, wanted: str) -> None:
        if not self._apply(partial(plan_names.rename, name=before, wanted=wanted)):
            self._rows = ()
            self.refresh()

    def keep_notes(self) -> None:
        """Store what was typed as one undo step."""
        name = self._bench.desk.active_plan
        text = self.notes.toPlainText().strip()
        if self._bench.plan is None or self._bench.session.read_only:
            return
        if text == (self._bench.session.case.state.get(NOTES) or {}).get(name, ""):
            return
        self._apply(partial(plan_names.annotate, name=name, text=text))
