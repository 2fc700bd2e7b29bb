"""plan propose, add, list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from surgitwin.cli.case_commands import CASE, settings
from surgitwin.cli.output import Output, progress, speaks, table


@click.group()
def plan() -> None:
    """Propose, add and list candidate plans."""


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
    """Write at least two plan files into CASE."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plan_step import propose_plans

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
    from surgitwin.planning.plan_step import add_plan, list_plans

    opened = Case.open(case)
    with opened.folder.locked():
        findings = add_plan(opened, file)
    return _listing(list_plans(opened), findings)


@plan.command("list")
@click.argument("case", type=CASE)
@speaks
def list_command(case: Path) -> Output:
    """List the plans of CASE."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.plan_step import list_plans

    return _listing(list_plans(Case.open(case)), [])


def _listing(plans: list[dict[str, Any]], findings: list[dict[str, Any]]) -> Output:
    rows = [[p["name"], p["procedure"], p["side"], p["input_hash"][:12]] for p in plans]
    lines = [table(rows, ["plan", "procedure", "side", "hash"])]
    lines += [f"{f['severity']}: {f['message']}" for f in findings]
    return Output({"plans": plans, "findings": findings}, "\n".join(lines))
