"""Choosing one series: tree at the left, preview, facts, name and weight at the right, Import below."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.errors import SurgiTwinError
from surgitwin.imaging.dicom.thumbnail import Preview, preview
from surgitwin.planning.images.series_tree import SeriesRow
from surgitwin.planning.images.source import Found
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.importing.form import ImportForm
from surgitwin.viewer.importing.preview import PreviewPane
from surgitwin.viewer.importing.resample import ResampleTick
from surgitwin.viewer.importing.tree_view import ImportTree
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import set_role


class ImportChoice(QWidget):
    """Emits `wanted` (Series, path, kg or None, whether to resample) and `other_wanted` (look somewhere
    else).
    """

    wanted = Signal(object, Path, object, bool)
    other_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importChoice")
        self._found: Found | None = None
        self._row: SeriesRow | None = None
        self._previews: dict[str, Preview] = {}
        self._latest = Latest(self, self._no_preview)
        self.heading, self.left_aside = QLabel(self), QLabel(self)
        set_role(self.heading, "title")
        set_role(self.left_aside, "muted")
        self.tree, self.preview, self.form = ImportTree(self), PreviewPane(self), ImportForm(self)
        self.title, self.facts, self.advice = QLabel(self), QLabel(self), QLabel(self)
        set_role(self.title, "heading")
        for label in (self.heading, self.left_aside, self.title, self.facts, self.advice):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.advice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.resample = ResampleTick(self)
        self.other, self.take = (
            QPushButton("Look somewhere else", self),
            QPushButton("Import this series", self),
        )
        self.other.setObjectName("importOther")
        self.take.setObjectName("importSeries")
        set_icon(self.other, "left")
        set_icon(self.take, "import", "on_accent")
        set_role(self.take, "primary")
        self._lay_out()
        self.tree.series_chosen.connect(self.show_row)
        self.tree.wanted.connect(lambda _row: self.take.click())
        self.form.changed.connect(self._judge)
        self.resample.changed.connect(self._judge)
        self.take.clicked.connect(self._take)
        self.other.clicked.connect(self.other_wanted)

    def _lay_out(self) -> None:
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(10, 0, 4, 0)
        self.banner = QFrame(right)
        set_role(self.banner, "banner")
        QVBoxLayout(self.banner).addWidget(self.advice)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        column.addWidget(self.banner)
        column.addWidget(self.resample)
        column.addWidget(self.preview, 1)
        column.addWidget(self.form)
        scroll = QScrollArea(self)
        scroll.setWidget(right)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(self.tree)
        split.addWidget(scroll)
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 5)
        split.setChildrenCollapsible(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.other)
        buttons.addStretch(1)
        buttons.addWidget(self.take)
        whole = QVBoxLayout(self)
        whole.addWidget(self.heading)
        whole.addWidget(split, 1)
        whole.addWidget(self.left_aside)
        whole.addLayout(buttons)

    def show_found(self, found: Found) -> None:
        """Begin with what a scan found."""
        self._found, self._row = found, None
        self._previews.clear()
        self.heading.setText(f"{found.where}: {found.words}")
        self.left_aside.setText(found.left)
        self.left_aside.setVisible(bool(found.left))
        self.tree.show_found(found)
        self.tree.setFocus()

    def show_row(self, row: SeriesRow) -> None:
        """One series: facts, advice, preview, and a name for its case."""
        if row is self._row:
            return
        self._row = row
        self.title.setText(row.title)
        self.facts.setText(row.facts)
        self.advice.setText("\n".join((*row.advice, *row.notes)))
        self.banner.setVisible(bool(row.advice or row.notes))
        self.resample.show_offer(row.series.resample)
        self.form.setVisible(row.usable)
        if row.usable:
            self.form.show_series(row.series)
        self._show_preview(row)
        self._judge()

    def _show_preview(self, row: SeriesRow) -> None:
        uid = row.series.uid
        first = None if self._found is None else self._found.thumbnails.get(uid)
        if not row.usable:
            self.preview.show_reason(first, "One slice as it is stored")
        elif uid in self._previews:
            self.preview.show_preview(self._previews[uid])
        else:
            self.preview.show_waiting(first)
            self._latest.ask(partial(preview, row.series), partial(self._seen, row))

    def _seen(self, row: SeriesRow, seen: Preview) -> None:
        self._previews[row.series.uid] = seen
        if row is self._row:
            self.preview.show_preview(seen)

    def _no_preview(self, error: SurgiTwinError) -> None:
        row = self._row
        first = None if row is None or self._found is None else self._found.thumbnails.get(row.series.uid)
        self.preview.show_reason(first, f"{error.message}\n{error.hint}")

    def _judge(self) -> None:
        """Import is offered when the series and the form allow it; its tip says why not."""
        row = self._row
        if row is None:
            reason = "Select a series first."
        elif not row.usable:
            reason = "This series cannot be used: the reason stands beside it."
        else:
            reason = self.resample.fault or self.form.fault
        self.take.setEnabled(not reason)
        self.take.setToolTip(reason or f"Make the case {self.form.name.text()} from this series (Enter)")

    def _take(self) -> None:
        if self._row is not None and self._row.usable and not (self.resample.fault or self.form.fault):
            given = (self.form.path, self.form.body_weight_kg, self.resample.ticked)
            self.wanted.emit(self._row.series, *given)

    def release(self) -> None:
        """Stop reading previews."""
        self._latest.stop()
