"""Which results a solve is asked for: plans, and the healing stages of their fractures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.mechanics.materials import callus, callus_stages
from surgitwin.planning.case import Case
from surgitwin.planning.solving.contact_models import WORDS as MODEL_WORDS
from surgitwin.planning.solving.contact_models import has_contact_option, under_model, variant_key
from surgitwin.planning.solving.inputs import SolveInputs, result_hash
from surgitwin.planning.solving.results import INTACT, at_stage, own_stage, result_key
from surgitwin.planning.titles import short_title, stage_words
from surgitwin.procedures.fracture_fixation.contact_option import MODELS

ALL_STAGES = "all"


@dataclass(frozen=True, eq=False)
class Wanted:
    """One result. key: in the case's results. plan: at its healing stage; None: the intact bone.

    model: contact model, when it is not the plan's own; such results stand beside those of the plan.
    """

    key: str
    plan: Plan | None
    input_hash: str
    model: str = ""

    @property
    def title(self) -> str:
        """For people: "Nail, soft callus"."""
        if self.plan is None:
            return "Intact bone"
        name = short_title(self.plan)
        stage = own_stage(self.plan)
        if self.model:
            name += f", {MODEL_WORDS[self.model].lower()}"
        return name if stage is None else f"{name}, {stage_words(stage).lower()}"


def wanted_results(
    case: Case,
    names: Iterable[str] | None,
    inputs: SolveInputs,
    healing: Sequence[str] = (),
    *,
    own: bool = True,
    contact_models: bool = False,
) -> list[Wanted]:
    """What `solve_case` is asked for, the intact bone first, all stages of a plan one after the other.

    contact_models: also every plan under the contact models that are not its own.
    """
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
        if contact_models and has_contact_option(plans[name]):
            for model in MODELS:
                plan = under_model(plans[name], model)
                if plan is not plans[name]:
                    out.append(Wanted(variant_key(name, model), plan, result_hash(case, plan, inputs), model))
    return out
