"""The user's settings: one small TOML file, every key optional, unknown keys refused by name."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import platformdirs
import tomli_w

from surgitwin.core.errors import InputError
from surgitwin.storage import write_atomically

VARIABLE = "SURGITWIN_SETTINGS"
"""Environment variable that names another settings file."""

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
THEMES = ("dark", "light", "system")
AUTOSAVE_RANGE_S = (3, 30)
"""From what a slow disk bears to what a crash may cost."""


@dataclass(frozen=True)
class Settings:
    """cores: processes that `solve` uses when --cores is not given (0: all). log_level: of stderr.

    theme: colours of the window, "system" follows the desktop. autosave_s: seconds between drafts.
    import_without_identity: whether the Import page offers cases without identity ticked.
    """

    cores: int = 0
    log_level: str = "WARNING"
    theme: str = "dark"
    autosave_s: int = 8
    import_without_identity: bool = False


def _in(value: int, span: tuple[int, int]) -> bool:
    return span[0] <= value <= span[1]


_ALLOWED: dict[str, Any] = {
    "cores": lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 1024,
    "log_level": lambda v: v in LOG_LEVELS,
    "theme": lambda v: v in THEMES,
    "import_without_identity": lambda v: isinstance(v, bool),
    "autosave_s": lambda v: isinstance(v, int) and not isinstance(v, bool) and _in(v, AUTOSAVE_RANGE_S),
}
_FORM = {
    "cores": "a whole number from 0 to 1024",
    "log_level": "DEBUG, INFO, WARNING or ERROR",
    "theme": "dark, light or system",
    "import_without_identity": "true or false",
    "autosave_s": f"a whole number from {AUTOSAVE_RANGE_S[0]} to {AUTOSAVE_RANGE_S[1]} (seconds)",
}


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
    faults += _wrong({k: v for k, v in data.items() if k in known})
    if faults:
        raise _invalid(file, "; ".join(faults))
    return Settings(**data)


def _wrong(values: dict[str, Any]) -> list[str]:
    return [f"{k}: {_FORM[k]} expected, not {v!r}" for k, v in values.items() if not _ALLOWED[k](v)]


def write_settings(settings: Settings, path: Path | None = None) -> Path:
    """Keep the settings; returns the file. InputError "settings.invalid" for values `read_settings` refuses,
    StorageError when it cannot be written."""
    file = path or settings_file()
    faults = _wrong(asdict(settings))
    if faults:
        raise _invalid(file, "; ".join(faults))
    text = tomli_w.dumps(asdict(settings))
    write_atomically(file, lambda p: p.write_text(text, encoding="utf-8"))
    return file


def _invalid(file: Path, reason: str) -> InputError:
    return InputError(
        "settings.invalid",
        f"The settings file {file} cannot be used: {reason}.",
        hint=f"Correct it, or remove it to go back to the defaults. Known keys: {', '.join(_FORM)}.",
        where=str(file),
    )
