"""Copies of one image in a series: the same pixels at the same place, under one UID or under two."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom import geometry
from surgitwin.imaging.dicom.frame_pixels import stored_frames
from surgitwin.imaging.dicom.header import Header
from surgitwin.imaging.dicom.pixel_values import frame_of
from surgitwin.imaging.dicom.series import FILES_NAMED

PLACE_DIGITS = 3
"""Positions that agree to a micrometre are one place."""


def without_short_copies(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """(kept, short): files that end in or before their pixels, where the same image is there as a whole."""

    def key(header: Header) -> Hashable:
        uid = header.text("SOPInstanceUID")
        return (uid, header.frame) if uid else None

    whole = {key(h) for h in headers if h.pixels == "complete"} - {None}
    short = [h for h in headers if h.pixels != "complete" and key(h) in whole]
    left = {id(h) for h in short}
    return [h for h in headers if id(h) not in left], short


def without_repeated_uids(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """(kept, copies): images with one SOPInstanceUID at one place whose pixels are the same."""
    return _without(headers, lambda h: (h.text("SOPInstanceUID"), h.frame, _place(h)))


def without_same_pixels(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """(kept, copies): images at one place, whatever their UIDs, whose pixels and rescale are the same."""
    return _without(headers, _place)


def said(copies: Sequence[Header], kind: str = "copies") -> list[str]:
    """The note about copies that were left out, each by its folder and name."""
    if not copies:
        return []
    names = ["/".join(h.name.replace("\\", "/").split("/")[-2:]) for h in copies]
    more = f" and {len(names) - FILES_NAMED} more" if len(names) > FILES_NAMED else ""
    return [f"{len(copies)} {kind} of slices are left out: {', '.join(names[:FILES_NAMED])}{more}."]


def _place(header: Header) -> Hashable:
    """Where an image lies and how large it is."""
    position, orientation = header.numbers("ImagePositionPatient"), header.numbers("ImageOrientationPatient")
    if len(position) != 3 or len(orientation) != 6:
        return None
    if not all(abs(v) <= geometry.FARTHEST_MM for v in (*position, *orientation)):
        return None
    return (
        tuple(np.round(position, PLACE_DIGITS)), tuple(np.round(orientation, 6)),
        header.number("Rows"), header.number("Columns"),
    )  # fmt: skip


def _without(
    headers: Sequence[Header], key: Callable[[Header], Hashable]
) -> tuple[list[Header], list[Header]]:
    together: dict[Hashable, list[Header]] = {}
    for header in headers:
        together.setdefault(key(header), []).append(header)
    suspects = [
        h for same in together.values() if len(same) > 1 and _place(same[0]) is not None for h in same
    ]
    if not suspects:
        return list(headers), []
    digests = _digests(suspects)
    seen: set[Hashable] = set()
    kept: list[Header] = []
    copies: list[Header] = []
    for header in headers:
        digest = digests.get(id(header))
        mark = (key(header), digest)
        (copies if digest is not None and mark in seen else kept).append(header)
        seen.add(mark)
    return kept, copies


def _digests(headers: Sequence[Header]) -> dict[int, str]:
    """Hash of the stored pixels and the rescale of each header, by its id; damaged ones have none."""
    frames = [frame_of(h) for h in headers]
    out: dict[int, str] = {}
    by_file: dict[object, list[int]] = {}
    for n, frame in enumerate(frames):
        by_file.setdefault(frame.source, []).append(n)
    for wanted in by_file.values():
        try:
            for m, pixels in stored_frames([frames[n] for n in wanted]):
                frame = frames[wanted[m]]
                words = f"{pixels.shape}{pixels.dtype}{frame.slope}{frame.intercept}".encode()
                digest = hashlib.blake2b(words + np.ascontiguousarray(pixels).tobytes(), digest_size=16)
                out[id(headers[wanted[m]])] = digest.hexdigest()
        except InputError:
            continue  # the checks name damaged pixels
    return out


def coincide(headers: Sequence[Header]) -> list[list[Header]]:
    """The images grouped by their place along the normal of the first, where several share one (n > 1)."""
    orientation = np.array(headers[0].numbers("ImageOrientationPatient"))
    normal = geometry.slice_normal(orientation)
    along = np.array([h.numbers("ImagePositionPatient") for h in headers]) @ normal
    order = np.argsort(along, kind="stable")
    starts = np.flatnonzero(np.diff(along[order], prepend=-np.inf) > geometry.DUPLICATE_TOLERANCE_MM)
    groups = np.split(order, starts[1:])
    return [[headers[n] for n in group] for group in groups]
