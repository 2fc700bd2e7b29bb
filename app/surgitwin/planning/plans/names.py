"""Plans by name: new, duplicate, rename, delete, with their notes. Pure: what changes comes back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count

from surgitwin.core.errors import InputError
from surgitwin.core.frame import Side
from surgitwin.core.plan import Fracture, Plan
from surgitwin.planning.plans.file import name_problem

NOTES = "plan_notes"
"""Key of the case state: plan name -> text."""
LONGEST = 60
"""Longest name of a plan: it is a file name and a column head (setting of the screen)."""


@dataclass(frozen=True, eq=False)
class PlansEdit:
    """One named change: plans to write (None: delete), all notes afterwards, the plan to show next."""

    title: str
    plans: Mapping[str, Plan | None]
    notes: Mapping[str, str]
    active: str


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or it with the next free number: "Plate", "Plate 2"; "plate-2" after "plate-1"."""
    if not _is_taken(wanted, taken):
        return wanted
    stem, _, last = wanted.replace("-", " ").rpartition(" ")
    if stem and last.isdigit():
        stem, joint = wanted[: len(stem)], wanted[len(stem)]
    else:
        stem, joint = wanted, "-" if "-" in wanted else " "
    return next(name for n in count(2) if not _is_taken(name := f"{stem}{joint}{n}", taken))


def _is_taken(name: str, taken: Collection[str]) -> bool:
    """Names that differ in capitals only would be one file on some disks."""
    return name.casefold() in {t.casefold() for t in taken}


def checked_name(name: str, taken: Collection[str]) -> str:
    """The name without blanks around it. Raises InputError "plan.name" (empty, too long, characters that a
    file name cannot hold) and "plan.name_taken"."""
    clean = " ".join(name.split())
    problem = "it is empty" if not clean else name_problem(clean)
    if len(clean) > LONGEST:
        problem = f"it has more than {LONGEST} letters"
    if problem:
        raise InputError(
            "plan.name",
            f"{clean!r} cannot be the name of a plan: {problem}.",
            hint="Use letters, numbers, blanks and - only.",
            where="name",
        )
    if _is_taken(clean, taken):
        raise InputError(
            "plan.name_taken",
            f"There is already a plan called {clean}.",
            hint="Choose another name.",
            where="name",
        )
    return clean


def new_plan(
    plans: Mapping[str, Plan],
    notes: Mapping[str, str],
    procedure: str,
    side: Side,
    fracture: Fracture | None = None,
    name: str = "Plan",
) -> PlansEdit:
    """An empty plan for a side, with the fracture of the others where there is one."""
    free = free_name(checked_name(name, ()), plans)
    plan = Plan(procedure, free, side, fracture, ())
    return PlansEdit(f"New plan {free}", {free: plan}, dict(notes), free)


def duplicate(plans: Mapping[str, Plan], notes: Mapping[str, str], name: str, wanted: str = "") -> PlansEdit:
    """A copy beside the plan: under `wanted` (which must be free), else under the next free name."""
    plan = known(plans, name)
    new = checked_name(wanted, plans) if wanted else free_name(name, plans)
    texts = {**notes, **({new: notes[name]} if name in notes else {})}
    return PlansEdit(f"Duplicate {name}", {new: replace(plan, name=new)}, texts, new)


def rename(plans: Mapping[str, Plan], notes: Mapping[str, str], name: str, wanted: str) -> PlansEdit:
    """The plan under another name, notes with it."""
    plan = known(plans, name)
    new = checked_name(wanted, set(plans) - {name})
    texts = {new if key == name else key: text for key, text in notes.items()}
    changed: dict[str, Plan | None] = {name: None}
    changed[new] = replace(plan, name=new)
    return PlansEdit(f"Rename {name} to {new}", changed, texts, new)


def delete(plans: Mapping[str, Plan], notes: Mapping[str, str], name: str) -> PlansEdit:
    """Without the plan and its notes; the plan after it (or before it) is shown next."""
    known(plans, name)
    order = list(plans)
    at = order.index(name)
    rest = order[:at] + order[at + 1 :]
    texts = {key: text for key, text in notes.items() if key != name}
    return PlansEdit(f"Delete {name}", {name: None}, texts, rest[min(at, len(rest) - 1)] if rest else "")


def annotate(plans: Mapping[str, Plan], notes: Mapping[str, str], name: str, text: str) -> PlansEdit:
    """The plan with other notes; an empty text takes them away."""
    known(plans, name)
    texts = {key: old for key, old in notes.items() if key != name}
    if text.strip():
        texts[name] = text.strip()
    return PlansEdit(f"Notes on {name}", {}, texts, name)


def known(plans: Mapping[str, Plan], name: str) -> Plan:
    """The plan called `name`; InputError "plan.unknown"."""
    if name not in plans:
        raise InputError(
            "plan.unknown",
            f"There is no plan called {name}.",
            hint=f"The plans: {', '.join(plans) or 'none'}.",
            where=name,
        )
    return plans[name]
