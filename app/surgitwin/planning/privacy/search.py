"""A case folder searched, byte by byte, for what must not be in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.exchange.deidentify.words import is_plain

SHORTEST = 4
"""Numerical setting: a shorter ID stands by chance in any table of numbers and cannot be searched for."""

TELLING = 10
"""Numerical setting: a shorter description is a word that stands in the case anyway ("bone")."""

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
"""How a text may stand in a file; NumPy writes strings as UTF-32."""

Needle = tuple[bytes, re.Pattern[bytes]]


def originals_of(facts: Mapping[str, Any]) -> set[str]:
    """What of `facts` about an image must be nowhere in the copy: UIDs, the code, dates, the description."""
    out = {str(facts.get(k) or "") for k in ("patient_code", "patient")}
    out |= {str(facts.get(k) or "").partition("#")[0] for k in ("uid", "series_uid", "study_uid")}
    date, text = str(facts.get("date") or ""), str(facts.get("description") or "")
    out |= {date, f"{date[:4]}-{date[4:6]}-{date[6:]}"} if len(date) == 8 else set()
    return out | {text} if len(text) >= TELLING and not is_plain(text) else out


def require_absent(folder: Path, words: Iterable[str]) -> None:
    """Raise InputError "deidentify.left" when one of `words` stands in a file below `folder` or its name.

    Archives (.npz) are looked into. A word counts where neither letters nor digits adjoin it.
    """
    needles = [n for w in sorted({w.strip() for w in words}) if len(w) >= SHORTEST for n in _needles(w)]
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        short = path.relative_to(folder).as_posix()
        for part in (short.encode(), *_contents(path)):
            if any(needle in part and whole.search(part) for needle, whole in needles):
                raise InputError(
                    "deidentify.left",
                    f"Something that says who the patient is was left in {path.suffix or 'a'} file {short}, "
                    "so nothing was written.",
                    hint="Report this as a fault of the program, with the name of the file.",
                    where=short,
                )


def _needles(word: str) -> Iterator[Needle]:
    for encoding in ENCODINGS:
        raw = word.encode(encoding)
        bound = (rb"(?<![0-9A-Za-z.])", rb"(?![0-9A-Za-z])") if encoding == "utf-8" else (b"", b"")
        yield raw, re.compile(bound[0] + re.escape(raw) + bound[1])


def _contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if path.suffix in (".npz", ".zip"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.compress_type != zipfile.ZIP_STORED:
                    yield archive.read(member)
