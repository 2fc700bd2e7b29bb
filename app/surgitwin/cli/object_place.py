"""object place: where a body from a file lies, by numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.object_changes import changed
from surgitwin.cli.output import Output, speaks
from surgitwin.cli.vectors import numbers
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.record import OwnObject


@click.command()
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
        done = done if move is None else moved(done, numbers(move, 3, "--move"))
        return done if at is None else put(done, numbers(at, 3, "--at"))

    return changed(case, name, change, "place")


def _matrix(text: str) -> np.ndarray[Any, Any]:
    """16 numbers, or a text file that holds them."""
    path = Path(text)
    try:
        given = path.read_text("utf-8") if path.is_file() else text
    except (OSError, UnicodeDecodeError):
        given = text
    return numbers(given, 16, "--matrix")


def _turn(text: str) -> tuple[str, float]:
    """Axis and degrees of "z,15"."""
    axis, _, degrees = text.partition(",")
    if axis.strip().lower() not in ("x", "y", "z"):
        raise UsageError(
            "usage.arguments", f"{text!r} names no axis.", hint="Give x, y or z and degrees, as z,15.",
            where="--turn",
        )  # fmt: skip
    return axis.strip().lower(), float(numbers(degrees, 1, "--turn")[0])
