"""The Import page: drop or choose images, choose a series, make a case; recent and sample cases."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.imaging import Series
from surgitwin.planning.case_names import cases_folder
from surgitwin.planning.images.new_case import case_from_series
from surgitwin.planning.images.origin import import_facts
from surgitwin.planning.images.source import Found
from surgitwin.planning.recent import RecentCase, forget, recent_cases, remember
from surgitwin.planning.samples import make_sample, sample, sample_path
from surgitwin.viewer.formats.image_import import ImageImport, image_file
from surgitwin.viewer.importing.choice import ImportChoice
from surgitwin.viewer.importing.flow import ImportFlow
from surgitwin.viewer.importing.start import ImportStart
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.widgets.busy_card import BusyCard

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class ImportPage(Page):
    """Uses the whole centre; the panel stays empty."""

    step, title = "import", "Import"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.cases: tuple[RecentCase, ...] = ()
        self._importing = False
        self.stack = QStackedWidget()
        self.stack.setObjectName("importCentre")
        self.centre = self.stack
        self.start, self.busy, self.choice = ImportStart(), BusyCard(), ImportChoice()
        self.busy.setObjectName("importBusy")
        scroll = QScrollArea(self.stack)
        scroll.setWidget(self.start)
        scroll.setWidgetResizable(True)
        self._home = scroll
        for widget in (scroll, self.busy, self.choice):
            self.stack.addWidget(widget)
        self.flow = ImportFlow(self.stack)
        self.images = ImageImport(desk, self.stack)
        self._latest = Latest(self.stack, desk.say_error)
        self._connect()
        desk.actions.add(
            "choose_folder",
            "Import from a &folder ...",
            self.start.drop.ask_folder,
            shortcut="Ctrl+Shift+O",
            icon="folder",
            tip="Look for series in a folder and everything below it",
            group="File",
        )
        self._refresh_recent()

    def _connect(self) -> None:
        start, flow = self.start, self.flow
        start.chosen.connect(self.take)
        start.drop.studies_wanted.connect(lambda: self.desk.actions["studies"].trigger())
        start.sample_wanted.connect(self.take_sample)
        start.case_wanted.connect(lambda path: self.desk.open_path(path))
        start.forget_wanted.connect(self._forget)
        start.open_wanted.connect(self._choose_case)
        start.back_wanted.connect(lambda: self.desk.go_to("anatomy"))
        flow.started.connect(self._started)
        flow.progressed.connect(self.busy.show_progress)
        flow.found.connect(self._found)
        flow.failed.connect(self._failed)
        flow.cancelled.connect(self.show_start)
        self.busy.cancelled.connect(flow.cancel)
        self.choice.wanted.connect(self._import)
        self.choice.other_wanted.connect(self.show_start)
        self.desk.opened.connect(self._opened)
        self.desk.closing.connect(lambda: self.start.show_imported(()))

    # ---- looking ------------------------------------------------------------------------------------

    def take(self, paths: list[Path]) -> None:
        """Look at what was dropped or chosen: folders, files, zips; a case is opened."""
        if not paths:
            return
        if len(paths) == 1 and (paths[0] / "case.json").is_file():
            self.desk.open_path(paths[0])
            return
        if self._importing and not self.stack.isVisible():  # visible again: it was called off
            self.desk.say("An import is under way: wait until it is done, or cancel it first.")
            return
        image = image_file(paths)
        if image is not None:
            self.images.ask(image)
            return
        self.flow.look(paths)

    def _started(self, words: str) -> None:
        self.desk.error_over.emit()
        self.busy.start(words)
        self.stack.setCurrentWidget(self.busy)

    def _found(self, found: Found) -> None:
        self.choice.show_found(found)
        self.stack.setCurrentWidget(self.choice)
        self.desk.say(found.words)

    def _failed(self, error: SurgiTwinError) -> None:
        self.show_start()
        self.desk.say_error(error)

    def show_start(self) -> None:
        """Back to the beginning of this page."""
        self.flow.clear()
        self.stack.setCurrentWidget(self._home)

    # ---- cases --------------------------------------------------------------------------------------

    def _import(self, series: Series, path: Path, kg: float | None, resample: bool) -> None:
        anonymous = self.choice.form.anonymous

        def make(progress: Progress) -> object:
            try:
                return case_from_series(
                    path, series, body_weight_kg=kg, resample=resample, anonymous=anonymous, progress=progress
                )
            finally:
                self._importing = False

        self._importing = True  # the images must stay where they were found
        self.desk.make_and_open(path, make, f"Importing {series.description or 'the series'} ...")

    def take_sample(self, sample_id: str) -> None:
        """Make a sample's case and open it."""
        wanted = sample(sample_id)
        path = sample_path(wanted, cases_folder())
        words = f"Making the sample case: {wanted.title[:1].lower()}{wanted.title[1:]} ..."
        if wanted.solved:
            words += "\nThis takes some minutes the first time. The case opens when it is done."
        self.desk.make_and_open(path, partial(make_sample, wanted, path), words)

    def _choose_case(self) -> None:
        if "open" in self.desk.actions:
            self.desk.actions["open"].trigger()

    def _opened(self) -> None:
        session = self.desk.session
        if session is None:
            return
        self.show_start()
        self.start.show_imported(import_facts(session.case))
        self.desk.writer.ask(partial(remember, session.path), self._refresh_recent)

    def _forget(self, path: Path) -> None:
        self.desk.writer.ask(partial(forget, path), self._refresh_recent)

    def _refresh_recent(self, _written: object = None) -> None:
        """Read the list; in a worker, for disks may be slow."""
        self._latest.ask(recent_cases, self._show_recent)

    def _show_recent(self, cases: tuple[RecentCase, ...]) -> None:
        self.cases = cases
        self.start.recent.show_cases(cases)

    # ---- page ---------------------------------------------------------------------------------------

    def entered(self) -> None:
        """What each recent case is like may have changed."""
        self._refresh_recent()
        session = self.desk.session
        self.start.show_imported(() if session is None else import_facts(session.case))
        self.stack.setFocus(Qt.FocusReason.OtherFocusReason)

    def release(self) -> None:
        """The window closes."""
        self.flow.release()
        self.choice.release()
        self.images.release()
        self._latest.stop()
