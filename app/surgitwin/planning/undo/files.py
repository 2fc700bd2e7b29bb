"""Files that the steps of `planning.undo.step` need, and the bounds of what they take on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from surgitwin.storage import CaseFolder

KEY = "undo"
"""Key of the case state: `done` and `undone`, rows of name, when, blob; the newest last."""

MOST_STEPS = 50
MOST_BYTES = 256_000_000
"""Numerical settings, as for undo in the window: beyond either the oldest steps go, never the last one."""

BLOB = re.compile(r"\b[0-9a-f]{64}\.(?:nrrd|json)\b")
"""Names of label maps and steps in a text. Meshes and images are not deleted here."""


def trimmed(
    folder: CaseFolder, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(steps that are kept, steps that go)."""
    first = max(len(rows) - MOST_STEPS, 0)
    while first < len(rows) - 1 and _bytes(folder, rows[first:]) > MOST_BYTES:
        first += 1
    return rows[first:], rows[:first]


def _bytes(folder: CaseFolder, rows: Iterable[Mapping[str, Any]]) -> int:
    paths = (folder.path / "blobs" / name for name in files_of(folder, rows))
    return sum(p.stat().st_size for p in paths if p.is_file())


def files_of(folder: CaseFolder, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the blobs of these steps: their own, and the label maps before and after."""
    found: set[str] = set()
    for row in rows:
        found.add(row["blob"])
        path = folder.path / "blobs" / row["blob"]
        if path.is_file():
            found.update(BLOB.findall(path.read_text(encoding="utf-8")))
    return found


def drop_unused(folder: CaseFolder, state: Mapping[str, Any], names: set[str]) -> None:
    """Delete those of `names` that neither the state, its other steps nor unsaved work in the case name."""
    if not names:
        return
    steps = state.get(KEY) or {"done": [], "undone": []}
    used = set(BLOB.findall(json.dumps(state))) | files_of(folder, [*steps["done"], *steps["undone"]])
    for path in folder.path.rglob("*.json"):
        if path.parent != folder.path / "blobs" and names - used:
            used.update(BLOB.findall(path.read_text(encoding="utf-8")))
    for name in names - used:
        (folder.path / "blobs" / name).unlink(missing_ok=True)
