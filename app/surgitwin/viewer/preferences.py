"""The user's settings as the window holds them: read once, written when they are changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from surgitwin.planning.settings import Settings, read_settings, write_settings

_held: list[Settings] = []


def preferences() -> Settings:
    """The settings in use; the first call reads the file (InputError "settings.invalid")."""
    if not _held:
        _held.append(read_settings())
    return _held[0]


def change(**values: Any) -> Settings:
    """Use other values and keep them in the user's file (StorageError: used, but not kept)."""
    made = replace(preferences(), **values)
    _held[:] = [made]
    write_settings(made)
    return made


def read_again() -> None:
    """Forget what is held: the next call reads the file."""
    _held.clear()
