"""edit: apply an effect of the segment editor to a case, or list the effects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.case_commands import settings
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.cli.undo_output import undo_command
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.segments.edit import Edited
    from surgitwin.segmentation.edit.effects import EffectSpec
    from surgitwin.segmentation.edit.parameter import Parameter


@click.command()
@click.argument("case", type=click.Path(path_type=Path), required=False)
@click.option(
    "--list", "listed", is_flag=True, help="List the effects (or the one of --effect) with settings."
)
@click.option("--effect", "name", help="Name of the effect.")
@click.option("--segment", default="", help="Segment it works on (the only one, when there is one).")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of the effect.")
@click.option("--range", "limits", metavar="LOW,HIGH", help="Change only voxels of these image values.")
@click.option("--inside", default="", metavar="SEGMENT", help="Change only voxels inside this segment.")
@click.option("--outside", default="", metavar="SEGMENT", help="Change only voxels outside this segment.")
@click.option("--background-only", is_flag=True, help="Paint over background only, not over other segments.")
@click.option("--add", default="", metavar="NAME", help="Add a new segment and work on it.")
@click.option("--undo", is_flag=True, help="Take back the last step of `edit` or `segment`.")
@click.option("--redo", is_flag=True, help="Make the step that was taken back last again.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@speaks
def edit(
    case: Path | None,
    listed: bool,
    name: str | None,
    segment: str,
    pairs: tuple[str, ...],
    limits: str | None,
    inside: str,
    outside: str,
    background_only: bool,
    add: str,
    undo: bool,
    redo: bool,
    dry_run: bool,
) -> Output:
    """Change a segment of CASE by an effect of the segment editor: `edit CASE --effect margin --segment femur
    --set mm=2`. Segments that the case hides or locks are spared."""
    from surgitwin.segmentation.edit.effects import effect, effects

    if listed:
        return _listed((effect(name),) if name else effects())
    if case is not None and (undo or redo):
        others = (name, segment, pairs, limits, inside, outside, background_only, add, undo and redo)
        return undo_command(case, "undo" if undo else "redo", dry_run, alone=not any(others))
    if case is None or not name:
        raise UsageError(
            "usage.arguments",
            "A case and an effect are needed.",
            hint="For example: surgitwin edit a.twin --effect margin --segment femur --set mm=2; "
            "`surgitwin edit --list` shows all effects.",
            where="CASE" if case is None else "--effect",
        )
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.edit import MaskByName, edit_case
    from surgitwin.planning.undo.step import record

    opened = Case.open(case)
    with opened.folder.locked():
        done = edit_case(
            opened,
            name,
            segment=segment,
            values=settings(pairs),
            mask=MaskByName(_range(limits), inside, outside),
            overwrite="background" if background_only else "visible",
            add=add,
            dry_run=dry_run,
            progress=progress(),
        )
        if done.written:
            record(done.case, opened.state)
    return _done(done, effect(name))


def _range(text: str | None) -> tuple[float, float] | None:
    """LOW,HIGH as numbers (UsageError "edit.mask")."""
    if text is None:
        return None
    try:
        low, high = (float(v) for v in text.split(","))
    except ValueError:
        raise UsageError(
            "edit.mask",
            f"--range {text}: two numbers LOW,HIGH expected.",
            hint="For example --range 200,3071.",
            where="--range",
        ) from None
    return (low, high)


def _done(done: Edited, spec: EffectSpec) -> Output:
    """Voxels and volumes before and after, of every segment that changed."""
    rows, facts = [], []
    for one in {**done.voxels_before, **done.voxels_after}:
        before, after = done.voxels_before.get(one, 0), done.voxels_after.get(one, 0)
        fact: dict[str, Any] = {"name": one, "voxels_before": before, "voxels_after": after}
        if done.ml is not None:
            fact |= {"ml_before": before * done.ml, "ml_after": after * done.ml}
        else:
            fact["reason"] = "The image has no scale in mm."
        facts.append(fact)
        shown = [f"{n * done.ml:.2f}" if done.ml is not None else "-" for n in (before, after)]
        rows.append([one, str(before), str(after), *shown])
    data = {
        "effect": done.effect,
        "segment": done.segment,
        "values": dict(done.values),
        "segments": facts,
        "wall_s": done.wall_s,
        "written": done.written,
        "notes": list(done.notes),
    }
    notes = "".join(f"\nNote: {n}" for n in done.notes)
    end = "" if done.written else "\nNothing was written (--dry-run)."
    words = f"{spec.title}: {done.segment.replace('_', ' ')}, {done.wall_s:.1f} s"
    header = ["segment", "voxels before", "after", "ml before", "after"]
    return Output(data, f"{words}\n{table(rows, header)}{notes}{end}")


def _listed(specs: tuple[EffectSpec, ...]) -> Output:
    """Effects with their settings."""
    lines = []
    for spec in specs:
        lines.append(f"{spec.name}: {spec.words}")
        lines += [f"  {one.name}={_default(one)}{_limits(one)}  {one.tip}" for one in spec.parameters]
    return Output({"effects": [s.as_dict() for s in specs]}, "\n".join(lines))


def _default(one: Parameter) -> str:
    if isinstance(one.default, float | int):
        return f"{one.default:g}"
    return str(one.default) if one.default else {"points": "x,y,z;..."}.get(one.kind, "none")


def _limits(one: Parameter) -> str:
    """Unit and range, or the choices."""
    if one.choices:
        return f" ({', '.join(one.choices)})"
    if one.kind in ("number", "whole"):
        unit = f" {one.unit}" if one.unit else ""
        return f"{unit} ({one.low:g} to {one.high:g})"
    return ""
