"""Names and sizes of files that are written for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

PACKED = ".gz"


def suffix_of(path: Path, known: Iterable[str] = ()) -> str:
    """What a name ends in, in lower case: the longest of `known` (".nii.gz"), else its own ending, of which
    ".gz" alone would say nothing.
    """
    name = path.name.lower()
    found = max((s for s in known if name.endswith(s) and name != s), key=len, default="")
    if found:
        return found
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() + last if last == PACKED else last


def size_of(path: Path, what: str) -> int:
    """Bytes of a file; of a folder those of its list (`what`.json) and of the files that stand in it, for the
    folder may have held others.
    """
    if not path.is_dir():
        return path.stat().st_size
    index = path / f"{what}.json"
    files = [path / row["file"] for row in json.loads(index.read_text("utf-8"))[what]]
    return sum(p.stat().st_size for p in (index, *files))


def size_words(size: int) -> str:
    """Bytes in the unit that suits them."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} bytes"
