"""Dates moved by a number of days; ages capped."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})")
_DATETIME = re.compile(r"(\d{8})((?:\d{2}){0,3}(?:\.\d{1,6})?)([+-]\d{4})?")
_AGE = re.compile(r"(\d{3})([DWMY])")

OLDEST_YEARS = 89
"""Ages above are of one group, for few live so long (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C))."""

CAPPED_AGE = "090Y"


def shifted(text: str, vr: str, days: int) -> str:
    """A DA or DT value moved by `days`; a TM value as it is; empty when it is none (a month alone, words)."""
    text = text.strip()
    if vr == "TM":
        return text if re.fullmatch(r"\d{2}(?:\d{2}){0,2}(?:\.\d{1,6})?", text) else ""
    if vr == "DA":
        found = _DATE.fullmatch(text)
        return _moved(found.groups(), days) if found else ""
    whole = _DATETIME.fullmatch(text)
    if whole is None:
        return ""
    day = _DATE.fullmatch(whole[1])
    moved = _moved(day.groups(), days) if day else ""
    return moved + whole[2] + (whole[3] or "") if moved else ""


def _moved(parts: tuple[str, ...], days: int) -> str:
    try:
        there = date(*map(int, parts)) + timedelta(days)
    except (ValueError, OverflowError):
        return ""
    return there.strftime("%Y%m%d") if there.year >= 1000 else ""


def capped_age(text: str) -> str:
    """An AS value, above 89 years the group of 90 and more; empty when it is none."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        return ""
    return CAPPED_AGE if found[2] == "Y" and int(found[1]) > OLDEST_YEARS else found[0]
