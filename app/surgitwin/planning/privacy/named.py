"""Whether a text names the patient of a case that was made from originals, as far as this computer knows.

Two things know it: the catalogue, when the series of the case are listed there, and the patient's code, which
this installation made of the ID with its secret, so that a word can be tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError, StorageError
from surgitwin.exchange.catalogue import Catalogue, catalogue_folder, people
from surgitwin.exchange.deidentify.facts import identifiers_from
from surgitwin.exchange.deidentify.identifiers import LONG, NOBODY, Identifiers, folded, squashed
from surgitwin.imaging.patient_code import patient_code

SHORTEST = LONG - 2
"""Numerical setting, as for IDs in headers: shorter words are not tried."""

LONGEST = 64
"""Most characters of a patient ID (LO, PS3.5 table 6.2-1)."""

_WORD = re.compile(r"[\w.-]{3,64}")

TYPED = frozenset(("name", "names", "title", "note", "comment"))
"""Keys of what people type, or of tables of it (branches of a vessel tree); sentences of the program hold
words that are also names ("Young")."""

NOT_LOOKED_UP = (
    "The catalogue could not be read ({why}), so names in it were not searched for: see that neither the new "
    "case nor anything in it is called after the patient."
)


@dataclass(frozen=True)
class Named:
    """who: of the catalogue. codes: of the patient on this installation. note: what could not be asked."""

    who: Identifiers
    codes: frozenset[str]
    note: str = ""

    def in_name(self, text: str) -> bool:
        """Whether any part of a short text is the patient's ID, or a name or ID of the catalogue."""
        if self.who.found_in(text):
            return True
        forms = {text, text.upper(), text.lower(), squashed(text)}
        return any(patient_code(part) in self.codes for form in forms for part in _parts(form))

    def in_words(self, text: str) -> bool:
        """As `in_name`, but IDs and short names count as whole words only."""
        words = {text.strip(), *_WORD.findall(text)}
        plain = {folded(w) for w in words} | {squashed(w) for w in words}
        if plain & (self.who.names | self.who.phrases):
            return True
        if any(name in folded(text) for name in self.who.names if len(name) >= LONG):
            return True
        return any(patient_code(w) in self.codes for w in words if SHORTEST <= len(w) <= LONGEST)


def named_of(state: Mapping[str, Any]) -> Named:
    """What is known of the patient of a case; nothing of a case without identity."""
    facts = (state["series"], state["header"], state["patient"])
    uids = {str(f.get(k) or "").partition("#")[0] for f in facts for k in ("uid", "series_uid", "study_uid")}
    codes = frozenset(str(f.get(k) or "") for f in facts for k in ("patient_code", "patient")) - {""}
    try:
        who, note = _listed(uids - {""}), ""
    except StorageError as error:
        who, note = NOBODY, NOT_LOOKED_UP.format(why=error.code)
    return Named(who, codes, note)


def require_unnamed(texts: Iterable[tuple[str, str]], named: Named) -> None:
    """Raise InputError "deidentify.named" when one of `texts` (place, text) names the patient."""
    for place, text in texts:
        if named.in_words(text):
            raise InputError(
                "deidentify.named",
                f"The patient's name or ID was typed into the case ({place}), so nothing was written.",
                hint="Give that plan, segment, branch, object, view, measurement or note another name, then "
                "do it again.",
                where=place,
            )


def typed_in(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Place and text of everything in JSON data that people type; where: the file."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in TYPED and isinstance(item, str):
                yield f"{where}, {key}", item
            elif key in TYPED and isinstance(item, Mapping):
                yield from ((f"{where}, {key}", text) for text in item.values() if isinstance(text, str))
                yield from typed_in(item, f"{where}, {key}")
            else:
                yield from typed_in(item, f"{where}, {key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from typed_in(item, where)


def _listed(uids: set[str]) -> Identifiers:
    """Who the catalogue says that series or studies are of; a catalogue is not made for the question."""
    if not Path(catalogue_folder() / "catalogue.sqlite").is_file():
        return NOBODY
    found = people(Catalogue.open(), sorted(uids))
    return identifiers_from(*zip(*found, strict=True)) if found else NOBODY


def _parts(text: str) -> Iterator[str]:
    for start in range(len(text)):
        for end in range(start + SHORTEST, min(len(text), start + LONGEST) + 1):
            yield text[start:end]
