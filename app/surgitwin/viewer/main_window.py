"""The window: header, the five steps, panel, views, status line; opens, saves and closes cases."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from surgitwin.core.progress import Progress
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.step_state import STEPS
from surgitwin.planning.steps import step_states
from surgitwin.scene.page import NOTICE
from surgitwin.viewer.actions import Actions
from surgitwin.viewer.collector import collect_in_window_thread
from surgitwin.viewer.deidentify.going_out import ReportNotes
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.graphics import keep_surface, settle_format
from surgitwin.viewer.job_center import JobCenter
from surgitwin.viewer.keeper import Keeper
from surgitwin.viewer.leaving import Leaver
from surgitwin.viewer.mending import Mender
from surgitwin.viewer.menus import add_actions, fill_menus
from surgitwin.viewer.objects.scene import ObjectScene
from surgitwin.viewer.opening import Opened, Opener
from surgitwin.viewer.page_sets import change_pages, drop_pages, make_pages
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.pages.import_page import ImportPage
from surgitwin.viewer.preferences import preferences
from surgitwin.viewer.rehearsing.panel import RehearsalBanner
from surgitwin.viewer.scene_director import SceneDirector
from surgitwin.viewer.views.four_up import FourUp
from surgitwin.viewer.views.probe_line import ProbeLine
from surgitwin.viewer.views.view_bar import ViewBar
from surgitwin.viewer.widgets.busy_card import BusyCard
from surgitwin.viewer.widgets.error_card import ErrorCard
from surgitwin.viewer.widgets.header import Header
from surgitwin.viewer.widgets.history_list import HistoryDock
from surgitwin.viewer.widgets.job_bar import JobBar
from surgitwin.viewer.widgets.panel_stack import PanelStack
from surgitwin.viewer.widgets.step_bar import StepBar

PANEL_PX = 360


class MainWindow(QMainWindow):
    """One window, at most one open case. `open_path` opens a case, `close` asks about unsaved work."""

    def __init__(self) -> None:
        settle_format()
        collect_in_window_thread()
        super().__init__()
        self.setObjectName("mainWindow")
        keep_surface(self)
        room = self.screen().availableGeometry()
        self.resize(min(1600, room.width()), min(980, room.height()))
        self.setAcceptDrops(True)
        self.actions_ = Actions(self)
        self.desk = Desk(self.actions_, self)
        self.jobs = JobCenter(self.desk, self)
        self.desk.jobs = self.jobs
        self.report_notes = ReportNotes(self.desk, self)
        self.desk.open_path, self.desk.go_to = self.open_path, self.go_to
        self.desk.make_and_open = self.make_and_open
        self.keeper: Keeper | None = None
        self.opener = Opener(self)
        self.mender = Mender(self.desk, self)
        self.desk.mend = self.mender.mend
        self.pages: dict[str, Page] = {}
        self.page: Page | None = None
        self.leaver = Leaver(self.desk, self.drop_case, self)
        add_actions(self)
        self._build()
        fill_menus(self)
        self._connect()
        self.add_page(ImportPage(self.desk))
        self.go_to("import")
        self._refresh()

    def _build(self) -> None:
        root = QWidget(self)
        column = QVBoxLayout(root)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        self.header, self.step_bar = Header(self.desk, root), StepBar(root)
        self.error_card, self.rehearsal = ErrorCard(root), RehearsalBanner(self.desk, root)
        self.panels, self.centres = PanelStack(root), QStackedWidget(root)
        self.panels.setObjectName("panels")
        self.panels.widened.connect(self._fit_panel)
        self.panel_scroll = QScrollArea(root)
        self.panel_scroll.setWidget(self.panels)
        self.panel_scroll.setWidgetResizable(True)
        self.panel_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.panel_scroll.setMinimumWidth(PANEL_PX)
        self.split = QSplitter(Qt.Orientation.Horizontal, root)
        self.split.addWidget(self.panel_scroll)
        self.split.addWidget(self.centres)
        self.split.setStretchFactor(1, 1)
        self.split.setChildrenCollapsible(False)
        self.split.setSizes([PANEL_PX, 1200])
        for widget in (self.header, self.rehearsal, self.step_bar, self.error_card):
            column.addWidget(widget)
        column.addWidget(self.split, 1)
        self.setCentralWidget(root)
        self.probe, self.job_bar = ProbeLine(self), JobBar(self.jobs, self)
        self.statusBar().addWidget(self.probe, 1)
        self.statusBar().addPermanentWidget(self.job_bar)
        self.view_place: QWidget | None = None
        self.history = HistoryDock(self.desk, self)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.history)
        self.busy = BusyCard(self.centres)
        self.centres.addWidget(self.busy)

    def _connect(self) -> None:
        self.step_bar.chosen.connect(self.go_to)
        self.step_bar.mend_asked.connect(self.mender.mend)
        self.desk.said.connect(lambda words: self.statusBar().showMessage(words, 8000))
        self.desk.error_said.connect(self.error_card.show_error)
        self.desk.warned.connect(self.error_card.show_warning)
        for over in (self.desk.opened, self.desk.error_over):
            over.connect(self.error_card.hide)
        self.opener.opened.connect(self._show_case)
        self.opener.failed.connect(self.desk.say_error)
        self.opener.started.connect(self._show_busy)
        self.opener.progressed.connect(self.busy.show_progress)
        self.opener.ended.connect(self._end_busy)
        self.busy.cancelled.connect(self.opener.cancel)
        self.leaver.saving.connect(self.split.setDisabled)
        for signal in (self.jobs.started, self.jobs.finished, self.jobs.failed, self.jobs.cancelled):
            signal.connect(lambda *_: self._refresh())

    # ---- pages --------------------------------------------------------------------------------------

    def add_page(self, page: Page) -> None:
        """Put a page with its panel and its centre into the window."""
        self.pages[page.step] = page
        self.panels.addWidget(page)
        if page.centre is not None:
            self.centres.addWidget(page.centre)

    def go_to(self, step: str) -> None:
        """Show the page of a step; before a case is open only Import can be shown."""
        page = self.pages.get(step)
        if page is None:
            self.desk.say("Import a scan or open a case first.")
            self.step_bar.set_current(self.page.step if self.page is not None else "import")
            return
        if page is not self.page:
            if self.page is not None:
                self.page.left()
                self.error_card.hide()  # what it told was about the page before
            self.page = page
            self.panels.setCurrentWidget(page)
            self.panel_scroll.verticalScrollBar().setValue(0)
            centre = page.centre if page.centre is not None else self.view_place
            if centre is not None:
                self.centres.setCurrentWidget(centre)
            self.panel_scroll.setVisible(bool(page.children()))
            self._fit_panel()
            page.entered()
        self.step_bar.set_current(step)

    def _fit_panel(self) -> None:
        """Nothing of the panels is cut at their right edge."""
        bar = self.panel_scroll.verticalScrollBar().sizeHint().width()
        needed = self.panels.minimumSizeHint().width() + bar + 2 * self.panel_scroll.frameWidth()
        self.panel_scroll.setMinimumWidth(max(PANEL_PX, needed))

    def next_step(self, by: int) -> None:
        """The page after (1) or before (-1) this one."""
        at = STEPS.index(self.page.step) if self.page is not None else 0
        self.go_to(STEPS[min(max(at + by, 0), len(STEPS) - 1)])

    # ---- cases --------------------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open the case at `path`, in place of the one that is open."""
        session = self.desk.session
        if session is not None and session.path.resolve() == Path(path).resolve():
            self.go_to("anatomy")
            return
        self.leaver.leave(self.keeper, partial(self.opener.open, Path(path)))

    def close_case(self) -> None:
        """Close the open case, after asking about unsaved work."""
        self.leaver.leave(self.keeper)

    def make_and_open(self, path: Path, make: Callable[[Progress], object], words: str) -> None:
        """Let `make` write the case at `path` in a worker with its progress shown, then open it."""
        self.leaver.leave(self.keeper, lambda: self.opener.make_and_open(path, make, words))

    def _show_busy(self, words: str) -> None:
        self.busy.start(words)
        self.panel_scroll.hide()
        self.centres.setCurrentWidget(self.busy)

    def _end_busy(self) -> None:
        """Back to the page that was shown, when no case was opened."""
        if self.centres.currentWidget() is self.busy and self.page is not None:
            page, self.page = self.page, None
            self.go_to(page.step)

    def _show_case(self, opened: Opened) -> None:
        desk = self.desk
        desk.session, desk.model = opened.session, opened.model
        self.keeper = Keeper(opened.session, self, 1000 * preferences().autosave_s)
        self.keeper.failed.connect(desk.say_error)
        self.keeper.saved.connect(lambda: desk.say("Saved."))
        place = QWidget(self.centres)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        desk.views = FourUp(opened.model, place)
        self.view_place = place
        desk.director = SceneDirector(desk, self)
        desk.objects = ObjectScene(desk, self)
        self.view_bar = ViewBar(desk, place)
        column.addWidget(self.view_bar)
        column.addWidget(desk.views, 1)
        self.centres.addWidget(place)
        # In front once, whatever page comes first: Qt crashes (6.12, Mesa) when it first composes a window
        # whose OpenGL child has never been shown.
        self.centres.setCurrentWidget(place)
        plans = list(opened.session.case.plans())
        desk.set_active_plan(plans[0] if plans else "")
        for page in make_pages(desk):
            self.add_page(page)
        opened.session.changed.connect(self._changed)
        self.probe.attach(desk)
        desk.opened.emit()
        self._refresh()
        self.go_to(self._first_step())
        self.activateWindow()  # the 3D view's native window may have taken the keyboard away

    def _first_step(self) -> str:
        """The first step that needs something done, else the last that there is."""
        assert self.desk.session is not None
        case = self.desk.session.case
        states = step_states(case)[1:]
        last = "compare" if work_of(case).operates else "anatomy"
        return next((s.step for s in states if s.state in ("todo", "stale")), last)

    def drop_case(self) -> None:
        """Close the open case and its views without asking; what was not saved is gone."""
        session = self.desk.session
        if session is None:
            return
        self.go_to("import")
        self.desk.closing.emit()
        self.jobs.stop()
        session.changed.disconnect(self._changed)
        self.probe.detach()
        drop_pages(self.desk, self.pages)
        self.view_bar.release()
        if self.desk.director is not None:
            self.desk.director.release()
            self.desk.director.deleteLater()
        if self.desk.objects is not None:
            self.desk.objects.release()
            self.desk.objects.deleteLater()
        if self.desk.views is not None:
            self.desk.views.release()
        if self.view_place is not None:
            self.view_place.setParent(None)
            self.view_place.deleteLater()
        if self.keeper is not None:
            self.keeper.stop()
            self.keeper.deleteLater()
        session.discard_draft()
        session.close()
        desk = self.desk
        desk.session = desk.model = desk.views = desk.director = desk.objects = None
        self.keeper = self.view_place = None
        desk.set_active_plan("")
        self._refresh()
        gc.collect()  # a closed case is hundreds of MB in cycles, which the timer would come to in 10 s

    def save(self) -> None:
        """Save the open case in the background."""
        if self.keeper is not None and self.desk.session is not None and self.desk.session.dirty:
            self.keeper.save()

    def undo(self) -> None:
        """Take the last step back and say which."""
        name = self.desk.session.undo() if self.desk.session is not None else ""
        if name:
            self.desk.say(f"Undone: {name}")

    def redo(self) -> None:
        """Do the last undone step again and say which."""
        name = self.desk.session.redo() if self.desk.session is not None else ""
        if name:
            self.desk.say(f"Done again: {name}")

    def toggle_history(self) -> None:
        """Show or hide the list of steps."""
        self.history.setVisible(not self.history.isVisible())

    # ---- state --------------------------------------------------------------------------------------

    def _changed(self, topics: frozenset[str]) -> None:
        if "plans" in topics and self.desk.plan is None and self.desk.session is not None:
            plans = list(self.desk.session.case.plans())
            self.desk.set_active_plan(plans[0] if plans else "")
        if "voxels" in topics:
            self._show_voxels()
        if "anatomy" in topics and self.desk.model is not None and self.desk.session is not None:
            case = self.desk.session.case
            self.desk.model.set_anatomy(case.anatomy if case.state.get("anatomy") else None)
        if "site" in topics:
            change_pages(self)
        self._refresh()

    def _show_voxels(self) -> None:
        """The label array as it is now; a new map only when the segments or the array are others."""
        model, session = self.desk.model, self.desk.session
        if model is None or session is None:
            return
        shown, now = model.labels, session.labels
        if (
            shown is not None
            and now is not None
            and shown.segments == now.segments
            and np.may_share_memory(shown.array, now.array)
        ):
            model.labels_edited(session.changed_box)
        else:
            model.set_labels(now)

    def _refresh(self) -> None:
        """Header, steps, undo names and title."""
        session = self.desk.session
        case = None if session is None else session.case
        free = session is not None and not session.read_only and not self.jobs.busy
        self.step_bar.show_states(step_states(case), can_mend=free or case is None)
        self.header.refresh()
        self.history.refresh()
        for command, word, name in (
            ("undo", "Undo", session.undo_name if session else ""),
            ("redo", "Redo", session.redo_name if session else ""),
        ):
            self.actions_[command].setText(f"{word} {name[:1].lower()}{name[1:]}" if name else word)
            self.actions_[command].setEnabled(bool(name))
            self.actions_.set_tip(command, f"{word} {name}" if name else f"Nothing to {word.lower()}")
        self.actions_["save"].setEnabled(session is not None and session.dirty)
        self.actions_["close_case"].setEnabled(session is not None)
        mark = "*" if session is not None and session.dirty else ""
        name = "" if case is None else f"{case.name}{mark} - "
        self.setWindowTitle(f"{name}SurgiTwin - {NOTICE}")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, then stop what runs and close what VTK holds."""
        session = self.desk.session
        if session is not None and session.dirty:
            event.ignore()
            self.leaver.leave(self.keeper, self.close)
            return
        self.drop_case()
        self.opener.stop()
        self.jobs.stop()
        self.report_notes.release()
        for page in self.pages.values():
            page.release()
        self.desk.writer.finish()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A folder, files, a zip or a case can be dropped anywhere."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A case is opened, anything else is looked at by Import."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if len(paths) == 1 and (paths[0] / "case.json").is_file():
            self.open_path(paths[0])
            return
        self.go_to("import")
        page = self.pages["import"]
        if isinstance(page, ImportPage):
            page.take(paths)
