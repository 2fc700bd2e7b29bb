"""Where new cases are kept and what they are called: names that every file system takes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from surgitwin.imaging import Series

VARIABLE = "SURGITWIN_CASES"
"""Environment variable that names another folder for new cases."""

SUFFIX = ".twin"
LONGEST = 60
"""Characters of a name: with a long folder the path stays below what Windows takes (260)."""

RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)
"""Names that Windows keeps for devices."""


def cases_folder() -> Path:
    """Where new cases go unless the user chooses another place (it may not exist yet)."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_documents_dir()) / "SurgiTwin"


def safe_name(words: str) -> str:
    """`words` as a file name: letters, digits, space, dot, dash and underscore; "Case" when none is left."""
    name = re.sub(r"[^\w .-]+", " ", words)
    name = re.sub(r"\s+", " ", name).strip(" .-_")[:LONGEST].strip(" .-_")
    return "Case" if not name or name.split(".")[0].lower() in RESERVED else name


def suggested_name(series: Series) -> str:
    """A name from what was imaged and when, never from who it is."""
    when = series.date
    day = f"{when[:4]}-{when[4:6]}-{when[6:8]}" if re.fullmatch(r"\d{8}", when) else ""
    what = (series.description or series.modality, series.stack, day)
    return safe_name(" ".join(p for p in what if p))


def nameless_name(series: Series) -> str:
    """A name without description and date, for a case without identity."""
    return safe_name(f"{series.modality} {series.body_part.lower()}")


def free_path(folder: Path, name: str) -> Path:
    """`folder`/`name`.twin, with a number when that exists."""
    safe = safe_name(name)
    found, n = folder / f"{safe}{SUFFIX}", 1
    while found.exists():
        n += 1
        found = folder / f"{safe} {n}{SUFFIX}"
    return found


def name_fault(folder: Path, name: str) -> str:
    """Why a new case cannot have this name in this folder, in words; "" when it can."""
    if not name.strip():
        return "Give the case a name."
    if safe_name(name) != name.strip():
        return f"The name cannot be used as a folder. Try: {safe_name(name)}"
    if (folder / f"{name.strip()}{SUFFIX}").exists():
        return f"There is a case with this name already. Try: {free_path(folder, name).stem}"
    above = next((p for p in (folder, *folder.parents) if p.exists()), None)
    if above is None or not above.is_dir():
        return "This folder cannot be made: choose another one."
    if not os.access(above, os.W_OK):
        return f"No permission to write to {above}: choose another folder."
    return ""
