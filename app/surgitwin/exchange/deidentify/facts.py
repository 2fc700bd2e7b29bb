"""What a case keeps of image headers, made nobody's by the same rules as the headers themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pydicom
from pydicom.uid import CTImageStorage, MRImageStorage

from surgitwin.exchange.deidentify.changes import Change
from surgitwin.exchange.deidentify.elements import Cleaner
from surgitwin.exchange.deidentify.identifiers import LONG, Identifiers, folded, name_words, written_dates
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.quiet import quiet
from surgitwin.exchange.deidentify.words import is_plain

KEYWORDS = {
    "uid": "SeriesInstanceUID",
    "series_uid": "SeriesInstanceUID",
    "study_uid": "StudyInstanceUID",
    "description": "SeriesDescription",
    "date": "SeriesDate",
    "kvp": "KVP",
    "kernel": "ConvolutionKernel",
    "contrast": "ContrastBolusAgent",
    "laterality": "Laterality",
    "body_part": "BodyPartExamined",
    "body_weight_kg": "PatientWeight",
    "sex": "PatientSex",
    "age": "PatientAge",
}
"""Names in a case and the attributes that they come from."""

WORDS = ("kernel", "contrast", "laterality", "body_part", "description")
_KERNEL = re.compile(r"(?=.{2,8}$)[A-Za-z]{1,4}\d{1,3}[A-Za-z]?(\\\d)?")
"""Names of reconstruction kernels, such as "Br64", "B30f", "FC18": a digit is in none of people's names."""

NUMBERS = ("kvp", "body_weight_kg")
SENTENCES = ("notes", "message", "hint")
"""Words of the program, in which names of files may stand."""

_FILE_LIKE = re.compile(r"[\\/]|\.[A-Za-z]\w{1,4}\b|Files?:|left out:")


@dataclass(frozen=True)
class Patient:
    """Under what a patient goes from now on. code: replaces every code; days: dates move by so many.

    nameless: who the patient is was not at hand to search for, so that words are kept only when every one
    is a word of imaging or the name of a kernel.
    """

    options: Options
    pseudonyms: Pseudonyms
    code: str
    days: int
    who: Identifiers
    nameless: bool = False


def identifiers_from(
    names: Iterable[str] = (), ids: Iterable[str] = (), dates: Iterable[str] = ()
) -> Identifiers:
    """Identifiers of persons' names, whole IDs and dates (YYYYMMDD), for a search in what is written."""
    phrases = {folded(i.strip()) for i in ids if len(i.strip()) >= LONG - 2}
    phrases |= {form for d in dates for form in written_dates(d)}
    return Identifiers(frozenset(w for n in names for w in name_words(n)), frozenset(phrases))


def clean_facts(
    facts: Mapping[str, Any], patient: Patient, modality: str = "CT"
) -> tuple[dict[str, Any], list[Change]]:
    """`facts` with every value that `KEYWORDS` names decided by the profile, and what was done.

    A value that would be replaced by a dummy is empty. Patient codes become `patient.code`, sentences that
    name files or persons go, and UIDs keep the name of a stack after "#". Other values stay.
    """
    dataset = pydicom.Dataset()
    stack = ""
    with quiet():
        for name, keyword in KEYWORDS.items():
            value = facts.get(name)
            if name == "uid" and value:
                value, hash_, rest = str(value).partition("#")
                stack = hash_ + rest
            if value not in (None, "") and keyword not in dataset:
                setattr(dataset, keyword, str(value) if name in NUMBERS else value)
        sop_class = MRImageStorage if modality == "MR" else CTImageStorage
        cleaner = Cleaner(
            patient.options, patient.pseudonyms, patient.who, sop_class, patient.code, patient.days
        )
        cleaner.clean(dataset)
        dummies = {c.name for c in cleaner.changes if c.action == "replaced"}
        out = {**facts}
        for name, keyword in KEYWORDS.items():
            if name in facts:
                kept = keyword in dataset and keyword not in dummies
                if kept and patient.nameless and name in WORDS:
                    kept = _known_word(str(dataset.get(keyword)))
                out[name] = _plain(name, dataset.get(keyword) if kept else None)
    if stack and out.get("uid"):
        out["uid"] += "#" if patient.who.found_in(stack) else stack
    if patient.who.found_in(str(out.get("stack") or "")):
        out["stack"] = ""
    return out | _codes(facts, patient) | _sentences(facts, patient), cleaner.changes


def _known_word(value: str) -> bool:
    return is_plain(value) or bool(_KERNEL.fullmatch(value))


def _plain(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return None if value in (None, "") else float(value)
    return "" if value is None else str(value)


def _codes(facts: Mapping[str, Any], patient: Patient) -> dict[str, str]:
    return {k: patient.code for k in ("patient_code", "patient") if facts.get(k)}


def _sentences(facts: Mapping[str, Any], patient: Patient) -> dict[str, Any]:
    """Sentences without those that name a file or a person."""
    out: dict[str, Any] = {}
    for key in SENTENCES:
        said = facts.get(key)
        if isinstance(said, str):
            out[key] = said if _nameless(said, patient) else ""
        elif isinstance(said, list | tuple):
            out[key] = [s for s in said if _nameless(str(s), patient)]
    if facts.get("problems"):
        out["problems"] = [
            {**p, "files": [], "message": p["message"] if _nameless(p["message"], patient) else p["code"]}
            for p in facts["problems"]
        ]
    return out


def _nameless(sentence: str, patient: Patient) -> bool:
    return not _FILE_LIKE.search(sentence) and not patient.who.found_in(sentence)
