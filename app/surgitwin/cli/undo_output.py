"""`edit CASE --undo` and `--redo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from surgitwin.cli.output import Output, table
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.undo.step import Way


def undo_command(path: Path, way: Way, dry_run: bool, *, alone: bool) -> Output:
    """Take the last step of the case back, or make it again. alone: no other option is given."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.undo.step import take_step

    if not alone:
        raise UsageError(
            "usage.arguments",
            f"--{way} stands alone: it takes no effect and no settings.",
            hint=f"For example: surgitwin edit {path.name} --{way}",
            where=f"--{way}",
        )
    case = Case.open(path)
    with case.folder.locked():
        done = take_step(case, way, dry_run)
    segments = (done.case.state.get("labels") or {}).get("segments", [])
    data = {
        "step": done.name,
        "way": way,
        "segments": segments,
        "undo": done.undo,
        "redo": done.redo,
        "kept": list(done.kept),
        "written": done.written,
    }
    words = {"undo": ("Would be taken back", "Taken back"), "redo": ("Would be made again", "Made again")}
    rows = [[s["name"], str(s["voxels"])] for s in segments]
    lines = [
        f"{words[way][done.written]}: {done.name}. Left to undo {done.undo}, to redo {done.redo}.",
        table(rows, ["segment", "voxels"]) if rows else "The case has no segments.",
        *(["Nothing was written (--dry-run)."] if dry_run else []),
    ]
    return Output(data, "\n".join(lines))
