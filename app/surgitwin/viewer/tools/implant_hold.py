"""Which implant of the plan in hand is selected, held ready to be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from surgitwin.planning.case import Case
from surgitwin.planning.plans.implant_drag import HeldImplant, implant_at, solids_of
from surgitwin.planning.plans.step import context_of
from surgitwin.procedures.base import Context
from surgitwin.procedures.registry import bone_procedure
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.tools.base import SCENE, ViewEvent

if TYPE_CHECKING:
    from surgitwin.core.plan import Plan
    from surgitwin.viewer.desk import Desk

HIT_PX = 6.0
"""An implant is hit from so far beside it (handling only)."""
SIGHT_MM = np.arange(-400.0, 400.0, 1.0)
"""Places on a line of sight at which an implant is searched in 3D, from the middle of the plan's implants."""
BONE_TOPICS = frozenset({"mesh", "anatomy", "voxels", "segment_looks"})


class ImplantHold:
    """Keeps `held` in step with session, plan in hand and selection while `listen`ing.

    The bone's distances are computed in a worker the first time; `changed` tells when `held` is another one,
    `selected_changed` the number of the selected implant (None without one).
    """

    changed = Signal()
    selected_changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._latest = Latest(desk, desk.say_error)
        self._context: Context | None = None
        self.held: HeldImplant | None = None
        self.selected: int | None = None
        desk.closing.connect(self._latest.stop)

    def listen(self, on: bool) -> None:
        """Follow the session and the plan in hand, or stop."""
        session = self._desk.session
        if session is not None:
            (session.changed.connect if on else session.changed.disconnect)(self._session_changed)
        signal = self._desk.active_plan_changed
        (signal.connect if on else signal.disconnect)(self._other_plan)
        if on:
            self._context = None
            self.take()
        else:
            self.held = None

    def select(self, index: int | None) -> None:
        """Select an implant of the plan in hand."""
        if index != self.selected:
            self.selected = index
            self.selected_changed.emit(index)
            self.take()

    def take(self) -> None:
        """Hold the selected implant as the plan has it now."""
        plan, session = self._desk.plan, self._desk.session
        self.held = None
        if plan is not None and session is not None and not self.why_not():
            if self.selected is None and len(plan.implants) == 1:
                self.selected = 0
                self.selected_changed.emit(0)
            if self._context is None:
                case, known = session.case, plan
                self._latest.ask(lambda: _warm(case, known), self._arrived)
            elif self.selected is not None and self.selected < len(plan.implants):
                self.held = HeldImplant(self._context, plan, self.selected)
        self.changed.emit()

    def _arrived(self, context: Context) -> None:
        self._context = context
        self.take()

    def _session_changed(self, topics: frozenset[str]) -> None:
        if topics & BONE_TOPICS:
            self._context = None
        if topics & (BONE_TOPICS | {"plans"}):
            self.take()

    def _other_plan(self, _name: str) -> None:
        self.selected = None
        self.selected_changed.emit(None)
        self.take()

    def why_not(self) -> str:
        """Why nothing can be moved now, "" when something can."""
        session, plan = self._desk.session, self._desk.plan
        if session is None or session.read_only:
            return "The case is open for reading only."
        if plan is None:
            return "Choose a plan first."
        if not plan.implants:
            return "The plan has no implant yet: add one from the implant list."
        if not session.case.state.get("mesh") or not session.case.state.get("anatomy"):
            return "Measure and mesh the bone first."
        return ""

    def under(self, event: ViewEvent) -> int | None:
        """The implant under the mouse, through bone as well; None when there is none."""
        plan = self._desk.plan
        if plan is None or not plan.implants:
            return None
        if event.where == SCENE:
            origin, along = event.ray
            middle = np.mean([p.pose[:3, 3] for p in plan.implants], axis=0)
            points = origin + (float((middle - origin) @ along) + SIGHT_MM)[:, None] * along
        elif event.point_mm is not None:
            points = np.asarray(event.point_mm, float)[None]
        else:
            return None
        return implant_at(solids_of(plan), points, HIT_PX * event.mm_per_px)


def _warm(case: Case, plan: Plan) -> Context:
    """The bone's context with its distances ready; in a worker."""
    context = context_of(case)
    bone_procedure(plan.procedure).handles(context, plan, 0)
    return context
