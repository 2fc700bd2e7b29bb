"""Which results a solve is asked for: plans, and the healing stages of their fractures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.mechanics.materials import callus, callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.inputs import SolveInputs, result_hash
from surgitwin.planning.results import INTACT, at_stage, own_stage, result_key
from surgitwin.planning.titles import short_title, stage_words

ALL_STAGES = "all"


@dataclass(frozen=True, eq=False)
class Wanted:
    """One result. key: in the case's results. plan: at its healing stage; None: the intact bone."""

    key: str
    plan: Plan | None
    input_hash: str

    @property
    def title(self) -> str:
        """For people: "Nail, soft callus"."""
        if self.plan is None:
            return "Intact bone"
        name = short_title(self.plan)
        stage = own_stage(self.plan)
        return name if stage is None else f"{name}, {stage_words(stage).lower()}"


def wanted_results(
    case: Case,
    names: Iterable[str] | None,
    inputs: SolveInputs,
    healing: Sequence[str] = (),
    *,
    own: bool = True,
) -> list[Wanted]:
    """What `solve_case` is asked for, the intact bone first, all stages of a plan one after the other."""
    plans = case.plans()
    chosen = list(plans) if names is None else list(dict.fromkeys(n for n in names if n != INTACT))
    unknown = [n for n in chosen if n not in plans]
    if unknown:
        raise InputError(
            "plan.unknown",
            f"{case.folder.path.name} has no plan called {', '.join(unknown)}.",
            hint=f"Its plans: {', '.join(plans) or 'none; run `surgitwin plan propose`'}.",
            where="--plan",
        )
    stages = [callus(s).name for s in (callus_stages() if ALL_STAGES in healing else healing)]
    if stages and chosen and not any(own_stage(plans[n]) for n in chosen):
        raise InputError(
            "plan.no_fracture",
            f"{', '.join(chosen)}: without a fracture there are no healing stages.",
            hint="Leave --healing out, or give the plan a fracture.",
            where="--healing",
        )
    out = [Wanted(INTACT, None, result_hash(case, None, inputs))]
    for name in chosen:
        mine = own_stage(plans[name])
        asked = [*((mine,) if own or mine is None else ()), *(stages if mine else ())]
        for stage in dict.fromkeys(asked):
            plan = at_stage(plans[name], stage)
            out.append(Wanted(result_key(plans[name], stage), plan, result_hash(case, plan, inputs)))
    return out
