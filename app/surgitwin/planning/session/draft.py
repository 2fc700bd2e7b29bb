"""Unsaved work on disk: the folder ``draft`` in the case, replaced as a whole, read again after a crash."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.image import LabelMap
from surgitwin.core.plan import Plan
from surgitwin.imaging.formats.nrrd import write_labels
from surgitwin.planning.case import Case, now
from surgitwin.planning.plans.file import dump_plan, write_plan
from surgitwin.storage import CaseFolder, write_atomically
from surgitwin.storage.atomic import storage_errors

NAME = "draft"
ABOUT = "about.json"


@dataclass(frozen=True)
class Draft:
    """Work that was not saved. when: ISO time, UTC. actions: names of the steps since the last save.

    outdated: the case on disk was changed after the draft was written. saving: the program ended while it
    saved this, so the case on disk may be half the old one.
    """

    path: Path
    when: str
    actions: tuple[str, ...]
    outdated: bool = False
    saving: bool = False


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is written: state, plans, and labels when their voxels have no blob yet. Safe in any thread."""

    folder: CaseFolder
    state: Mapping[str, Any]
    plans: Mapping[str, Plan]
    labels: LabelMap | None
    actions: tuple[str, ...]


def find_draft(path: Path) -> Draft | None:
    """The unsaved work in the case at `path`, None when there is none that is whole."""
    for name in (NAME, f"{NAME}-new", f"{NAME}-old"):
        folder = path / name
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            saving = bool(about.get("saving", False))
            outdated = not saving and about.get("base") not in (None, _base(path))
            return Draft(folder, str(about["when"]), tuple(about["actions"]), outdated, saving)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def remove_draft(path: Path) -> None:
    """Forget the unsaved work."""
    for name in (NAME, f"{NAME}-new", f"{NAME}-old"):
        shutil.rmtree(path / name, ignore_errors=True)


WORKSPACES = ".step-"
"""Start of the names of folders in the case on which steps in other processes work."""


def remove_workspaces(path: Path) -> None:
    """Remove what steps left that ended with their window. Only while the case is locked by us."""
    for folder in path.glob(f"{WORKSPACES}*"):
        shutil.rmtree(folder, ignore_errors=True)


def settled_state(snapshot: Snapshot) -> dict[str, Any]:
    """The state with edited labels stored as a blob."""
    state = dict(snapshot.state)
    if snapshot.labels is not None:
        labels = snapshot.labels
        blob = snapshot.folder.put(".nrrd", lambda p: write_labels(labels, p))
        state["labels"] = {**state["labels"], "blob": blob}
    return state


def write_workspace(folder: CaseFolder, state: Mapping[str, Any], plans: Mapping[str, Plan]) -> None:
    """State and plans into the workspace of `folder`."""
    for plan in plans.values():
        write_plan(plan, folder.plans_dir / f"{plan.name}.toml")
    folder.commit(dict(state))


def _base(path: Path) -> str:
    """What identifies the saved case: its state and its plan files."""
    files = [path / "case.json", *sorted((path / "plans").glob("*.toml"))]
    return content_hash([f.read_bytes() for f in files if f.is_file()])


def write_draft(snapshot: Snapshot, *, saving: bool = False) -> str | None:
    """Keep `snapshot` as the draft; returns the blob of its labels when one was written.

    saving: it is about to become the saved case.
    """
    base = snapshot.folder.path
    new, there, old = (base / n for n in (f"{NAME}-new", NAME, f"{NAME}-old"))
    state = settled_state(snapshot)
    with storage_errors(new):
        shutil.rmtree(new, ignore_errors=True)
        write_workspace(CaseFolder(base, new), state, snapshot.plans)
        facts = {"when": now(), "pid": os.getpid(), "actions": list(snapshot.actions)}
        about = json.dumps({**facts, "base": _base(base), "saving": saving})
        write_atomically(new / ABOUT, lambda p: p.write_text(about, encoding="utf-8"))
        if there.exists():
            shutil.rmtree(old, ignore_errors=True)
            there.rename(old)
        new.rename(there)
        shutil.rmtree(old, ignore_errors=True)
    return None if snapshot.labels is None else str(state["labels"]["blob"])


def write_saved(snapshot: Snapshot) -> str | None:
    """Make `snapshot` the saved case; the draft goes last, so that a crash in between loses nothing."""
    blob = write_draft(snapshot, saving=True)
    folder = CaseFolder(snapshot.folder.path)
    state = dict(snapshot.state)
    if blob is not None:
        state["labels"] = {**state["labels"], "blob": blob}
    with storage_errors(folder.plans_dir):
        for plan in snapshot.plans.values():
            file = folder.plans_dir / f"{plan.name}.toml"
            if not file.is_file() or file.read_bytes() != dump_plan(plan).encode():
                write_plan(plan, file)
        folder.commit(state)
        for file in folder.plans_dir.glob("*.toml"):
            if file.stem not in snapshot.plans:
                file.unlink()
    remove_draft(folder.path)
    return blob


def open_draft(draft: Draft, path: Path) -> Case:
    """The case at `path` as the draft left it."""
    found = Case.open(path, draft.path)
    return Case(CaseFolder(path), found.state, found.plans())
