"""The pages of an open case (bone, vessel, other anatomy); made and taken away as a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from surgitwin.planning.site import is_general, is_vessel
from surgitwin.viewer.pages.anatomy_page import AnatomyPage
from surgitwin.viewer.pages.base import Page
from surgitwin.viewer.pages.compare_page import ComparePage
from surgitwin.viewer.pages.no_operation_page import NoComparisonPage, NoPlansPage, NoSimulationPage
from surgitwin.viewer.pages.plans_page import PlansPage
from surgitwin.viewer.pages.simulate_page import SimulatePage
from surgitwin.viewer.vessel.anatomy_page import VesselAnatomyPage
from surgitwin.viewer.vessel.compare_page import VesselComparePage
from surgitwin.viewer.vessel.place import VesselPlace
from surgitwin.viewer.vessel.plans_page import VesselPlansPage
from surgitwin.viewer.vessel.simulate_page import VesselSimulatePage

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.main_window import MainWindow

BONE_PAGES: tuple[type[Page], ...] = (AnatomyPage, PlansPage, SimulatePage, ComparePage)
GENERAL_PAGES: tuple[type[Page], ...] = (AnatomyPage, NoPlansPage, NoSimulationPage, NoComparisonPage)
VESSEL_PAGES: tuple[type[Page], ...] = (
    VesselAnatomyPage, VesselPlansPage, VesselSimulatePage, VesselComparePage,
)  # fmt: skip


def make_pages(desk: Desk) -> list[Page]:
    """The pages after Import for the open case; `desk.vessel` is made first where there is one."""
    assert desk.session is not None
    if is_general(desk.session.case):
        return [kind(desk) for kind in GENERAL_PAGES]
    if not is_vessel(desk.session.case):
        return [kind(desk) for kind in BONE_PAGES]
    desk.vessel = VesselPlace(desk, desk)
    return [kind(desk) for kind in VESSEL_PAGES]


def drop_pages(desk: Desk, pages: dict[str, Page]) -> None:
    """Take the pages after Import away, with `desk.vessel`."""
    for step in [s for s in pages if s != "import"]:
        page = pages.pop(step)
        page.release()
        for widget in (page, page.centre):
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
    if desk.vessel is not None:
        desk.vessel.release()
        desk.vessel.deleteLater()
        desk.vessel = None


def change_pages(window: MainWindow) -> None:
    """The case is about another part of the body: other pages at the same step, once the change that is
    being told has reached the pages that go away."""

    def change() -> None:
        desk, page = window.desk, window.page
        if desk.session is None or page is None:
            return
        step = page.step
        if step != "import":
            page.left()
            window.page = None
        drop_pages(desk, window.pages)
        for made in make_pages(desk):
            window.add_page(made)
        window.go_to(step)

    QTimer.singleShot(0, window, change)
