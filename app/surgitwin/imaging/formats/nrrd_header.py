"""The text header of an NRRD file (teem.sourceforge.net/nrrd/format.html)."""

from __future__ import annotations

import re
from pathlib import Path

from surgitwin.imaging.formats.file_image import unreadable

HEADER_BYTES = 4 * 2**20
"""Numerical setting: longest header that is looked at; headers of many segments have some 100 kB."""

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def read_header(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Fields (`name: value`, names in lower case) and key/value pairs (`key:=value`) of `path`.

    Raises InputError "image.unreadable".
    """
    with path.open("rb") as stream:
        raw = stream.read(HEADER_BYTES)
    if not raw.startswith(b"NRRD000"):
        unreadable(path, "it does not begin with NRRD000")
    text = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode("utf-8", "replace")
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        if line.startswith("#"):
            continue
        match = re.match(r"([^:]+):(=| )(.*)", line)
        if match is None:
            continue
        name, mark, value = match.groups()
        if mark == "=":
            pairs[name] = value.replace("\\n", "\n").replace("\\\\", "\\")
        else:
            fields[name.strip().lower()] = value.strip()
    return fields, pairs


def vectors(path: Path, text: str) -> list[list[float]]:
    """Vectors like "(1,0,0) none (0,1,0)"; "none" is left out."""
    found = []
    for part in re.findall(r"\(([^)]*)\)", text):
        values = re.findall(NUMBER, part)
        if len(values) != 3 or part.count(",") != 2:
            unreadable(path, f"({part}) is no vector of three numbers")
        found.append([float(v) for v in values])
    return found


def quoted(text: str) -> list[str]:
    """Words between quotation marks."""
    return re.findall(r'"([^"]*)"', text)
