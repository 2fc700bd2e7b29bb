"""Studies that an archive named, with their series when one is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from surgitwin.planning.images.series_tree import words_of_date

HEAD = ("Patient, series", "ID", "Date", "What", "Kind", "Count")
STUDY, SERIES = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
Row = Mapping[str, str]


class RowsView(QTreeWidget):
    """Emits `series_wanted` (study UID) when a study is opened the first time, `changed` with the choice."""

    series_wanted = Signal(str)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pacsRows")
        self.setAccessibleName("studies of the archive")
        self.setColumnCount(len(HEAD))
        self.setHeaderLabels(HEAD)
        self.setUniformRowHeights(True)
        for column, width in enumerate((280, 120, 140, 260, 80, 60)):
            self.setColumnWidth(column, width)
        self.itemExpanded.connect(self._opened)
        self.currentItemChanged.connect(lambda _new, _old: self.changed.emit())

    def show_studies(self, rows: Sequence[Row]) -> None:
        """Begin anew."""
        self.clear()
        items = [self._study(row) for row in rows if row.get("StudyInstanceUID")]
        self.addTopLevelItems(items)
        if items:
            self.setCurrentItem(items[0])

    def _study(self, row: Row) -> QTreeWidgetItem:
        name = row["PatientName"].split("=")[0].replace("^", ", ", 1).replace("^", " ")
        item = QTreeWidgetItem([
            name or "Patient without a name", row["PatientID"], words_of_date(row["StudyDate"]),
            row["StudyDescription"], row["ModalitiesInStudy"], row["NumberOfStudyRelatedSeries"],
        ])  # fmt: skip
        item.setData(0, STUDY, row["StudyInstanceUID"])
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return item

    def show_series(self, study_uid: str, rows: Sequence[Row]) -> None:
        """Hang the series below their study."""
        for n in range(self.topLevelItemCount()):
            item = self.topLevelItem(n)
            if item is not None and item.data(0, STUDY) == study_uid and not item.childCount():
                item.addChildren([self._series(study_uid, row) for row in rows])

    def _series(self, study_uid: str, row: Row) -> QTreeWidgetItem:
        words = " ".join(w for w in (row["SeriesNumber"], row["SeriesDescription"]) if w) or "Series"
        item = QTreeWidgetItem([
            words, "", words_of_date(row["SeriesDate"]), row["BodyPartExamined"].lower(), row["Modality"],
            row["NumberOfSeriesRelatedInstances"],
        ])  # fmt: skip
        item.setData(0, STUDY, study_uid)
        item.setData(0, SERIES, row["SeriesInstanceUID"])
        return item

    def _opened(self, item: QTreeWidgetItem) -> None:
        if not item.childCount():
            self.series_wanted.emit(str(item.data(0, STUDY)))

    def chosen(self) -> tuple[str, str] | None:
        """UIDs of the selected study and series ("" for the whole study)."""
        item = self.currentItem()
        if item is None:
            return None
        return str(item.data(0, STUDY)), str(item.data(0, SERIES) or "")
