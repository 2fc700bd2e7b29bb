"""The cases that were opened last: a small file of the user, and what each case is like now."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from surgitwin.core.errors import SurgiTwinError
from surgitwin.planning.case import Case, now
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.steps import step_states
from surgitwin.storage import write_atomically

log = logging.getLogger(__name__)

VARIABLE = "SURGITWIN_STATE"
"""Environment variable that names another folder for what the program remembers."""

MOST = 12
"""Cases that are remembered."""


@dataclass(frozen=True)
class RecentCase:
    """One case. opened: ISO time. problem: why it cannot be opened, "" when it can.

    side: "left", "right" or "". series: what was imaged. done, of: steps. thumbnail: a PNG file or None.
    """

    path: Path
    opened: str
    problem: str = ""
    side: str = ""
    series: str = ""
    next_words: str = ""
    done: int = 0
    of: int = 5
    thumbnail: Path | None = None

    @property
    def name(self) -> str:
        """Folder name without the suffix."""
        return self.path.stem


def recent_file() -> Path:
    """Where the list is kept."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(platformdirs.user_state_dir("surgitwin"))
    return folder / "recent_cases.json"


def recent_entries() -> tuple[tuple[Path, str], ...]:
    """(path, ISO time of opening), newest first. A damaged list counts as empty, and the log says so."""
    file = recent_file()
    if not file.is_file():
        return ()
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["cases"]
        return tuple((Path(str(r["path"])), str(r["opened"])) for r in rows)[:MOST]
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the list of recent cases %s is damaged (%s) and is begun anew", file, error)
        return ()


def remember(path: Path) -> None:
    """Put a case that was opened at the head of the list (StorageError when it cannot be written)."""
    whole = path.resolve()
    kept = [(p, when) for p, when in recent_entries() if p != whole]
    _write([(whole, now()), *kept][:MOST])


def forget(path: Path) -> None:
    """Take a case off the list; its files stay."""
    _write([(p, when) for p, when in recent_entries() if p != path])


def _write(entries: list[tuple[Path, str]]) -> None:
    rows = [{"path": str(p), "opened": when} for p, when in entries]
    text = json.dumps({"cases": rows}, indent=1)
    write_atomically(recent_file(), lambda p: p.write_text(text, encoding="utf-8"))


def recent_cases() -> tuple[RecentCase, ...]:
    """Every remembered case as it is on the disk now; reads one small file a case (for a worker thread)."""
    return tuple(look_at(path, opened) for path, opened in recent_entries())


def look_at(path: Path, opened: str) -> RecentCase:
    """One case, or why it cannot be opened."""
    if not path.exists():
        return RecentCase(path, opened, problem="Not there any more (moved, renamed or deleted)")
    try:
        case = Case.open(path)
        states = step_states(case)[: None if work_of(case).operates else 2]
    except SurgiTwinError as error:
        return RecentCase(path, opened, problem=error.message)
    state = case.state
    series = state["series"]
    words = " ".join(w for w in (series.get("modality"), series.get("description")) if w)
    waits = next((s for s in states if s.state in ("todo", "stale")), None)
    picture = path / "blobs" / str(state.get("thumbnail") or "none")
    return RecentCase(
        path,
        opened,
        side=str((state.get("anatomy") or {}).get("side") or ""),
        series=words,
        next_words=waits.words if waits is not None else "Everything is done.",
        done=sum(s.state == "done" for s in states),
        of=len(states),
        thumbnail=picture if picture.is_file() else None,
    )
