"""The user's settings: one small TOML file, every key optional, unknown keys refused by name."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import platformdirs

from surgitwin.core.errors import InputError

VARIABLE = "SURGITWIN_SETTINGS"
"""Environment variable that names another settings file."""


@dataclass(frozen=True)
class Settings:
    """cores: processes that `solve` uses when --cores is not given (0: all). log_level: of stderr."""

    cores: int = 0
    log_level: str = "WARNING"


_ALLOWED: dict[str, Any] = {
    "cores": lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 1024,
    "log_level": lambda v: v in ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_FORM = {"cores": "a whole number from 0 to 1024", "log_level": "DEBUG, INFO, WARNING or ERROR"}


def settings_file() -> Path:
    """Where the settings are read from."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_config_dir("surgitwin")) / "settings.toml"


def read_settings(path: Path | None = None) -> Settings:
    """The settings, or the defaults without a file; InputError "settings.invalid" lists every fault."""
    file = path or settings_file()
    if not file.is_file():
        return Settings()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _invalid(file, str(error)) from None
    known = {f.name for f in fields(Settings)}
    faults = [f"{k}: unknown key" for k in data if k not in known]
    wrong = [k for k, v in data.items() if k in known and not _ALLOWED[k](v)]
    faults += [f"{k}: {_FORM[k]} expected, not {data[k]!r}" for k in wrong]
    if faults:
        raise _invalid(file, "; ".join(faults))
    return Settings(**data)


def _invalid(file: Path, reason: str) -> InputError:
    return InputError(
        "settings.invalid",
        f"The settings file {file} cannot be used: {reason}.",
        hint=f"Correct it, or remove it to go back to the defaults. Known keys: {', '.join(_FORM)}.",
        where=str(file),
    )
