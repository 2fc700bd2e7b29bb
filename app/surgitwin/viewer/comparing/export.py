"""What can be exported from Compare: a picture of the views, a chart, the report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGroupBox, QPushButton, QVBoxLayout, QWidget

from surgitwin.core.errors import StorageError
from surgitwin.scene.page import png
from surgitwin.viewer.comparing.charts import CompareCharts
from surgitwin.viewer.comparing.sheet import sheet_of
from surgitwin.viewer.comparing.views import CompareViews
from surgitwin.viewer.deidentify.going_out import NUMBERS, PICTURES, write_out
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.help_finder import set_topic
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

Kind = Literal["html", "pdf"]
PNG = "Pictures (*.png)"
REPORTS: dict[Kind, tuple[str, str]] = {
    "html": ("Report (HTML)", "Web pages (*.html)"),
    "pdf": ("Report (PDF)", "PDF files (*.pdf)"),
}


class CompareExport(QGroupBox):
    """Four buttons. views, charts: where the pictures come from, filled in by the page."""

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__("Export", parent)
        self._desk = desk
        self.views: CompareViews | None = None
        self.charts: CompareCharts | None = None
        self._pictures, self._drawings = Latest(self, desk.say_error), Latest(self, desk.say_error)
        set_topic(self, "report")
        column = QVBoxLayout(self)
        one = "One file with pictures, numbers and sources of all simulated plans"
        for name, words, art, tip, run in (
            (
                "picture",
                "Picture of the views ...",
                "picture",
                "Save what the views show as a PNG",
                self.ask_picture,
            ),
            (
                "chart",
                "Chart ...",
                "chart",
                "Save the chart that is shown under Charts as a PNG",
                self.ask_chart,
            ),
            ("html", "Report for the screen (HTML) ...", "report", one, partial(self.ask_report, "html")),
            ("pdf", "Report to print (PDF) ...", "pdf", one, partial(self.ask_report, "pdf")),
        ):
            button = QPushButton(words, self)
            button.setObjectName(f"export_{name}")
            button.setToolTip(tip)
            set_icon(button, art)
            button.clicked.connect(lambda _=False, r=run: r())
            column.addWidget(button)

    def ask_picture(self) -> None:
        """Ask where the picture of the views shall go."""
        self._choose("Save the picture", "comparison.png", PNG, self.save_picture)

    def ask_chart(self) -> None:
        """Ask where the chart shall go."""
        self._choose("Save the chart", "chart.png", PNG, self.save_chart)

    def ask_report(self, kind: Kind) -> None:
        """Ask where the report shall go."""
        self._choose("Write the report", f"report.{kind}", REPORTS[kind][1], partial(self.write_report, kind))

    def _choose(self, title: str, name: str, kinds: str, then: Callable[[Path], None]) -> None:
        """Ask where to; the window goes on meanwhile."""
        session = self._desk.session
        folder = Path.home() if session is None else session.path.parent
        dialog = QFileDialog(self, title, str(folder / name), kinds)
        dialog.setObjectName("saveDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
        dialog.open()

    def save_picture(self, path: Path) -> None:
        """Write all views as one PNG, each with its words, scale and the notice."""
        views = self.views
        if views is not None and views.visible_views:
            captured, columns = views.capture(), views.columns
            self._write(self._pictures, PICTURES, path, lambda: png(sheet_of(captured, columns)))

    def save_chart(self, path: Path) -> None:
        """Write the chart as a PNG."""
        if self.charts is not None:
            self._write(self._drawings, NUMBERS, path, self.charts.maker())

    def _write(self, writer: Latest, what: str, path: Path, make: Callable[[], bytes]) -> None:
        """Make the file in a worker, then say so."""
        words = f"Saved {path.name} in {path.parent}."
        write_out(self._desk, writer, what, partial(_written, path, make), lambda: words)

    def release(self) -> None:
        """Wait for what is being written."""
        self._pictures.stop()
        self._drawings.stop()

    def write_report(self, kind: Kind, path: Path) -> None:
        """Write the report of all simulated plans, as a job."""
        if self._desk.jobs is not None:
            asked = {"path": str(path), "format": kind, "purpose": purpose_of(self._desk)}
            self._desk.jobs.start("report", asked, REPORTS[kind][0])


def _written(path: Path, make: Callable[[], bytes]) -> None:
    """StorageError "report.unwritable"."""
    content = make()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            "report.unwritable",
            f"{path.name} cannot be written: {error.strerror}.",
            hint="Choose another folder, or free some space.",
            where=str(path),
        ) from error
