"""What is asked and said before something of a case leaves it: consent, faces, identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.exchange.consent import require_consent
from surgitwin.exchange.deidentify.face_region import SKIN_HU
from surgitwin.exchange.deidentify.judge import HEAD
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.identity import DEIDENTIFIED

SKIN_SHARE = 0.25
"""Numerical setting: segments that make up so much of the border between body and air show the skin."""

COARSE = 128
"""Numerical setting: voxels along an axis that are looked at for skin."""

SURFACES = frozenset(("mesh", "tissues", "surface", "surfaces", "labels", "seg", "pictures", "result"))

FACE = (
    "A face can be recognised in what is written: it shows {what} of {where}. Make the case again with "
    "`surgitwin new --deidentify --deface` (in the window: File > Images without identity, Cut out faces), "
    "or pass it on only to people who may know the patient."
)
IDENTITY = (
    "The image carries UIDs and the date of the original series. Write it from a case without identity "
    "(`surgitwin deidentify CASE --out NEW.twin`) when it is passed on."
)


def before_leaving(case: Case, what: str, purpose: str) -> tuple[str, ...]:
    """What must be said with a file that shows `what` of the case (kinds of `export`, "pictures").

    Raises UsageError "consent.outside_scope" when the case's consent does not cover `purpose`.
    """
    said = require_consent(case.state, purpose)
    return (*said, *face_notes(case, what), *identity_warning(case.state, what))


def face_notes(case: Case, what: str) -> tuple[str, ...]:
    """A warning when a head, or what may be one, leaves with its skin; nothing once its face was cut out."""
    place = where(case.state)
    done = (case.state.get(DEIDENTIFIED) or {}).get("options") or {}
    if not place or done.get("deface"):
        return ()
    if what == "image":
        return (FACE.format(what="the whole image", where=place),) if place == "a head" else ()
    if what in SURFACES and case.state.get("labels") and shows_skin(case):
        return (FACE.format(what="the skin", where=place),)
    return ()


def identity_warning(state: Mapping[str, Any], what: str) -> tuple[str, ...]:
    """A note on an image of a case that was made from originals."""
    return (IDENTITY,) if what == "image" and not state.get(DEIDENTIFIED) else ()


def where(state: Mapping[str, Any]) -> str:
    """ "a head"; "an unnamed part of the body" when nobody says; empty for another part."""
    series = state["series"]
    part = str(series.get("body_part") or "")
    text = f"{part} {series.get('description') or ''}".casefold()
    if any(w in HEAD for w in "".join(c if c.isalpha() else " " for c in text).split()):
        return "a head"
    return "" if part else "an unnamed part of the body"


def shows_skin(case: Case) -> bool:
    """Whether segments make up a good part of the border between body and air. On a coarse copy."""
    volume, labels = case.volume, case.labels
    steps = tuple(slice(None, None, max(1, -(-n // COARSE))) for n in volume.grid.shape)
    array, inside = volume.array[steps], labels.array[steps] > 0
    border = skin_of(array, SKIN_HU if volume.unit == "HU" else float(array.mean()) / 2)
    return bool(border.any()) and float(inside[border].mean()) >= SKIN_SHARE


def skin_of(array: npt.NDArray[Any], threshold: float) -> npt.NDArray[np.bool_]:
    """Voxels of the largest part above the threshold that touch the air around it."""
    parts, count = ndimage.label(array > threshold)
    if not count:
        return np.zeros(array.shape, bool)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    body = ndimage.binary_fill_holes(parts == int(sizes.argmax()))
    out: npt.NDArray[np.bool_] = body & ~ndimage.binary_erosion(body, border_value=1)
    return out
