"""plan propose, add, remove, duplicate, rename, note, diff, check, list, catalogue, options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.case_commands import CASE, settings
from surgitwin.cli.output import Output, progress, speaks, table

if TYPE_CHECKING:
    from surgitwin.planning.case import Case
    from surgitwin.procedures import Parameter


@click.group()
def plan() -> None:
    """Propose, add, change, compare and list candidate plans; list implants and options."""


@plan.command()
@click.argument("case", type=CASE)
@click.option("--procedure", required=True, help="For example fracture_fixation.")
@click.option(
    "--fracture",
    type=click.Path(path_type=Path),
    help="TOML file with a [fracture] table; else the default cut.",
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Set an option of the procedure.")
@speaks
def propose(case: Path, procedure: str, fracture: Path | None, pairs: tuple[str, ...]) -> Output:
    """Write at least two plan files into CASE; one changed by hand is kept, the new one named beside it."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import propose_plans

    opened = Case.open(case)
    with opened.folder.locked():
        proposal = propose_plans(opened, procedure, fracture, settings(pairs), progress())
    names = [p.name for p in proposal.plans]
    text = "\n".join(
        [f"Wrote plan {n} to {opened.folder.plans_dir / n}.toml" for n in names]
        + [f"Note: {w}" for w in proposal.warnings]
    )
    return Output({"plans": names, "warnings": list(proposal.warnings)}, text)


@plan.command()
@click.argument("case", type=CASE)
@click.option("--file", "file", required=True, type=click.Path(path_type=Path), help="Plan file (TOML).")
@speaks
def add(case: Path, file: Path) -> Output:
    """Add a plan from FILE to CASE, replacing the one of the same name."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import add_plan, list_plans

    opened = Case.open(case)
    with opened.folder.locked():
        findings = add_plan(opened, file)
    return _listing(list_plans(opened), findings)


@plan.command()
@click.argument("case", type=CASE)
@click.argument("name")
@speaks
def remove(case: Path, name: str) -> Output:
    """Delete the plan NAME of CASE (its results stay until the next solve)."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import list_plans, remove_plan

    opened = Case.open(case)
    with opened.folder.locked():
        left = remove_plan(opened, name)
    return _listing(list_plans(left), [])


@plan.command()
@click.argument("case", type=CASE)
@click.argument("name")
@click.option("--as", "wanted", default="", help="Name of the copy; else the next free one.")
@speaks
def duplicate(case: Path, name: str, wanted: str) -> Output:
    """Copy the plan NAME of CASE with its notes."""
    from surgitwin.planning.plans.step import duplicate_plan

    return _after(case, lambda opened: duplicate_plan(opened, name, wanted))


@plan.command()
@click.argument("case", type=CASE)
@click.argument("name")
@click.argument("new")
@speaks
def rename(case: Path, name: str, new: str) -> Output:
    """Call the plan NAME of CASE NEW from now on, its notes with it."""
    from surgitwin.planning.plans.step import rename_plan

    return _after(case, lambda opened: rename_plan(opened, name, new))


@plan.command()
@click.argument("case", type=CASE)
@click.argument("name")
@click.argument("text", required=False)
@speaks
def note(case: Path, name: str, text: str | None) -> Output:
    """Show the notes on the plan NAME of CASE, or replace them by TEXT ("" takes them away)."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import note_plan, notes_of

    opened = Case.open(case)
    if text is not None:
        with opened.folder.locked():
            opened = note_plan(opened, name, text)
    said = notes_of(opened, name)
    return Output({"plan": name, "note": said}, said or f"No notes on {name}.")


@plan.command()
@click.argument("case", type=CASE)
@click.argument("one")
@click.argument("other")
@speaks
def diff(case: Path, one: str, other: str) -> Output:
    """Say what differs between the plans ONE and OTHER of CASE, in mm and degrees along the bone."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.names import known
    from surgitwin.planning.sites.work import work_of

    opened = Case.open(case)
    first, second = known(opened.plans(), one), known(opened.plans(), other)
    found = work_of(opened).difference(opened, first, second)
    rows = [[d.topic, d.what, d.one, d.other, d.change] for d in found]
    text = table(rows, ["", "what", one, other, "change"]) if rows else "The two plans are the same."
    return Output({"one": one, "other": other, "differences": [d.as_dict() for d in found]}, text)


