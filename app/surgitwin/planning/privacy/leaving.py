"""What is asked and said before something of a case leaves it: consent, faces, identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from surgitwin.core.image import Volume
from surgitwin.exchange.consent import require_consent
from surgitwin.exchange.deidentify.face_region import SKIN_HU, patient_axes
from surgitwin.exchange.deidentify.judge import HEAD
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.identity import DEIDENTIFIED

SKIN_SHARE = 0.25
"""Numerical setting: segments that make up so much of the border between body and air show the skin."""

COARSE = 128
"""Numerical setting: voxels along an axis that are looked at for skin."""

BROAD = 8
"""Numerical setting: what is narrower than an eighth of the image (20 to 45 mm of a field of 150 to 350 mm),
as vessels are, is no face."""

FRONT_SHARE = 0.05
"""Numerical setting: so much of the front view must be body behind air; a face is a quarter of a head's."""

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


def before_leaving(case: Case, what: str, purpose: str, *, headers: bool = True) -> tuple[str, ...]:
    """What must be said with a file that shows `what` of the case (kinds of `export`, "pictures").

    headers: of an image, whether its file holds what the case kept of the headers (NRRD does).
    Raises UsageError "consent.outside_scope" when the case's consent does not cover `purpose`.
    """
    said = require_consent(case.state, purpose)
    return (*said, *face_notes(case, what), *(identity_warning(case.state, what) if headers else ()))


def face_notes(case: Case, what: str) -> tuple[str, ...]:
    """A warning when a head, or what may be one, leaves with its skin; nothing once its face was cut out."""
    place = where(case.state)
    done = (case.state.get(DEIDENTIFIED) or {}).get("options") or {}
    if not place or done.get("deface"):
        return ()
    if what == "image":
        shown = place == "a head" and front_in_air(case.volume)
        return (FACE.format(what="the whole image", where=place),) if shown else ()
    if what in SURFACES and case.state.get("labels") and shows_skin(case) and front_in_air(case.volume):
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
    steps = _coarse_steps(volume)
    body = body_of(volume)
    border = body & ~ndimage.binary_erosion(body, border_value=1)
    inside = labels.array[steps] > 0
    return bool(border.any()) and float(inside[border].mean()) >= SKIN_SHARE


def front_in_air(volume: Volume) -> bool:
    """Whether a broad part of the body lies behind air when it is looked at from the front, as a face does.

    False for an angiogram whose field lies within the head, or that holds vessels alone.
    """
    order, flips = patient_axes(volume)
    body = np.flip(np.transpose(body_of(volume), order), flips)  # down, back, across
    seen = body.any(axis=1) & ~body[:, 0, :]
    width = [max(1, n // BROAD) for n in seen.shape]
    broad = ndimage.binary_opening(seen, np.ones(width, bool))
    return float(broad.mean()) >= FRONT_SHARE


def body_of(volume: Volume) -> npt.NDArray[np.bool_]:
    """The largest part that is no air, without its hollows, on a coarse copy [k, j, i]."""
    array = volume.array[_coarse_steps(volume)]
    parts, count = ndimage.label(array > (SKIN_HU if volume.unit == "HU" else float(array.mean()) / 2))
    if not count:
        return np.zeros(array.shape, bool)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    body: npt.NDArray[np.bool_] = ndimage.binary_fill_holes(parts == int(sizes.argmax()))
    return body


def _coarse_steps(volume: Volume) -> tuple[slice, ...]:
    return tuple(slice(None, None, max(1, -(-n // COARSE))) for n in volume.grid.shape)
