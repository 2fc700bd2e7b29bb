"""What pages and tools work with: the open case, its views, jobs, commands, and the plan in hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.core.progress import Progress
from surgitwin.planning.session import Session
from surgitwin.viewer.actions import Actions
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.writer import Writer

if TYPE_CHECKING:
    from surgitwin.viewer.job_center import JobCenter
    from surgitwin.viewer.objects.scene import ObjectScene
    from surgitwin.viewer.scene_director import SceneDirector
    from surgitwin.viewer.vessel.place import VesselPlace
    from surgitwin.viewer.views.four_up import FourUp


class Desk(QObject):
    """One window's working place. `session`, `model`, `views`, `director` and `objects` are None while no
    case is open.

    active_plan: name of the plan that views and tools are about, "" without one. The window fills in
    `open_path`, `make_and_open` (path, work that writes the case, words for the progress), `go_to`, `mend`.
    """

    opened = Signal()
    closing = Signal()
    active_plan_changed = Signal(str)
    said = Signal(str)
    error_said = Signal(object)
    warned = Signal(str)
    error_over = Signal()

    def __init__(self, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.actions = actions
        self.writer = Writer(self.say_error, self)
        self.session: Session | None = None
        self.model: ViewModel | None = None
        self.views: FourUp | None = None
        self.director: SceneDirector | None = None
        self.objects: ObjectScene | None = None
        self.vessel: VesselPlace | None = None
        self.jobs: JobCenter | None = None
        self.active_plan = ""
        self.open_path: Callable[[Path], None] = _nothing
        self.make_and_open: Callable[[Path, Callable[[Progress], object], str], None] = _nothing
        self.go_to: Callable[[str], None] = _nothing
        self.mend: Callable[[str], None] = _nothing
        self.simulate: Callable[[], None] | None = None
        """Filled in by the Simulate page: queue every plan without a current result."""

    def say(self, words: str) -> None:
        """A line in the status bar."""
        self.said.emit(words)

    def warn(self, words: str) -> None:
        """What must not be overlooked, shown until it is put away."""
        self.warned.emit(words)

    def say_error(self, error: SurgiTwinError) -> None:
        """A failure with its next step, shown without stopping the user."""
        self.error_said.emit(error)

    def attempt(self, action: Callable[[], object]) -> bool:
        """Run `action`; a known error is shown. Whether it went well."""
        try:
            action()
        except SurgiTwinError as error:
            self.say_error(error)
            return False
        return True

    @property
    def plan(self) -> Plan | None:
        """The plan in hand."""
        return None if self.session is None else self.session.case.plans().get(self.active_plan)

    def set_active_plan(self, name: str) -> None:
        """Take a plan in hand ("" for none); emits `active_plan_changed`."""
        if name != self.active_plan:
            self.active_plan = name
            self.active_plan_changed.emit(name)


def _nothing(*_what: object) -> None:
    """Until the window fills it in."""
