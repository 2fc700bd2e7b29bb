"""The plan in hand being changed: every change one named undo step, checks in a worker, newest wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from surgitwin.core.plan import Plan
from surgitwin.implants import NailItem, item
from surgitwin.planning.freshness import measured_current
from surgitwin.planning.plans import edit as plan_edit
from surgitwin.planning.plans.bone_axes import PoseNumbers, pose_from
from surgitwin.planning.plans.names import NOTES
from surgitwin.planning.plans.rows import short_words
from surgitwin.planning.plans.step import context_of
from surgitwin.procedures.base import BoneProcedure, Context, Finding, Fit
from surgitwin.procedures.registry import bone_procedure
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.plans.hand import PlanHand
from surgitwin.viewer.plans.wishes import Follow, PlanWishes, Wish

PROCEDURE = "fracture_fixation"
"""BoneProcedure of new plans: the only one of this window so far."""
CONTEXT_TOPICS = frozenset({"mesh", "anatomy", "labels", "voxels", "segment_looks"})
LIST_TOPICS = frozenset({"plans", NOTES, "results", "mesh", "labels", "anatomy", "proposal_notes"})
Change = Callable[[Plan], Plan]


class PlanBench(PlanHand):
    """What the boxes of the Plans page call. `index`: the implant in hand.

    `checked` gives the findings of the plan as it is; `ready_changed` tells whether the bone is prepared
    (its distances are known), before which nothing can follow the bone.
    """

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, parent)
        self.context: Context | None = None
        self._index = 0
        self._key: tuple[object, ...] = ()
        self._listed = self._list_key()
        self._warm = Latest(self, desk.say_error)
        self._check = Latest(self, desk.say_error)
        self._wishes = PlanWishes(self.session, lambda: self.context, self._refused, self)

    # ---- what is there ------------------------------------------------------------------------------

    @property
    def index(self) -> int:
        """The implant in hand, 0 when there is one at most."""
        count = 0 if self.plan is None else len(self.plan.implants)
        return min(self._index, max(count - 1, 0))

    def set_index(self, index: int) -> None:
        """Take another implant of the plan in hand."""
        if index != self._index:
            self._index = index
            self.plan_changed.emit()

    @property
    def has_implant(self) -> bool:
        """Whether the plan in hand has an implant."""
        return self.plan is not None and bool(self.plan.implants)

    @property
    def ready(self) -> bool:
        """Whether implants can follow the bone."""
        return self.context is not None

    def why_not(self, *, implant: bool = False, bone: bool = False) -> str:
        """Why a change is not possible now, "" when it is: said in the tooltip of what is disabled."""
        if found := self.why_no_plan():
            return found
        if implant and not self.has_implant:
            return "The plan has no implant yet: choose one."
        if bone and not self.ready:
            case = self.session.case
            if not case.state.get("mesh") or not measured_current(case):
                return "The segments changed: measure and mesh the bone again (step Anatomy)."
            return "The bone is being prepared; this takes a second or two."
        return ""

    # ---- changes ------------------------------------------------------------------------------------

    def change(self, title: str, change: Change, merge: str = "") -> bool:
        """One undo step on the plan in hand; a known error is shown. Whether the plan changed."""
        plan = self.plan
        if plan is None or self.session.read_only:
            return False

        def act() -> None:
            new = change(plan)
            if new.hash != plan.hash:
                self.session.edit(title, plans={plan.name: new}, merge=merge)

        return self.desk.attempt(act)

    @property
    def busy(self) -> bool:
        """Whether changes that follow the bone are still being worked out."""
        return self._wishes.busy

    def _follow(self, title: str, call: Follow, then: Callable[[], object] | None = None) -> bool:
        """Ask for a change that follows the bone. Whether it can be asked for."""
        plan = self.plan
        if plan is None or self.context is None or self.session.read_only:
            self.desk.say(self.why_not(implant=True, bone=True))
            return False
        self._wishes.ask(Wish(plan.name, title, call, then))
        return True

    def slide(self, mm: float) -> bool:
        """Move the implant along the bone, positive proximally."""
        way, at = "up" if mm > 0 else "down", self.index
        return self._follow(f"Move {self.noun} {abs(mm):.1f} mm {way}", lambda q, c, p: q.slide(c, p, at, mm))

    def turn(self, degrees: float) -> bool:
        """Turn the implant, positive brings the lateral side to the front."""
        way, at = "to the front" if degrees > 0 else "to the back", self.index
        title = f"Turn {self.noun} {abs(degrees):.1f}° {way}"
        return self._follow(title, lambda q, c, p: q.turn(c, p, at, degrees))

    def snap(self) -> bool:
        """Lay a plate on the bone, centre a nail in the canal."""
        title, at = "Centre nail in the canal" if self.noun == "nail" else "Lay plate on the bone", self.index
        return self._follow(title, lambda q, c, p: q.snap(c, p, at))

    def refit_screws(self) -> bool:
        """Lengths of all screws from the far cortex."""
        at = self.index
        return self._follow("Refit screws", lambda q, c, p: q.refit_screws(c, p, at))

    def fill_hole(self, number: int, fill: bool) -> bool:
        """Put a screw of the right length into a hole, or take it out."""
        at = self.index

        def call(procedure: BoneProcedure, context: Context, plan: Plan) -> Plan:
            rows = plan_edit.screw_rows(plan, at)
            holes = {r.number for r in rows if r.length_mm is not None} - {number}
            return procedure.refit_screws(context, plan, at, sorted(holes | ({number} if fill else set())))

        return self._follow(f"Screw {number}: {'put in' if fill else 'taken out'}", call)

    def set_length(self, number: int, length_mm: float) -> bool:
        """Another catalogue length for the screw of a hole."""
        return self.change(
            f"Screw {number}: {length_mm:g} mm",
            lambda p: plan_edit.with_screw_length(p, self.index, number, length_mm),
        )

    def add_implant(self, catalogue_id: str) -> bool:
        """One more implant at its first place; it is taken in hand."""

        def take() -> None:
            self.set_index(0 if self.plan is None else len(self.plan.implants) - 1)

        title = f"Add {short_words(item(catalogue_id)).lower()}"
        return self._follow(title, lambda q, c, p: q.place(c, p, catalogue_id), take)

    def exchange_implant(self, catalogue_id: str) -> bool:
        """Another size (or implant) in place of the one in hand."""
        title, at = f"Change to {short_words(item(catalogue_id)).lower()}", self.index
        return self._follow(title, lambda q, c, p: q.resize(c, p, at, catalogue_id))

    def remove_implant(self) -> bool:
        """Without the implant in hand."""
        index = self.index
        return self.change(f"Remove {self.noun}", lambda p: plan_edit.without_implant(p, index))

    def set_numbers(self, numbers: PoseNumbers, merge: str) -> bool:
        """The implant at a typed place; screws keep their lengths."""
        anatomy, index = self.session.case.anatomy, self.index

        def move(plan: Plan) -> Plan:
            key = plan.implants[index].catalogue_id
            return plan_edit.with_pose(plan, index, pose_from(anatomy, key, numbers))

        return self.change(f"Place {self.noun} by numbers", move, merge)

    def set_fracture(self, title: str, merge: str = "", **changes: Any) -> bool:
        """Another place, tilt, width, stage or kind of the fracture (`plan_edit.with_fracture`)."""
        anatomy = self.session.case.anatomy
        return self.change(title, lambda p: plan_edit.with_fracture(p, anatomy, **changes), merge)

    @property
    def noun(self) -> str:
        """ "plate" or "nail": the implant in hand."""
        if self.plan is None or not self.plan.implants:
            return "implant"
        found = item(self.plan.implants[self.index].catalogue_id)
        return "nail" if isinstance(found, NailItem) else "plate"

    # ---- following ----------------------------------------------------------------------------------

    def wake(self) -> None:
        """The page is shown: prepare and check, and go on doing so."""
        self._awake = True
        self.start()

    def start(self) -> None:
        """Prepare the bone (in a worker) when it is not, then check the plan in hand."""
        if not self._awake:
            return
        case = self.session.case
        if not case.state.get("mesh") or not measured_current(case):
            self._set_context(None)
            return
        state = case.state
        key = (state["mesh"]["surface"], str(state["labels"]["hash"]), repr(state.get("segment_looks")))
        if self.context is not None and key == self._key:
            self.check()
            return
        self._key = key
        self._warm.ask(partial(_prepared, case), self._set_context)

    def _set_context(self, context: Context | None) -> None:
        was, self.context = self.ready, context
        if context is None:
            self._key = ()
        if was != self.ready:
            self.ready_changed.emit(self.ready)
        self.check()

    def check(self, plan: Plan | None = None) -> None:
        """Check the plan in hand, or one that is being dragged, in a worker."""
        plan = plan or self.plan
        if plan is None or self.context is None or not self._awake:
            self.show_findings(())
            return
        self._check.ask(partial(_checked, self.context, plan), self.show_findings)

    def ask_fits(self, ids: Sequence[str], arrived: Callable[[dict[str, Fit]], object]) -> None:
        """Whether implants suit the plan in hand, worked out in a worker; give a few ids at a time, so that
        nobody waits for the rest."""
        plan, context = self.plan, self.context
        if plan is not None and context is not None:
            self._fitting.ask(partial(_fits, context, plan, tuple(ids)), arrived)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Findings of the plan as it is, or as it is dragged."""
        self.findings = tuple(findings)
        self.checked.emit(self.findings)

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & CONTEXT_TOPICS:
            self.start()
        if topics & {"plans", "anatomy"}:
            self.plan_changed.emit()
            self.check()
        if topics & LIST_TOPICS:
            # What a list says of each plan (is its result current?) takes its time: once after a drag.
            now = self._list_key()
            if now == self._listed:
                self._soon.start()
            else:
                self._tell_list()

    def _list_key(self) -> tuple[object, ...]:
        state = self.session.case.state
        return tuple(self.session.case.plans()), repr(state.get(NOTES)), bool(state.get("mesh"))

    def _tell_list(self) -> None:
        self._soon.stop()
        self._listed = self._list_key()
        self.list_changed.emit()

    def _activated(self, _name: str) -> None:
        self._index = 0
        self.plan_changed.emit()
        self._tell_list()
        self.check()

    def release(self) -> None:
        """Stop listening and computing."""
        super().release()
        self._warm.stop()
        self._check.stop()
        self._wishes.stop()


def _prepared(case: Any) -> Context:
    """The context of a case with everything found that a first check would have to find."""
    context = context_of(case)
    bone_procedure(PROCEDURE).check(context, Plan(PROCEDURE, "-", case.anatomy.side, None, ()))
    return context


def _fits(context: Context, plan: Plan, ids: tuple[str, ...]) -> dict[str, Fit]:
    procedure = bone_procedure(plan.procedure)
    return {key: procedure.fit(context, plan, key) for key in ids}


def _checked(context: Context, plan: Plan) -> list[Finding]:
    return bone_procedure(plan.procedure).check(context, plan)
