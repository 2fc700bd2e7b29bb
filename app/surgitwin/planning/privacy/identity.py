"""What of a case could say who the patient is, and the codes of patients that earlier versions wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from surgitwin.core.errors import UsageError
from surgitwin.exchange.deidentify.identifiers import Identifiers, squashed
from surgitwin.imaging.patient_code import is_plain_code, keyed
from surgitwin.planning.privacy.named import Named

DEIDENTIFIED = "deidentified"
"""Key of the case's state: how it was made nobody's; absent in a case that was made from originals."""

HEADER_BYTES = 65536
"""Numerical setting: the header of an image in a case is far shorter."""


def with_keyed_code(state: dict[str, Any]) -> dict[str, Any]:
    """The state with codes of earlier versions (a plain hash of the ID) as this installation writes them."""
    parts = state.get("patient"), state.get("series")
    patient, series = (dict(part) if isinstance(part, Mapping) else {} for part in parts)
    old = str(patient.get("patient_code") or ""), str(series.get("patient") or "")
    if not any(map(is_plain_code, old)):
        return state
    patient["patient_code"], series["patient"] = keyed(old[0]), keyed(old[1])
    return {**state, "patient": patient, "series": series}


def identity_notes(state: Mapping[str, Any], image: Path) -> tuple[str, ...]:
    """What a person must know before the case is passed on; image: the file with its voxels."""
    if state.get(DEIDENTIFIED):
        return ()
    notes = [
        "This case was made from originals: UIDs, dates and descriptions of the images are in it. "
        "`surgitwin deidentify CASE --out NEW.twin` writes one without."
    ]
    if not image.is_file():  # said with the damaged files
        return tuple(notes)
    with image.open("rb") as stream:
        found = re.search(rb'"patient_code": "([^"]*)"', stream.read(HEADER_BYTES))
    if found and is_plain_code(found.group(1).decode("utf-8", "replace")):
        notes.append(
            "An earlier version kept a plain hash of the patient ID in it, which can be guessed from a list "
            "of IDs: pass on the de-identified case only."
        )
    return tuple(notes)


def check_name(path: Path, who: Identifiers, dates: Iterable[str], named: Named | None = None) -> None:
    """UsageError "deidentify.case_name" when the name of the case says who the patient is, or when (dates:
    YYYYMMDD, beside those that `who` holds). named: what else is known of the patient."""
    plain = squashed(path.stem)
    told = any(d and d in plain for d in dates) or who.found_in(path.stem)
    if told or (named is not None and named.in_name(path.stem)):
        raise UsageError(
            "deidentify.case_name",
            f"The name of the case, {path.name}, holds a name, an ID or a date of the patient.",
            hint="Give it another name; a case is passed on under its name.",
            where="CASE",
        )
