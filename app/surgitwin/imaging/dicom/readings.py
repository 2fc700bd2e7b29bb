"""What one series can be read as: a stack, several stacks to choose from, or nothing, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from surgitwin.imaging.dicom import copies
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.judge import judge
from surgitwin.imaging.dicom.series import Problem, Series
from surgitwin.imaging.dicom.split import Part, stacks


def readings(uid: str, headers: Sequence[Header], problems: Sequence[Problem] = ()) -> list[Series]:
    """The series of all images of one UID: one, or its stacks with the best first.

    problems: what the scan found out about the files as a whole. Localisers and copies are left out and said.
    """
    images = [h for h in headers if not h.is_localiser]
    if not images:
        return [
            replace(judge(uid, headers), status="refused", problems=(_localisers(headers),), resample=None)
        ]
    scouts = len(headers) - len(images)
    notes = [f"{scouts} localiser images are left out."] if scouts else []
    images, short = copies.without_short_copies(images)
    notes += copies.said(short, "damaged copies")
    images, twice = copies.without_repeated_uids(images)
    parts, more = _without_copies(stacks(images))
    notes += copies.said([*twice, *more])
    whole = [h for part in parts for h in part.images]
    if len(parts) == 1:
        return [judge(uid, whole, notes, problems)]
    found = [
        (part, judge(f"{uid}#{part.slug}", part.images, notes, problems))
        for part in parts
        if len(part.images) > 1
    ]
    if all(series.status == "refused" for _, series in found):
        return [judge(uid, whole, notes, problems)]
    singles = [part for part in parts if len(part.images) == 1]
    return sorted((_as_choice(part, series, found, singles) for part, series in found), key=_rank)


def _localisers(headers: Sequence[Header]) -> Problem:
    return Problem(
        "dicom.localiser", "The series holds scout views only.", "Choose the slice series.",
        tuple(h.name for h in headers),
    )  # fmt: skip


def _without_copies(parts: Sequence[Part]) -> tuple[list[Part], list[Header]]:
    """Parts without images that repeat another one's pixels at its place."""
    kept, dropped = [], []
    for part in parts:
        images, twice = copies.without_same_pixels(part.images)
        dropped += twice
        kept.append(replace(part, images=tuple(images)))
    return kept, dropped


def _as_choice(
    part: Part, series: Series, found: Sequence[tuple[Part, Series]], singles: Sequence[Part]
) -> Series:
    """A stack with the reason why there are several, its name, and the odd images beside them."""
    differ = dict.fromkeys(words for one, _ in found for _, words, _ in one.labels)
    count = len(found)
    if count > 1:
        fact = (
            f"The series holds {count} stacks that differ in {', '.join(differ)}; this one has {part.words}."
        )
    else:
        fact = f"The series holds other images beside this stack of {len(part.images)} slices ({part.words})."
    files = tuple(h.name for one in singles for h in one.images)
    if singles:
        fact += f" {len(singles)} single images of other kinds are left out."
    problem = Problem("dicom.several_stacks", fact, "Choose one by its UID.", files)
    status = series.status if series.status == "refused" else "choice"
    return replace(series, status=status, problems=(*series.problems, problem), stack=part.words)


def _rank(series: Series) -> tuple[bool, int]:
    """Usable ones first, then the largest; alike ones stay in the order of their labels."""
    voxels = (
        0 if series.grid is None else int(series.grid.shape[0]) * series.grid.shape[1] * series.grid.shape[2]
    )
    return (series.status == "refused", -voxels)
