"""object add, list, place, check, rename, remove, export: bodies from files in a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.output import Output, progress, speaks
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.record import OwnObject


@click.group("object")
def object_() -> None:
    """Own implants, guides and reference objects from STL, OBJ, PLY, VTP or STEP files."""


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
    point = None if at is None else _numbers(at, 3, "--at")
    with opened.folder.locked():
        grid = opened.volume.grid
        middle = grid.index_to_lps((np.array(grid.shape[::-1]) - 1) / 2)
        made = read_object(opened, Wanted(file, **answers), middle if point is None else point, progress())
        if point is not None:
            made = put(made, point)
        _keep(opened, made, f"add {made.name}")
    return _said(opened, made, "Added")


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
@click.argument("name")
@click.option("--matrix", help="Pose: 16 numbers row by row (or a text file of them), file's axes to LPS mm.")
@click.option("--turn", "turns", multiple=True, metavar="AXIS,DEG",
              help="Turn about x, y or z of the patient (LPS) through its middle; repeatable.")  # fmt: skip
@click.option("--move", metavar="DX,DY,DZ", help="Shift in LPS mm.")
@click.option("--at", metavar="X,Y,Z", help="Put its middle there, LPS mm.")
@speaks
def place(
    case: Path, name: str, matrix: str | None, turns: tuple[str, ...], move: str | None, at: str | None
) -> Output:
    """Place the object NAME of CASE: first --matrix, then --turn, then --move or --at."""
    from surgitwin.planning.objects.pose import moved, put, rigid, turned

    if matrix is None and not turns and move is None and at is None:
        raise UsageError(
            "usage.arguments", "Nothing says where it goes.", hint="Give --matrix, --turn, --move or --at.",
            where="--matrix, --turn, --move, --at",
        )  # fmt: skip
    if move is not None and at is not None:
        raise UsageError(
            "usage.arguments", "--move and --at both say where it goes.", hint="Give one of them.",
            where="--move, --at",
        )  # fmt: skip

    def change(_: Case, own: OwnObject) -> OwnObject:
        done = own if matrix is None else own.placed(rigid(_matrix(matrix)))
        for turn in turns:
            axis, degrees = _turn(turn)
            done = turned(done, axis, degrees)
        done = done if move is None else moved(done, _numbers(move, 3, "--move"))
        return done if at is None else put(done, _numbers(at, 3, "--at"))

    return _changed(case, name, change, "place")


@object_.command()
@click.argument("case", type=CASE)
@click.argument("name", default="")
@speaks
def check(case: Path, name: str) -> Output:
    """Measure the object NAME of CASE (all without one) against every segment: overlap, distance, depth."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.measure import measure_object
    from surgitwin.planning.objects.record import NOT_SIMULATED, find_object, objects_of
    from surgitwin.planning.objects.words import lines, object_words

    opened = Case.open(case)
    chosen = [find_object(opened.state, name)] if name else list(objects_of(opened.state))
    data, text = [], []
    for own in chosen:
        found = measure_object(opened, own, progress())
        data.append({**own.described(), **found.as_dict()})
        text += [object_words(own), *(f"  {line}" for line in lines(found))]
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

    return _changed(
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
    from surgitwin.planning.objects.export import export_object
    from surgitwin.planning.objects.record import find_object, placed_mesh
    from surgitwin.planning.privacy.leaving_file import before_file

    opened = Case.open(case)
    own = find_object(opened.state, name)
    said = before_file(placed_mesh(opened, own), case, purpose)
    export_object(opened, own, out)
    lines = [f"Wrote {out}: {own.name}, frame LPS, mm.", *(f"Note: {w}" for w in said)]
    return Output({"file": str(out), "name": own.name, "warnings": list(said)}, "\n".join(lines))


def _changed(case: Path, name: str, change: Callable[[Case, OwnObject], OwnObject], word: str) -> Output:
    """One object changed and kept."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.record import find_object

    opened = Case.open(case)
    with opened.folder.locked():
        done = change(opened, find_object(opened.state, name))
        _keep(opened, done, f"{word} {done.name}")
    return _said(opened, done, "Kept")


def _keep(case: Case, own: OwnObject, action: str) -> None:
    from surgitwin.planning.objects.edit import with_object

    case.updated(action, **with_object(case.state, own))


def _said(case: Case, own: OwnObject, verb: str) -> Output:
    from surgitwin.planning.objects.pose import place_note
    from surgitwin.planning.objects.record import NOT_SIMULATED
    from surgitwin.planning.objects.words import object_words

    notes = [n for n in (*own.notes, own.fault, place_note(own, case.volume.grid)) if n]
    notes += [NOT_SIMULATED] if own.kind == "implant" else []
    middle = ", ".join(f"{v:.1f}" for v in own.middle_mm)
    lines = [f"{verb} {object_words(own)}", f"Its middle lies at {middle} (LPS mm)."]
    data = {**own.described(), "warnings": notes}
    return Output(data, "\n".join([*lines, *(f"Note: {n}" for n in notes)]))


def _numbers(text: str, count: int, where: str) -> np.ndarray[Any, Any]:
    """Numbers with commas or spaces between them. UsageError "usage.arguments"."""
    try:
        values = np.array([float(v) for v in text.replace(",", " ").split()])
    except ValueError:
        values = np.zeros(0)
    if len(values) == count and np.isfinite(values).all():
        return values
    raise UsageError(
        "usage.arguments",
        f"{text!r} is not {count} numbers." if count > 1 else f"{text!r} is no number.",
        hint="Put commas between them." if count > 1 else "Give axis and degrees, as z,15.",
        where=where,
    )


def _matrix(text: str) -> np.ndarray[Any, Any]:
    """16 numbers, or a text file that holds them."""
    path = Path(text)
    try:
        given = path.read_text("utf-8") if path.is_file() else text
    except (OSError, UnicodeDecodeError):
        given = text
    return _numbers(given, 16, "--matrix")


def _turn(text: str) -> tuple[str, float]:
    """Axis and degrees of "z,15"."""
    axis, _, degrees = text.partition(",")
    if axis.strip().lower() not in ("x", "y", "z"):
        raise UsageError(
            "usage.arguments", f"{text!r} names no axis.", hint="Give x, y or z and degrees, as z,15.",
            where="--turn",
        )  # fmt: skip
    return axis.strip().lower(), float(_numbers(degrees, 1, "--turn")[0])
