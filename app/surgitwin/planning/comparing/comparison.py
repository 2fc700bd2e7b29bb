"""What a comparison shows, read from a snapshot of a case: plans, states, numbers, fields on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from surgitwin.core.frame import Frame, Side
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.flip import ranked_metrics
from surgitwin.planning.comparing.ranking import rank
from surgitwin.planning.comparing.step import RANK_BY, RISING_LOADS, compare_case
from surgitwin.planning.solving.fields import plan_results
from surgitwin.planning.solving.results import (
    INTACT,
    State,
    further_stages,
    own_stage,
    result_entry,
    result_state,
    stale_reasons,
)
from surgitwin.planning.titles import names_of, plan_title, short_title
from surgitwin.planning.uncertainty.tables import study_tables
from surgitwin.report.data import StudyTable
from surgitwin.report.summary import load_order
from surgitwin.scene.model import PlanResult

MOST_PLANS = 6
"""Plans that are compared at a time; the intact bone may come besides."""


@dataclass(frozen=True, eq=False)
class Compared:
    """One plan, or the intact bone. short: for headings. state: of its result, reasons: why it is old.

    own: healing stage of its fracture, "" without one. stages: those with a result, its own first.
    solids: its implants.
    """

    name: str
    title: str
    short: str
    state: State
    reasons: tuple[str, ...] = ()
    own: str = ""
    stages: tuple[str, ...] = ()
    solids: tuple[ImplantSolids, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether its result no longer belongs to the plan."""
        return self.state == "out of date"

    @property
    def solved(self) -> bool:
        """Whether there is a result, current or not."""
        return self.state != "none"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A snapshot of what can be compared.

    plans: all plans of the case; intact: the bone before the fracture. compare: the object of
    ``compare.json``, None when nothing is solved. names: machine names to words. loads: load cases, light to
    heavy. results: what gives the fields (`result_key`, `fields`).
    """

    name: str
    frame: Frame
    side: Side
    surface: SurfaceMesh
    plans: tuple[Compared, ...]
    intact: Compared
    compare: Mapping[str, Any] | None
    names: Mapping[str, str]
    loads: tuple[str, ...]
    results: Results
    studies: tuple[StudyTable, ...] = ()

    @property
    def first_load(self) -> str:
        """The load to show first: the one that the ranking is decided by."""
        if RANK_BY.load_case in self.loads:
            return RANK_BY.load_case
        return self.loads[-1] if self.loads else ""

    @property
    def solved(self) -> tuple[Compared, ...]:
        """Plans with a result."""
        return tuple(p for p in self.plans if p.solved)

    @property
    def stages(self) -> tuple[str, ...]:
        """Healing stages with a result of any plan."""
        return tuple(dict.fromkeys(s for p in self.plans for s in p.stages))

    @property
    def titles(self) -> dict[str, str]:
        """Plan name to short title, the intact bone included."""
        return {p.name: p.short for p in (*self.plans, self.intact)}

    def find(self, name: str) -> Compared:
        """The plan (or the intact bone) called `name`; KeyError."""
        for one in (*self.plans, self.intact):
            if one.name == name:
                return one
        raise KeyError(name)

    def chosen(self, names: Sequence[str]) -> dict[str, Any] | None:
        """`compare` of the named plans only, ranked among themselves; None without results."""
        if self.compare is None:
            return None
        kept = [p for p in self.compare["plans"] if p["name"] in names]
        out = {**self.compare, "plans": kept}
        out["ranking"] = rank(ranked_metrics(out), RANK_BY, RISING_LOADS)
        firm = out.get("robustness")
        if firm is not None and set(firm["first"]) != {p["name"] for p in kept}:
            out["robustness"] = None  # it counts how often each of *all* plans is first
        return out


class Results(Protocol):
    """Where fields come from; for a worker thread."""

    def key(self, plan: str, load: str, stage: str = "") -> tuple[str, str] | None:
        """What the fields are identified by (hash of the result, load); None when there is no such result."""

    def read(self, plan: str, load: str, stage: str = "") -> PlanResult:
        """The fields of plan (or "intact") under a load; stage "" for the plan's own."""


class CaseResults:
    """Results of one snapshot of a case, read from its files."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def key(self, plan: str, load: str, stage: str = "") -> tuple[str, str] | None:
        """What the fields are identified by (hash of the result, load); None when there is no such result."""
        entry = result_entry(self._case, plan, stage or None)
        return None if entry is None else (str(entry["input_hash"]), load)

    def read(self, plan: str, load: str, stage: str = "") -> PlanResult:
        """The fields (InputError "result.missing")."""
        return plan_results(self._case, plan, (load,), stage or None)[load]


def load_comparison(case: Case) -> Comparison:
    """Read what is there (InputError "case.not_segmented" or "case.not_meshed"); quick, but for a worker."""
    case.require_mesh()
    plans = tuple(_compared(case, name) for name in case.plans())
    solved = any(p.solved for p in plans)
    compare = compare_case(case) if solved else None
    why = tuple(stale_reasons(case, INTACT))
    intact = Compared(INTACT, "Intact bone", "Intact bone", result_state(case, INTACT), why)
    return Comparison(
        name=case.name,
        frame=case.anatomy.frame,
        side=case.anatomy.side,
        surface=case.surface,
        plans=plans,
        intact=intact,
        compare=compare,
        names=names_of(case.plans().values()),
        loads=load_order(compare) if compare is not None else (),
        results=CaseResults(case),
        studies=study_tables(case),
    )


def _compared(case: Case, name: str) -> Compared:
    plan = case.plans()[name]
    state = result_state(case, name)
    own = own_stage(plan)
    further = [s for s in further_stages(case, name) if result_state(case, name, s) == "current"]
    return Compared(
        name,
        plan_title(plan),
        short_title(plan),
        state,
        tuple(stale_reasons(case, name)),
        own or "",
        ((own, *further) if own and state != "none" else ()),
        tuple(build(i) for i in plan.implants),
    )
