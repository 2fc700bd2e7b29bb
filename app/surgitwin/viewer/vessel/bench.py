"""The vessel plan in hand: sliders, catalogue, checks and numbers of L0; each change is one undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.plans.names import NOTES
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.plans import procedure_of, vessel_context
from surgitwin.procedures.base import Finding, Fit
from surgitwin.procedures.vessel import Knob
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.plans.hand import PlanHand

LIST_TOPICS = frozenset({"plans", NOTES, "results", KEY, "answers", "failures", "proposal_notes"})


@dataclass(frozen=True, eq=False)
class Looked:
    """What is said of one plan: checks, numbers from geometry, its sliders."""

    plan: Plan
    findings: tuple[Finding, ...]
    metrics: tuple[MetricValue, ...]
    knobs: tuple[Knob, ...]


def look(case: Case, plan: Plan) -> Looked:
    """Checks, L0 and sliders of a plan; in a worker."""
    procedure, context = procedure_of(case, plan.procedure), vessel_context(case)
    return Looked(
        plan,
        tuple(procedure.check(context, plan)),
        tuple(procedure.sizing(context, plan)),
        tuple(procedure.knobs(context, plan)),
    )


class VesselBench(PlanHand):
    """What the boxes of the Plans page call; the same words as `PlanBench` where a box serves both.

    checked: findings. looked: a `Looked` of the plan in hand, None without one.
    """

    looked = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, parent)
        self.seen: Looked | None = None
        self._looker = Latest(self, desk.say_error)
        self._adjuster = Latest(self, self._refused)

    # ---- what is there ------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the vessel is measured."""
        return bool(self.session.case.state.get(KEY))

    def why_not(self, *, implant: bool = False, bone: bool = False) -> str:
        """Why a change is not possible now, "" when it is."""
        if found := self.why_no_plan():
            return found
        if bone and not self.ready:
            return "Segment the vessel first (step Anatomy)."
        return ""

    # ---- changes ------------------------------------------------------------------------------------

    def adjust(self, title: str, changes: Mapping[str, object], merge: str = "") -> None:
        """The plan in hand with other options or another catalogue_id; worked out in a worker."""
        plan = self.plan
        if plan is None or self.session.read_only:
            return
        case = self.session.case
        self._adjuster.ask(
            partial(_adjusted, case, plan, dict(changes)), partial(self._take, title, plan, merge)
        )

    def _take(self, title: str, before: Plan, merge: str, after: Plan) -> None:
        now = self.session.case.plans().get(before.name)
        if now is not None and after.hash != now.hash:
            self.desk.attempt(lambda: self.session.edit(title, plans={before.name: after}, merge=merge))

    def _refused(self, error: SurgiTwinError) -> None:
        """The vessel allows no such change: boxes show the plan as it is."""
        super()._refused(error)
        self.look()

    def ask_fits(self, ids: Sequence[str], arrived: Callable[[dict[str, Fit]], object]) -> None:
        """Whether devices suit the plan in hand, in a worker."""
        plan = self.plan
        if plan is not None and self.ready:
            self._fitting.ask(partial(_fits, self.session.case, plan, tuple(ids)), arrived)

    # ---- following ----------------------------------------------------------------------------------

    def wake(self) -> None:
        """The page is shown."""
        self._awake = True
        self.look()

    def look(self) -> None:
        """Checks and numbers of the plan in hand."""
        plan = self.plan
        if plan is None or not self.ready or not self._awake:
            self._show(None)
            return
        self._looker.ask(partial(look, self.session.case, plan), self._show)

    def _show(self, seen: Looked | None) -> None:
        self.seen = seen
        self.findings = () if seen is None else seen.findings
        self.checked.emit(self.findings)
        self.looked.emit(seen)

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & {"plans", KEY, "answers"}:
            self.plan_changed.emit()
            self.look()
        if topics & {KEY}:
            self.ready_changed.emit(self.ready)
        if topics & LIST_TOPICS:
            self._soon.start()

    def _activated(self, _name: str) -> None:
        self.plan_changed.emit()
        self.list_changed.emit()
        self.look()

    @property
    def busy(self) -> bool:
        """Whether something is worked out."""
        return self._looker.busy or self._adjuster.busy

    def release(self) -> None:
        """Stop listening and computing."""
        super().release()
        self._looker.stop()
        self._adjuster.stop()


def _adjusted(case: Case, plan: Plan, changes: dict[str, object]) -> Plan:
    return procedure_of(case, plan.procedure).adjust(vessel_context(case), plan, changes)


def _fits(case: Case, plan: Plan, ids: tuple[str, ...]) -> dict[str, Fit]:
    procedure, context = procedure_of(case, plan.procedure), vessel_context(case)
    return {key: procedure.fit(context, plan, key) for key in ids}
