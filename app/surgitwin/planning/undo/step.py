"""Undo and redo of what the command line does to segments, kept in the case.

A step is what `edit` or `segment` changed in the case state: the values before and after, in a blob. Label
maps stay on disk as the blobs they are, so that taking a step back reads and writes no voxel. Undo in the
window is its own (`planning.session.history`) and ends with the window.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from surgitwin.core.errors import UsageError
from surgitwin.planning.case import Case, now
from surgitwin.planning.undo.files import KEY, drop_unused, files_of, trimmed

Way = Literal["undo", "redo"]

OWN = (KEY, "history")
"""Keys of the state that a step does not take back."""


@dataclass(frozen=True, eq=False)
class Undone:
    """case: the new snapshot (only in memory in a dry run). name: the step that was taken back or made again.
    undo, redo: how many steps are left either way. kept: keys of the state that newer work holds on to.
    """

    case: Case
    way: Way
    name: str
    undo: int
    redo: int
    kept: tuple[str, ...]
    written: bool


@contextmanager
def undoable(path: Path) -> Iterator[None]:
    """What is done to the case at `path` inside is one step that `take_step` can take back.

    Nothing is recorded when it fails or leaves the segments as they were. Steps beyond the bounds of
    `undo_files` go, with the label maps that nothing else needs.
    """
    before = Case.open(path).state
    yield
    case = Case.open(path)
    if case.state.get("labels") == before.get("labels"):
        return
    with case.folder.locked():
        record(case, before)


def record(case: Case, before: Mapping[str, Any]) -> None:
    """Keep the step from state `before` to the case as it stands; what was undone cannot be redone now."""
    after, name = case.state, str(case.state["history"][-1]["action"])
    keys = [k for k in {**before, **after} if k not in OWN and before.get(k) != after.get(k)]
    step = {
        "before": {k: before[k] for k in keys if k in before},
        "after": {k: after[k] for k in keys if k in after},
    }
    blob = case.folder.put(".json", lambda p: _write(p, step))
    known = case.state.get(KEY) or {"done": [], "undone": []}
    done, gone = trimmed(case.folder, [*known["done"], {"name": name, "when": now(), "blob": blob}])
    _commit(case, {**case.state, KEY: {"done": done, "undone": []}}, [*gone, *known["undone"]])


def take_step(case: Case, way: Way, dry_run: bool = False) -> Undone:
    """Take the last step back ("undo"), or make the last one taken back again ("redo").

    Keys of the state that changed since (a mesh made anew) stay. Raises UsageError "undo.nothing" when there
    is no step, "undo.changed" when the segments were changed since by something else (the window).
    """
    known = case.state.get(KEY) or {"done": [], "undone": []}
    source, target = ("done", "undone") if way == "undo" else ("undone", "done")
    if not known[source]:
        raise UsageError(
            "undo.nothing",
            f"There is no step to {way} in {case.folder.path.name}.",
            hint="Steps of `surgitwin edit` and `surgitwin segment` can be taken back; those of the window "
            "in the window.",
            where=f"--{way}",
        )
    row = known[source][-1]
    step = json.loads(case.folder.blob(row["blob"]).read_text(encoding="utf-8"))
    old, new = (step["after"], step["before"]) if way == "undo" else (step["before"], step["after"])
    if case.state.get("labels") != old.get("labels"):
        raise UsageError(
            "undo.changed",
            f"The segments of {case.folder.path.name} were changed since {row['name']!r} by something else.",
            hint="Correct them by another `surgitwin edit`, or segment again.",
            where=f"--{way}",
        )
    keys = list({**old, **new})
    kept = tuple(k for k in keys if case.state.get(k) != old.get(k))
    state = {k: v for k, v in case.state.items() if k not in keys or k in kept}
    state |= {k: v for k, v in new.items() if k not in kept}
    state[KEY] = {source: known[source][:-1], target: [*known[target], row]}
    words = f"{'Undo' if way == 'undo' else 'Redo'}: {row['name']}"
    state["history"] = [*case.state["history"], {"when": now(), "action": words}]
    made = Case(case.folder, state) if dry_run else _commit(case, state, [])
    left = state[KEY]
    return Undone(made, way, row["name"], len(left["done"]), len(left["undone"]), kept, not dry_run)


def _commit(case: Case, state: dict[str, Any], gone: list[dict[str, Any]]) -> Case:
    """The case with `state`; then the files that only the steps in `gone` needed are deleted."""
    names = files_of(case.folder, gone)
    case.folder.commit(state)
    drop_unused(case.folder, state, names)
    return Case(case.folder, state)


def _write(path: Path, step: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(step, sort_keys=True, allow_nan=False), encoding="utf-8")
