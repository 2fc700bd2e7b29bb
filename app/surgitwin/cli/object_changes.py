"""What the commands of own objects share: change one, keep it, say how it lies now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from surgitwin.cli.output import Output

if TYPE_CHECKING:
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.record import OwnObject


def changed(case: Path, name: str, change: Callable[[Case, OwnObject], OwnObject], word: str) -> Output:
    """One object changed and kept."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.objects.record import find_object

    opened = Case.open(case)
    with opened.folder.locked():
        done = change(opened, find_object(opened.state, name))
        keep(opened, done, f"{word} {done.name}")
    return said(opened, done, "Kept")


def keep(case: Case, own: OwnObject, action: str) -> None:
    """Write it into the case."""
    from surgitwin.planning.objects.edit import with_object

    case.updated(action, **with_object(case.state, own))


def said(case: Case, own: OwnObject, verb: str) -> Output:
    """How it lies, with what must be known of it."""
    from surgitwin.planning.objects.pose import place_note
    from surgitwin.planning.objects.record import NOT_SIMULATED
    from surgitwin.planning.objects.words import object_words

    notes = [n for n in (*own.notes, own.fault, place_note(own, case.volume.grid)) if n]
    notes += [NOT_SIMULATED] if own.kind == "implant" else []
    middle = ", ".join(f"{v:.1f}" for v in own.middle_mm)
    lines = [f"{verb} {object_words(own)}", f"Its middle lies at {middle} (LPS mm)."]
    data = {**own.described(), "warnings": notes}
    return Output(data, "\n".join([*lines, *(f"Note: {n}" for n in notes)]))
