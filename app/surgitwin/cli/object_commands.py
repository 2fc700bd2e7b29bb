"""object add, list, check, rename, remove, export: bodies from files in a case (`place`: object_place.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.object_changes import changed, keep, said
from surgitwin.cli.object_place import place
from surgitwin.cli.output import Output, progress, speaks
from surgitwin.cli.vectors import numbers


@click.group("object")
def object_() -> None:
    """Own implants, guides and reference objects from STL, OBJ, PLY, VTP or STEP files."""


object_.add_command(place)


@object_.command()
@click.argument("case", type=CASE)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--unit", type=click.Choice(["mm", "cm", "m", "um", "inch"]), help="Unit of the file's lengths."
)
@click.option(
    "--frame", type=click.Choice(["lps", "ras", "own"]), help="Of the patient, or a device's own axes."
)
@click.option("--accept-size", is_flag=True, help="The size is right although unusual.")
@click.option("--name", default="", help="Name in the case (else Implant 1, ...; not the file's name).")
@click.option("--kind", type=click.Choice(["implant", "guide", "reference"]), default="implant",
              show_default=True)  # fmt: skip
@click.option("--material", default="", help="Ti-6Al-4V, 316L or CP-Ti: noted, nothing is computed from it.")
@click.option("--at", metavar="X,Y,Z", help="LPS mm, for its middle (else, in own axes, the image's).")
@speaks
def add(case: Path, file: Path, at: str | None, **answers: Any) -> Output:
    """Read FILE into CASE and keep it there, as it is: holes and crossings are said, not mended."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.pose import put
    from surgitwin.planning.objects.reading import Wanted, read_object

    opened = Case.open(case)
    point = None if at is None else numbers(at, 3, "--at")
    with opened.folder.locked():
        grid = opened.volume.grid
        middle = grid.index_to_lps((np.array(grid.shape[::-1]) - 1) / 2)
        made = read_object(opened, Wanted(file, **answers), middle if point is None else point, progress())
        if point is not None:
            made = put(made, point)
        keep(opened, made, f"add {made.name}")
    return said(opened, made, "Added")


@object_.command("list")
@click.argument("case", type=CASE)
@speaks
def list_(case: Path) -> Output:
    """List the objects of CASE: size, volume, pose."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.overview import object_rows
    from surgitwin.planning.objects.record import objects_of
    from surgitwin.planning.objects.words import object_words

    state = Case.open(case).state
    known = objects_of(state)
    text = "\n".join(object_words(own) for own in known)
    return Output({"objects": object_rows(state)}, text or "No objects. Add one with `surgitwin object add`.")


@object_.command()
@click.argument("case", type=CASE)
@click.argument("name", default="")
@speaks
def check(case: Path, name: str) -> Output:
    """Measure the object NAME of CASE (all without one) against every segment: overlap, distance, depth."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.checks import numbers_of, object_checks
    from surgitwin.planning.objects.record import NOT_SIMULATED, find_object, objects_of
    from surgitwin.planning.objects.words import lines, object_words

    opened = Case.open(case)
    chosen = [find_object(opened.state, name)] if name else list(objects_of(opened.state))
    data = object_checks(opened, chosen, progress())
    text = []
    for own in chosen:
        text += [object_words(own), *(f"  {line}" for line in lines(numbers_of(opened, own)))]
        text += [f"  {NOT_SIMULATED}"] if own.kind == "implant" else []
    return Output({"objects": data}, "\n".join(text) or "No objects. Add one with `surgitwin object add`.")


@object_.command()
@click.argument("case", type=CASE)
@click.argument("name")
@click.argument("new")
@speaks
def rename(case: Path, name: str, new: str) -> Output:
    """Call the object NAME of CASE NEW."""
    from dataclasses import replace

    from surgitwin.planning.objects.reading import checked_name

    return changed(
        case, name, lambda opened, own: replace(own, name=checked_name(opened, new, own.id)), "rename"
    )


@object_.command()
@click.argument("case", type=CASE)
@click.argument("name")
@speaks
def remove(case: Path, name: str) -> Output:
    """Take the object NAME out of CASE."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.edit import without_object
    from surgitwin.planning.objects.record import find_object

    opened = Case.open(case)
    with opened.folder.locked():
        own = find_object(opened.state, name)
        opened.updated(f"remove {own.name}", **without_object(opened.state, own))
    return Output({"removed": own.name}, f"Removed {own.name}.")


@object_.command("export")
@click.argument("case", type=CASE)
@click.argument("name")
@click.option("--out", required=True, type=click.Path(path_type=Path), help=".stl, .ply or .vtp, in LPS mm.")
@PURPOSE
@speaks
def export_one(case: Path, name: str, out: Path, purpose: str) -> Output:
    """Write the object NAME of CASE where it lies in the patient (all at once: `export --what objects`)."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.export import export_notes, export_object
    from surgitwin.planning.objects.record import find_object, placed_mesh
    from surgitwin.planning.privacy.leaving_file import before_file

    opened = Case.open(case)
    own = find_object(opened.state, name)
    notes = before_file(placed_mesh(opened, own), case, purpose)
    export_object(opened, own, out)
    notes += export_notes(opened, (own,))
    lines = [f"Wrote {out}: {own.name}, frame LPS, mm.", *(f"Note: {w}" for w in notes)]
    return Output({"file": str(out), "name": own.name, "warnings": list(notes)}, "\n".join(lines))
