"""Codes of segments as other programs write them: SNOMED CT category and type with their meanings."""

from __future__ import annotations

from functools import cache

from surgitwin.core.image import Segment
from surgitwin.core.resources import load_table

SCHEME = "SCT"
"""DICOM's name of SNOMED CT (PS3.16 8)."""

STRUCTURE, TISSUE = "123037004", "85756007"
"""Categories (CID 7150) of a segment with a code, and of one without."""


@cache
def _meanings() -> dict[str, str]:
    return {row["code"]: row["meaning"] for row in load_table("segment_codes")["codes"]}


def category(segment: Segment) -> tuple[str, str]:
    """Code and meaning of what kind of thing a segment is."""
    code = STRUCTURE if segment.code else TISSUE
    return code, _meanings()[code]


def kind(segment: Segment) -> tuple[str, str]:
    """Code and meaning of what it is; "Tissue" for a segment without a code, whose name says the rest."""
    code = segment.code or TISSUE
    return code, _meanings().get(code, segment.name.replace("_", " ").capitalize())
