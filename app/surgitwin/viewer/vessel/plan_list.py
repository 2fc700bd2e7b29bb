"""The plans of a vessel case: the same list as for bones, with what a vessel plan is about."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QWidget

from surgitwin.planning.plans.names import NOTES
from surgitwin.planning.plans.rows import PlanRow
from surgitwin.planning.titles import plan_title
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.results import best_level, result_state
from surgitwin.viewer.plans.bench import PlanBench
from surgitwin.viewer.plans.plan_list import PlanList
from surgitwin.viewer.vessel.bench import VesselBench

NOT_OFFERED = ("new",)
"""A vessel plan starts from a proposal or a copy: it has a device from the beginning."""


class VesselPlanList(PlanList):
    """Choose, duplicate, rename, delete, notes."""

    def __init__(self, bench: VesselBench, parent: QWidget | None = None) -> None:
        # The list calls what both benches have: session, desk, plan, apply, why_not, list_changed.
        super().__init__(cast(PlanBench, bench), parent)
        for name in NOT_OFFERED:
            self.buttons[name].hide()

    def rows(self) -> tuple[PlanRow, ...]:
        """Every plan by size and depth, as the catalogue orders them."""
        case = self._bench.session.case
        if not case.state.get(KEY):
            return ()
        notes = case.state.get(NOTES) or {}
        out = []
        for name, plan in case.plans().items():
            level = best_level(case, name) or "L1"
            words = plan_title(plan).partition(": ")[2] or "no device yet"
            out.append(PlanRow(name, words, result_state(case, name, level), notes.get(name, "")))
        return tuple(out)
