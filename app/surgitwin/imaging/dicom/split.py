"""The images of one series parted into stacks that can each be a volume."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from surgitwin.imaging.dicom.checks import has_geometry
from surgitwin.imaging.dicom.copies import coincide
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.split_keys import (
    EXACT,
    MOST_GROUPS,
    NEAR,
    TRIGGER,
    WHERE_SLICES_COINCIDE,
    Key,
    near,
)


@dataclass(frozen=True)
class Part:
    """Images of one stack. labels: (key, what differs, its value in words), outermost first."""

    images: tuple[Header, ...]
    labels: tuple[tuple[str, str, str], ...] = ()

    @property
    def slug(self) -> str:
        """The labels as part of a UID: letters, digits, "=", "," and a few signs."""
        return ",".join(
            f"{key}={re.sub(r'[^A-Za-z0-9.+-]+', '_', words).strip('_')}" for key, _, words in self.labels
        )

    @property
    def words(self) -> str:
        """The labels for people."""
        return ", ".join(words for _, _, words in self.labels)


def stacks(images: Sequence[Header]) -> list[Part]:
    """Parts of a series, at least one. Images of another kind, size, orientation or pixel spacing never
    share a
    stack; images at one place are told apart by the tags that differ there, else by their rank in time.

    Where nothing tells them apart the part keeps its duplicates, for the checks to refuse.
    """
    parts = [Part(tuple(images))]
    for key in EXACT:
        parts = [p for part in parts for p in _by_key(part, key)]
    parts = [p for part in parts for p in ([part] if not _placed(part.images) else _by_near(part))]
    return [p for part in parts for p in ([part] if not _placed(part.images) else _by_place(part))]


def _placed(images: Sequence[Header]) -> bool:
    """Whether every image says where it lies."""
    return all(has_geometry(h) for h in images)


def _labelled(part: Part, groups: Sequence[Sequence[Header]], key: Key) -> list[Part]:
    """The groups as parts with their labels; equal words get a number."""
    if len(groups) < 2:
        return [part]
    words = [key.told(g[0]) for g in groups]
    told = [w if words.count(w) == 1 else f"{w} ({words[:n].count(w) + 1})" for n, w in enumerate(words)]
    return [
        Part(tuple(g), (*part.labels, (key.name, key.words, w))) for g, w in zip(groups, told, strict=True)
    ]


def _by_key(part: Part, key: Key) -> list[Part]:
    return _labelled(part, list(_groups(part.images, key.value).values()), key)


def _groups(images: Sequence[Header], value: Callable[[Header], Hashable]) -> dict[Hashable, list[Header]]:
    """Images by value, lowest first, those without one before."""
    found: dict[Hashable, list[Header]] = {}
    for header in images:
        found.setdefault(value(header), []).append(header)
    if len(found) > MOST_GROUPS:
        return {None: list(images)}
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(value: Hashable) -> tuple[bool, bool, float, str]:
    """Absent values first, numbers as numbers, all else as text."""
    number = isinstance(value, float)
    return value is not None, not number, value if isinstance(value, float) else 0.0, str(value)


def _by_near(part: Part) -> list[Part]:
    parts = [part]
    for key, tolerance, relative in NEAR:
        grouped = [(one, _bounded(near(one.images, key, tolerance, relative), one)) for one in parts]
        parts = [p for one, groups in grouped for p in _labelled(one, groups, key)]
    return parts


def _bounded(groups: list[list[Header]], whole: Part) -> list[list[Header]]:
    return groups if len(groups) <= MOST_GROUPS else [list(whole.images)]


def _by_place(part: Part) -> list[Part]:
    """Parts without two images at one place, where tags allow."""
    places = coincide(part.images)
    doubled = len(part.images) - len(places)
    if not doubled:
        return [part]
    for key in WHERE_SLICES_COINCIDE:
        groups = list(_groups(part.images, key.value).values())
        if len(groups) < 2 or min(map(len, groups)) < 2:
            continue
        if sum(len(g) - len(coincide(g)) for g in groups) < doubled:
            return [p for one in _labelled(part, groups, key) for p in _by_place(one)]
    return _by_rank(part, places)


def _by_rank(part: Part, places: Sequence[Sequence[Header]]) -> list[Part]:
    """Parts by the order at each place, where all places hold equally many: by trigger time, else by instance
    number when each run of numbers covers every place once."""
    many = len(places[0])
    if len(places) < 2 or many > MOST_GROUPS or any(len(place) != many for place in places):
        return [part]
    if all(len({h.number(TRIGGER) for h in place} - {None}) == many for place in places):
        ordered = [sorted(place, key=lambda h: h.number(TRIGGER) or 0.0) for place in places]
        groups = [[place[n] for place in ordered] for n in range(many)]
        return _ranked(part, groups, "phase", "heart phase by trigger time")
    numbers = [h.number("InstanceNumber") for h in part.images]
    if None in numbers or len(set(numbers)) < len(numbers):
        return [part]
    by_number = sorted(part.images, key=lambda h: h.number("InstanceNumber") or 0.0)
    runs = [by_number[n : n + len(places)] for n in range(0, len(by_number), len(places))]
    if any(len(coincide(run)) < len(run) for run in runs):
        return [part]
    return _ranked(part, runs, "pass", "order of the instance numbers")


def _ranked(part: Part, groups: Sequence[Sequence[Header]], name: str, words: str) -> list[Part]:
    count = len(groups)
    return [
        Part(tuple(g), (*part.labels, (name, words, f"{name} {n + 1} of {count}")))
        for n, g in enumerate(groups)
    ]
