"""Words for the machine names of a case: loads, healing stages, parts, metrics, plans."""

from __future__ import annotations

from collections.abc import Iterable

from surgitwin.core.plan import Plan
from surgitwin.core.resources import load_table
from surgitwin.implants import build
from surgitwin.mechanics.materials import callus_stages
from surgitwin.procedures.registry import get

ROLES = {"nail": "nail", "bolt": "locking screws", "plate": "plate", "screw": "screws"}
"""Roles of an implant's solids that carry a stress."""
LEVEL_WORDS = {
    "sizing": "Sizing (L0)",
    "deployment": "Deployed (L1)",
    "deployment_L2": "Deployed (L2)",
}
"""Load cases of vessel plans (`vessels.compare.LOADS`)."""
REGIONS = {
    "bone": "bone",
    "gap": "gap",
    "construct": "bone with implant",
    "proximal": "proximal fragment",
    "fracture_zone": "fracture zone",
    "distal": "distal fragment",
}


def names_of(plans: Iterable[Plan]) -> dict[str, str]:
    """Machine name -> words, for everything that a comparison of `plans` names."""
    plans = tuple(plans)
    out = dict(REGIONS)
    out |= {name: str(row["title"]) for name, row in load_table("load_cases/femur")["cases"].items()}
    out |= {name: tissue.title for name, tissue in callus_stages().items()}
    out |= metric_titles(plans)
    out |= LEVEL_WORDS
    for plan in plans:
        for placed in plan.implants if get(plan.procedure).family == "bone" else ():
            made = build(placed)
            out |= {f"{made.name} {role}": words for role, words in ROLES.items()}
    return out


def metric_titles(plans: Iterable[Plan]) -> dict[str, str]:
    """Metric id to title, of the procedures in use."""
    used = {p.procedure for p in plans}
    return {d.id: d.title for name in used for d in get(name).metric_definitions()}


def short_title(plan: Plan) -> str:
    """The plan's own name as words: "plate_2" -> "Plate 2"."""
    return plan.name.replace("_", " ").capitalize()


def stage_words(stage: str) -> str:
    """A healing stage without its authors: "Soft callus"."""
    return callus_stages()[stage].title.partition(" (")[0]


def plan_title(plan: Plan) -> str:
    """Name, implant and how many screws: "Nail: Femoral nail, 9 x 360 mm, 4 screws"."""
    entries = get(plan.procedure).operative_list(plan)
    if not entries:
        return short_title(plan)
    if get(plan.procedure).family == "vessel":
        return f"{short_title(plan)}: {entries[0].title}, {entries[0].place}"
    screws = len(entries) - len(plan.implants)
    return f"{short_title(plan)}: {entries[0].title}, {screws} screws"
