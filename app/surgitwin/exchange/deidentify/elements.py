"""One dataset made nobody's: every element decided by the profile, by its kind of value, and by a search."""

from __future__ import annotations

from dataclasses import dataclass, field

import pydicom
from pydicom.dataelem import DataElement

from surgitwin.exchange.deidentify.changes import Action, Change, name_of, tag_text
from surgitwin.exchange.deidentify.dates import capped_age, shifted
from surgitwin.exchange.deidentify.dummy import dummy_of
from surgitwin.exchange.deidentify.identifiers import TEXT_VRS, Identifiers, readable, values_of
from surgitwin.exchange.deidentify.iod import type_of
from surgitwin.exchange.deidentify.kinds import BYTES, FREE_TEXT, IMAGE_BYTES, foreign, names_somebody
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.profile import DATES, letter_of
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.words import is_plain

IMAGE_TYPE = ["DERIVED", "SECONDARY"]


@dataclass
class Cleaner:
    """Cleans datasets of one kind. code, days: of the patient; changes: what was done, in order."""

    options: Options
    pseudonyms: Pseudonyms
    who: Identifiers
    sop_class: str
    code: str
    days: int
    changes: list[Change] = field(default_factory=list)

    def clean(self, dataset: pydicom.Dataset, path: str = "", names: tuple[str, ...] = ()) -> None:
        """Decide every element in place; an element whose value cannot be read is removed."""
        for tag in list(dataset.keys()):
            spot = path + tag_text(tag)
            element = readable(dataset, tag)
            kept = element is not None and self._decide(dataset, element, spot, names)
            if not kept and tag in dataset:
                del dataset[tag]
                if element is None:
                    self._note(spot, tag, "removed", "its value cannot be read")

    def _note(self, spot: str, tag: int, action: Action, reason: str) -> None:
        self.changes.append(Change(spot, name_of(tag), action, reason))

    def _decide(
        self, dataset: pydicom.Dataset, element: DataElement, spot: str, names: tuple[str, ...]
    ) -> bool:
        """Whether the element stays (it may have another value then)."""
        reason = foreign(element)
        if reason:
            self._note(spot, element.tag, "removed", reason)
            return False
        kind = type_of(self.sop_class, (*names, element.keyword))
        letter = letter_of(int(element.tag), element.VR, kind, self.options)
        if element.VR == "SQ":
            return self._sequence(element, letter, spot, names)
        if element.VR == "PN":
            return self._person(element, spot, kind)
        if element.keyword == "PatientID" and not names:
            element.value = self.code
            self._note(spot, element.tag, "replaced", "the patient's code")
            return True
        if letter is None:
            return self._not_in_table(element, spot, kind)
        return self._by_letter(element, letter, spot, kind)

    def _by_letter(self, element: DataElement, letter: str, spot: str, kind: int) -> bool:
        if letter == "U":
            return self._uids(element, spot)
        if letter == "K":
            return self._searched(element, spot, kind, "kept by option")
        if letter == "C":
            return self._cleaned(element, spot, kind)
        wanted: dict[str, Action] = {"X": "removed", "Z": "emptied", "D": "replaced"}
        return self._act(element, wanted[letter], spot, "profile")

    def _act(self, element: DataElement, action: Action, spot: str, reason: str) -> bool:
        self._note(spot, element.tag, action, reason)
        if action == "removed":
            return False
        element.value = dummy_of(element.VR) if action == "replaced" else None
        return True

    def _drop(self, element: DataElement, spot: str, kind: int, reason: str) -> bool:
        """Remove, empty or replace, whatever the type of the attribute allows."""
        wanted: dict[int, Action] = {3: "removed", 2: "emptied", 1: "replaced"}
        if element.keyword == "ImageType":
            values = list(values_of(element))[2:]
            element.value = [*IMAGE_TYPE, *(v for v in values if not self.who.found_in(v))]
            self._note(spot, element.tag, "replaced", reason)
            return True
        return self._act(element, wanted[kind], spot, reason)

    def _person(self, element: DataElement, spot: str, kind: int) -> bool:
        if element.keyword == "PatientName" and "." not in spot:
            element.value = self.code
            self._note(spot, element.tag, "replaced", "the patient's code")
            return True
        return self._drop(element, spot, kind, "name of a person")

    def _sequence(self, element: DataElement, letter: str | None, spot: str, names: tuple[str, ...]) -> bool:
        if letter in ("X", "Z", "D"):
            return self._act(element, "removed" if letter == "X" else "emptied", spot, "profile")
        for n, item in enumerate(element.value or ()):
            self.clean(item, f"{spot}[{n}].", (*names, element.keyword))
        return True

    def _uids(self, element: DataElement, spot: str) -> bool:
        values = [v for v in values_of(element) if v]
        if element.VR != "UI" or not values:
            return self._act(element, "removed", spot, "no UID")
        made = [self.pseudonyms.uid(v) for v in values]
        if made != values:
            element.value = made if len(made) > 1 else made[0]
            self._note(spot, element.tag, "new UID", "keyed hash of the old one")
        return True

    def _cleaned(self, element: DataElement, spot: str, kind: int) -> bool:
        """Action C: dates moved, ages capped, texts kept when they name nobody."""
        if element.VR in DATES:
            return self._dates(element, spot, kind)
        if element.VR not in (*TEXT_VRS, "AS"):
            return self._drop(element, spot, kind, "profile")
        if all(is_plain(v) and not self.who.found_in(v) for v in values_of(element)):
            self._note(spot, element.tag, "cleaned", "words of the allow list")
            return True
        return self._drop(element, spot, kind, "text with other words than those of the allow list")

    def _dates(self, element: DataElement, spot: str, kind: int) -> bool:
        values = list(values_of(element))
        moved = [shifted(v, element.VR, self.days) for v in values]
        if not any(values):
            return True
        if not all(moved):
            return self._drop(element, spot, kind, "not a whole date")
        element.value = moved if len(moved) > 1 else moved[0]
        if element.VR == "TM":
            self._note(spot, element.tag, "kept", "time of day, by option")
        else:
            self._note(spot, element.tag, "date moved", "by the days of the patient")
        return True

    def _not_in_table(self, element: DataElement, spot: str, kind: int) -> bool:
        vr = element.VR
        if vr == "UI":
            return self._uids(element, spot)
        if vr in DATES:
            if self.options.shift_dates:
                return self._dates(element, spot, kind)
            return self._drop(element, spot, kind, "date that the profile does not name")
        if vr in FREE_TEXT:
            return self._drop(element, spot, kind, "free text")
        if vr in BYTES and element.keyword not in IMAGE_BYTES:
            return self._drop(element, spot, kind, "bytes that are no image")
        return self._searched(element, spot, kind, "")

    def _searched(self, element: DataElement, spot: str, kind: int, kept: str) -> bool:
        """Keep the value unless it names somebody."""
        if element.keyword == "PatientAge":
            element.value = capped_age(str(element.value or ""))
            self._note(spot, element.tag, "cleaned", "above 89 years one group")
            return True
        if names_somebody(element, self.who):
            return self._drop(element, spot, kind, "holds a name or an ID")
        if kept:
            self._note(spot, element.tag, "kept", kept)
        return True
