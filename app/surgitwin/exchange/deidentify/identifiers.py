"""Who the images name: words gathered from their headers, searched for in everything that stays."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement

from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.profile import row_of
from surgitwin.imaging.dicom.header import MALFORMED

TEXT_VRS = ("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT")
NAMING = re.compile(
    r"IDs?$|Identifier|IDIssuer|Number|Name|Address|Telephone|Location|Locator|Occupation|Residence|Religious"
)
"""Keywords of attributes whose whole value says who or where; other texts are about the image."""

NOT_NAMING = re.compile(r"Protocol|^ROI|Coding|Montage|Program|Label")
"""Of those, keywords whose value is about the image (a protocol is often called HEAD)."""

LONG = 5
"""Numerical setting: from so many characters on a word is searched inside other words too."""

TITLES = frozenset(
    ("dr", "prof", "md", "mr", "mrs", "ms", "miss", "phd", "msc", "bsc", "rn", "rt", "herr", "frau", "van",
     "von", "der", "den", "de", "la", "le", "el", "al")
)  # fmt: skip
"""Parts of names that name nobody."""


PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart."""

SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
"""How systems without accents write some letters."""

PLACEHOLDERS = frozenset(
    ("anon", "anonym", "anonymous", "anonymized", "anonymised", "deidentified", "identified", "removed",
     "unknown", "none", "null", "patient", "name", "subject", "phantom", "test", "noname")
)  # fmt: skip
"""What stands in a name that was removed before."""


@dataclass(frozen=True)
class Identifiers:
    """names: words of persons' names; phrases: whole values (IDs, addresses). Folded: no accents or case."""

    names: frozenset[str] = field(repr=False)
    phrases: frozenset[str] = field(repr=False)

    def found_in(self, text: str) -> bool:
        """Whether a text holds a name or an ID, also without its spaces, hyphens and accents."""
        return bool(text) and _search(self, text)

    def equals(self, text: str) -> bool:
        """Whether a number is one of the IDs, for values in which a search would find chance hits."""
        return len(text.strip()) >= LONG and squashed(text) in self._squashed

    @property
    def _squashed(self) -> frozenset[str]:
        return _squashed_phrases(self)

    def __or__(self, other: Identifiers) -> Identifiers:
        return Identifiers(self.names | other.names, self.phrases | other.phrases)


NOBODY = Identifiers(frozenset(), frozenset())


def folded(text: str) -> str:
    """Lower case without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN))
    return "".join(c for c in parts if not unicodedata.combining(c))


def squashed(text: str) -> str:
    """Folded letters and digits alone."""
    return "".join(c for c in folded(text) if c.isalnum())


@lru_cache(maxsize=64)
def _squashed_phrases(who: Identifiers) -> frozenset[str]:
    return frozenset(s for p in who.phrases if (s := squashed(p)))


@lru_cache(maxsize=64)
def _pattern(who: Identifiers) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """One pattern for folded text (short words stand alone), one for squashed text."""
    words = who.names | who.phrases
    short = [re.escape(w) for w in words if len(w) < LONG and w.isascii()]
    inside = [re.escape(w) for w in words if len(w) >= LONG or not w.isascii()]
    alone = [rf"(?<![^\W_]){w}(?![^\W_])" for w in short]
    tight = sorted({s for w in words if len(s := squashed(w)) >= LONG})
    whole = re.compile("|".join([*alone, *inside])) if words else None
    return whole, re.compile("|".join(tight)) if tight else None


@lru_cache(maxsize=65536)
def _search(who: Identifiers, text: str) -> bool:
    whole, tight = _pattern(who)
    if whole is not None and whole.search(folded(text)):
        return True
    return tight is not None and bool(tight.search(squashed(text)))


def identifiers_of(dataset: pydicom.Dataset, options: Options) -> Identifiers:
    """Names of all persons in the header, at any depth, and what says who the patient is.

    What an option keeps (a station) is not looked for.
    """
    names: set[str] = set()
    phrases: set[str] = set()
    for element in elements_of(dataset):
        for value in values_of(element):
            if element.VR == "PN":
                names |= set(name_words(value))
                names |= set(name_words(unicodedata.normalize("NFC", value.casefold()).translate(SPELLED)))
                parts = (folded(part.strip(" ^")) for part in value.split("="))
                phrases |= {p for p in parts if len(p) >= LONG and p not in PLACEHOLDERS}
            elif element.tag == 0x00100030:
                phrases |= set(written_dates(value))
            elif element.VR in TEXT_VRS and _names_somebody(element, options):
                phrases |= {
                    p for p in (folded(value.strip()),) if len(p) >= LONG - 2 and p not in PLACEHOLDERS
                }
    return Identifiers(frozenset(names), frozenset(phrases))


def _names_somebody(element: DataElement, options: Options) -> bool:
    row = row_of(int(element.tag))
    if row is None or row["basic"] == "U" or "K" in (row.get(c) for c in options.columns):
        return False
    keyword = keyword_for_tag(element.tag) or row["keyword"]
    return bool(NAMING.search(keyword)) and not NOT_NAMING.search(keyword)


def name_words(name: str) -> Iterator[str]:
    """Words of a person's name that are worth a search: two letters or more, no title."""
    for word in re.split(r"[\^=\s,.;/\\]+", folded(name)):
        if len(word) >= 2 and word not in TITLES and word not in PLACEHOLDERS:
            yield word


def written_dates(date: str) -> Iterator[str]:
    """A DA value in the ways that people write it."""
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", date.strip())
    if found:
        y, m, d = found.groups()
        yield from (
            f"{y}{m}{d}",
            f"{y}-{m}-{d}",
            f"{d}.{m}.{y}",
            f"{d}/{m}/{y}",
            f"{m}/{d}/{y}",
            f"{d}{m}{y}",
        )
        yield from (f"{int(d)}.{int(m)}.{y}", f"{int(m)}/{int(d)}/{y}", f"{m}{d}{y}")


def elements_of(dataset: pydicom.Dataset) -> Iterator[DataElement]:
    """Every readable element at any depth."""
    for tag in list(dataset.keys()):
        element = readable(dataset, tag)
        if element is None:
            continue
        if element.VR == "SQ":
            for item in element.value or ():
                yield from elements_of(item)
        else:
            yield element


def readable(dataset: pydicom.Dataset, tag: int) -> DataElement | None:
    """The element, or None when its value cannot be converted."""
    try:
        element = dataset[tag]
        if element.VR == "PN":
            str(element.value)
    except MALFORMED:
        return None
    return element


def values_of(element: DataElement) -> Iterable[str]:
    """Values as text, one by one; of bytes and numbers too."""
    value = element.value
    if value is None:
        return ()
    if isinstance(value, bytes):
        return (value.decode("latin-1"),)
    if isinstance(value, list | tuple | pydicom.multival.MultiValue):
        return tuple(str(v) for v in value)
    return (str(value),)
