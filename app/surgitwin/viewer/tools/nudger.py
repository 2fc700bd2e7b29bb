"""Key presses that move an implant, done one after the other by a worker; none is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.planning.plans.implant_drag import HeldImplant
from surgitwin.planning.plans.implant_follow import Step, all_steps
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.tools.implant_hold import ImplantHold

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class Nudger:
    """done: called with the implant as it was held and the plan that the steps lead to."""

    def __init__(self, desk: Desk, hold: ImplantHold, done: Callable[[HeldImplant, Plan], None]) -> None:
        self._desk, self._hold, self._done = desk, hold, done
        self._waiting: list[Step] = []
        self._working = False
        self._latest = Latest(desk, self._refused)
        desk.closing.connect(self._latest.stop)

    @property
    def busy(self) -> bool:
        """Whether a press is not done yet."""
        return self._working or bool(self._waiting)

    def add(self, step: Step) -> None:
        """One more press."""
        self._waiting.append(step)
        self._go()

    def _go(self) -> None:
        held = self._hold.held
        if self._working or not self._waiting:
            return
        steps, self._waiting = tuple(self._waiting), []
        if held is not None:
            self._working = True
            self._latest.ask(lambda: (held, all_steps(held, steps)), self._arrived)

    def _arrived(self, answer: tuple[HeldImplant, Plan]) -> None:
        self._working = False
        self._done(*answer)
        self._go()

    def _refused(self, error: SurgiTwinError) -> None:
        self._working = False
        self._waiting.clear()
        self._desk.say(f"{error.message} {error.hint}")
