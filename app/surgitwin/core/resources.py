"""Tables in ``resources/``: TOML rows that each name their source and whether it was verified."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError


def resources_dir() -> Path:
    """The folder of data tables: inside the installed package, else beside ``app/`` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parents[1] / "resources"


@cache
def load_table(name: str) -> dict[str, Any]:
    """The table ``resources/<name>.toml`` as nested plain values (do not modify it).

    Raises InputError ("resource.missing", "resource.unreadable") naming the file.
    """
    path = resources_dir() / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "resource.missing",
            f"The data table {path.name} is missing.",
            hint="Install the program again: its resources folder is incomplete.",
            where=str(path),
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            "resource.unreadable",
            f"The data table {path.name} cannot be read: {error}.",
            hint="Correct the named line.",
            where=str(path),
        ) from None