@plan.command()
@click.argument("case", type=CASE)
@click.argument("name")
@speaks
def check(case: Path, name: str) -> Output:
    """Check the plan NAME of CASE without simulating it; faults first."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.names import known
    from surgitwin.planning.plans.step import check_plan

    opened = Case.open(case)
    order = {"error": 0, "warning": 1, "info": 2}
    found = check_plan(opened, known(opened.plans(), name))
    findings = sorted((f.as_dict() for f in found), key=lambda f: order[f["severity"]])
    text = "\n".join(f"{f['severity']}: {f['message']}" for f in findings)
    return Output({"plan": name, "findings": findings}, text or "Nothing to check: the plan has no implant.")


@plan.command("list")
@click.argument("case", type=CASE)
@speaks
def list_command(case: Path) -> Output:
    """List the plans of CASE."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import list_plans

    return _listing(list_plans(Case.open(case)), [])


@plan.command("catalogue")
@speaks
def catalogue_command() -> Output:
    """List the implants of the catalogue: sizes in mm, material, source, verified or not."""
    from surgitwin.implants import catalogue

    items = [item.as_dict() for item in catalogue().values()]
    rows = [
        [i["id"], i["kind"], _sizes(i), i["material"], "yes" if i["verified"] else "no", i["title"]]
        for i in items
    ]
    text = table(rows, ["id", "kind", "mm", "material", "verified", "title"])
    return Output({"implants": items}, text)


@plan.command("options")
@click.option("--procedure", required=True, help="For example fracture_fixation.")
@speaks
def options_command(procedure: str) -> Output:
    """List what `plan propose --set` can change: unit, range, default, source."""
    from surgitwin.procedures import get

    found = get(procedure).parameters
    lines = []
    for p in found:
        lines += [f"{p.name}: {p.title}", f"    {_range(p)}; default: {_or_chosen(p.default)}"]
        lines += [f"    source: {p.source}{'' if p.verified else ' (not verified)'}"]
    return Output({"procedure": procedure, "options": [asdict(p) for p in found]}, "\n".join(lines))


def _after(path: Path, change: Callable[[Case], Case]) -> Output:
    from surgitwin.planning.case import Case
    from surgitwin.planning.plans.step import list_plans

    opened = Case.open(path)
    with opened.folder.locked():
        left = change(opened)
    return _listing(list_plans(left), [])


def _sizes(item: dict[str, Any]) -> str:
    sizes = item["sizes_mm"]
    if item["kind"] == "plate":
        return " x ".join(f"{sizes[k]:g}" for k in ("length", "width", "thickness"))
    if item["kind"] in ("nail", "stent"):
        return f"{sizes['diameter']:g} x {sizes['length']:g}"
    if item["kind"] == "valve":
        return f"{sizes['diameter']:g} x {sizes['height']:g}"
    return f"{sizes['diameter']:g} x {min(sizes['lengths']):g} to {max(sizes['lengths']):g}"


def _range(option: Parameter) -> str:
    if option.choices:
        return f"one of {', '.join(option.choices)}"
    if option.minimum is None or option.maximum is None:
        return "text"
    return f"{option.minimum:g} to {option.maximum:g}{option.unit_text}"


def _or_chosen(default: object) -> str:
    return "chosen by the program" if default is None else str(default)


def _listing(plans: list[dict[str, Any]], findings: list[dict[str, Any]]) -> Output:
    rows = [[p["name"], p["procedure"], p["side"], p["input_hash"][:12]] for p in plans]
    lines = [table(rows, ["plan", "procedure", "side", "hash"])]
    lines += [f"{f['severity']}: {f['message']}" for f in findings]
    return Output({"plans": plans, "findings": findings}, "\n".join(lines))
