"""What the window remembers from one start to the next without being asked: how the views were laid out."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from surgitwin.core.errors import StorageError
from surgitwin.planning.recent import recent_file
from surgitwin.storage import write_atomically

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
    try:
        write_atomically(_file(), lambda p: p.write_text(text, encoding="utf-8"))
    except StorageError as error:
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
