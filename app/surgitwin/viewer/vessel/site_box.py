"""What is planned in this case: a bone, the aortic root or an artery."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from surgitwin.planning.site import SITES, site_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.viewer.desk import Desk


class SiteBox(QWidget):
    """A choice; another one is an undo step, and the window then shows the pages of that site."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self.choice = QComboBox(self)
        self.choice.setObjectName("site")
        self.choice.setAccessibleName("What is planned")
        for name, words in SITES.items():
            self.choice.addItem(words.title, name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Planned on", self))
        row.addWidget(self.choice, 1)
        self.refresh()
        self.choice.activated.connect(lambda _n: self._chosen())

    def refresh(self) -> None:
        """The site as the case has it, and why it cannot be changed."""
        case = self._session.case
        self.choice.setCurrentIndex(self.choice.findData(site_of(case)))
        why = self._why_not()
        self.choice.setEnabled(not why)
        self.choice.setToolTip(why or "Femur: plates and nails. Aortic root: valves. Artery: stents.")

    def _why_not(self) -> str:
        case, jobs = self._session.case, self._desk.jobs
        if self._session.read_only:
            return "The case is open for reading only: another window holds it."
        if case.plans():
            return "The case has plans: delete them first, or import the image as another case."
        if jobs is not None and jobs.busy:
            return "Wait until the running step has ended, or cancel it."
        return ""

    def _chosen(self) -> None:
        site = self.choice.currentData()
        if site != site_of(self._session.case):
            words = f"Plan on the {SITES[site].title.lower()}"
            state = {"site": site, KEY: None}  # another kind of vessel is measured anew
            self._desk.attempt(partial(self._session.edit, words, state=state))
