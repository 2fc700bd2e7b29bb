"""What there is to simulate: every plan at every healing stage with its state, for the Simulate page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.core.resources import load_table
from surgitwin.mechanics.materials import callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import SolveTimes, result_time, solve_times
from surgitwin.planning.solving.results import INTACT, State, own_stage, result_status
from surgitwin.planning.titles import short_title


@dataclass(frozen=True)
class Cell:
    """One result to be had. stage: healing stage, None for a plan without fracture or the intact bone.

    own: it is the plan's own stage. reasons: why it is out of date. blocked: why it cannot be simulated, "".
    took_s: wall time of the result that is there, None when it was not kept.
    """

    plan: str
    stage: str | None
    own: bool
    state: State
    reasons: tuple[str, ...] = ()
    blocked: str = ""
    took_s: float | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of the step "solve" for this result alone."""
        if self.own:
            return {"plans": [self.plan]}
        return {"plans": [self.plan], "healing": [self.stage], "own": False}


@dataclass(frozen=True)
class Row:
    """A plan (or the intact bone, first) with one cell per column; None where it does not apply."""

    name: str
    title: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Matrix:
    """stages: columns, healing stages by name (or one None when no plan has a fracture)."""

    stages: tuple[str | None, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, row by row."""
        return tuple(c for row in self.rows for c in row.cells if c is not None)

    def find(self, plan: str, stage: str | None) -> Cell | None:
        """The cell of a plan at a stage."""
        return next((c for c in self.cells if (c.plan, c.stage) == (plan, stage)), None)


def matrix(case: Case, schemes: Iterable[str] = ()) -> Matrix:
    """Plans x healing stages of the plans' own schemes, of `schemes`, and where there are results.

    The intact bone does not heal: its one cell stands in the first column.
    """
    plans = case.plans()
    wanted = {*schemes, *own_schemes(case)}
    results: Mapping[str, Any] = case.state.get("results") or {}
    solved = {k.rpartition("@")[2] for k in results}
    stages: tuple[str | None, ...] = tuple(
        s for s in callus_stages() if scheme(s) in wanted or s in solved
    ) or (None,)
    first = _cell(case, INTACT, None, own=True)
    rows = [Row(INTACT, "Intact bone", (first, *(None for _ in stages[1:])))]
    rows += [_row(case, p, stages) for p in plans.values()]
    return Matrix(stages, tuple(rows))


def _row(case: Case, plan: Plan, stages: tuple[str | None, ...]) -> Row:
    own = own_stage(plan)
    blocked = ""
    if case.state.get("anatomy") and plan.side != case.anatomy.side:
        blocked = f"The plan is for the {plan.side} side, the bone is a {case.anatomy.side} femur."
    shown = stages if own is not None else (None,)
    cells = [_cell(case, plan.name, s, own=s == own, blocked=blocked) for s in shown]
    return Row(plan.name, short_title(plan), (*cells, *(None for _ in stages[len(shown) :])))


def _cell(case: Case, name: str, stage: str | None, *, own: bool, blocked: str = "") -> Cell:
    found = result_status(case, name, stage)
    took = result_time(case, found.input_hash) if found.input_hash else None
    return Cell(name, stage, own, found.state, found.reasons, blocked, took)


def own_schemes(case: Case) -> set[str]:
    """Schemes that the healing stages of the plans' own fractures belong to."""
    return {scheme(s) for p in case.plans().values() if (s := own_stage(p))}


def scheme(stage: str) -> str:
    """Name of the published scheme that a healing stage belongs to."""
    return stage.partition(".")[0]


def schemes() -> dict[str, str]:
    """Scheme -> its authors, in words."""
    out: dict[str, list[str]] = {}
    for name, tissue in callus_stages().items():
        out.setdefault(scheme(name), []).append(tissue.title.partition("(")[2].rstrip(")"))
    return {k: max(v, key=len) for k, v in out.items()}


def load_words() -> tuple[str, ...]:
    """The loads that every plan is solved under, together."""
    return tuple(str(row["title"]) for row in load_table("load_cases/femur")["cases"].values())


def job_covers(arguments: Mapping[str, Any], cell: Cell) -> bool:
    """Whether a step "solve" with these arguments makes the result of `cell`.

    The intact bone is solved with every plan, but counts for the step that asks for it alone.
    """
    plans = arguments.get("plans")
    if cell.plan == INTACT:
        return plans is None or INTACT in plans
    if plans is not None and cell.plan not in plans:
        return False
    healing = arguments.get("healing") or ()
    return (cell.own and arguments.get("own", True)) or cell.stage in healing or "all" in healing


def expected_s(case: Case, cells: Iterable[Cell]) -> float | None:
    """Wall time in s of these results one after the other, by earlier runs; None without any."""
    times: SolveTimes = solve_times(case)
    out, before = 0.0, None
    for cell in cells:
        one = times.of(intact=cell.plan == INTACT, like_before=cell.plan == before)
        if one is None:
            return None
        out, before = out + one, cell.plan
    return out


def ready_words(case: Case) -> str:
    """Why nothing can be simulated now, "" when something can."""
    try:
        case.anatomy  # noqa: B018 - raises when it is not there
    except SurgiTwinError:
        return "The bone is not segmented yet."
    return "" if case.plans() else "There is no plan yet: make one on the Plans page."
