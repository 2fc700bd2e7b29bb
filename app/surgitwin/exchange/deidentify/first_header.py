"""What one header of a series says of the patient, for a case that is made nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field

from surgitwin.exchange.deidentify.facts import identifiers_from
from surgitwin.exchange.deidentify.identifiers import NOBODY, Identifiers, identifiers_of
from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.quiet import quiet
from surgitwin.exchange.deidentify.reading import Item, item_of, read
from surgitwin.exchange.deidentify.writing import keep
from surgitwin.imaging import Series


@dataclass(frozen=True)
class Known:
    """patient: what tells patients apart. words: values that must be nowhere afterwards. dates: YYYYMMDD.

    head: whether a head is shown; part_known: whether the body part is said.
    """

    who: Identifiers = NOBODY
    patient: str = field(default="", repr=False)
    words: frozenset[str] = field(default=frozenset(), repr=False)
    dates: frozenset[str] = field(default=frozenset(), repr=False)
    head: bool = False
    part_known: bool = False
    item: Item | None = field(default=None, repr=False)

    def keep(self, key: Key, code: str, names: Pseudonyms) -> None:
        """Write down in the key who is who."""
        if self.item is not None:
            keep(key, self.item, code, names)


def known_of(series: Series | None, options: Options) -> Known:
    """From the first image of a series; nothing of an image file, whose names are never read."""
    if series is None or not series.slices:
        return Known()
    told = series.identity
    dates = frozenset(d for d in (told.birth_date, series.date, series.study_date) if len(d) == 8)
    who = identifiers_from([told.name], [told.patient_id], [told.birth_date])
    words = {told.patient_id, told.birth_date, series.base_uid, series.study_uid, *dates}
    words |= {told.name} if len(told.name) > 8 else set()
    with quiet():
        header = read(series.slices[0].source, pixels=False)
        if header is None or isinstance(header, str):
            return Known(who, told.patient_id, frozenset(words), dates)
        item = item_of(series.slices[0].source, header)
        who |= identifiers_of(header, options)
        words |= {item.patient_id, item.sop_uid} | ({item.name} if len(item.name) > 8 else set())
    return Known(who, item.patient, frozenset(words), dates, item.head, item.part_known, item)
