"""What the window remembers from one start to the next without being asked: how the views were laid out."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from surgitwin.planning.recent import recent_file

log = logging.getLogger(__name__)


def remembered(key: str, default: str) -> str:
    """The value kept under `key`, else `default`; a damaged file counts as empty, and the log says so."""
    value = _read().get(key, default)
    return value if isinstance(value, str) else default


def keep(key: str, value: str) -> None:
    """Remember `value`. A disk that cannot be written is only logged: nothing of the user's work is lost."""
    kept = _read()
    if kept.get(key) == value:
        return
    text = json.dumps({**kept, key: value}, indent=1)
    file = _file()
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(file)  # without waiting for the disk: the window must not stall for this
    except OSError as error:
        log.warning("the layout of the window was not kept: %s", error)


def _file() -> Path:
    return recent_file().with_name("window.json")


def _read() -> dict[str, Any]:
    file = _file()
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.warning("what the window remembered in %s is damaged (%s) and is begun anew", file, error)
        return {}
    return found if isinstance(found, dict) else {}
