"""Which files can be made nobody's at all: images whose pixels hold no text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import pydicom
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from surgitwin.core.resources import load_table

SCREENS = ("SCREEN SAVE", "SCREENSAVE", "DOSE_INFO", "PATIENT PROTOCOL", "PROTOCOL", "REPORT", "PASTED")
"""Words of ImageType that scanners give to pictures of a screen."""

HEAD = frozenset(
    ("head", "skull", "brain", "face", "facial", "orbit", "orbits", "sinus", "sinuses", "mandible", "maxilla",
     "jaw", "jaws", "tmj", "iac", "ear", "neck", "headneck", "cranium", "cranial", "kopf", "schaedel", "hirn",
     "tete", "crane")
)  # fmt: skip
"""Words of body part and descriptions that make it likely that a face is in the image."""


@dataclass(frozen=True)
class Verdict:
    """level: "clean", "doubt" (text may be burned in: somebody has to look), "refused". reason: why."""

    level: Literal["clean", "doubt", "refused"]
    reason: str = ""


@cache
def _classes() -> dict[str, str]:
    return {str(r["uid"]): str(r["pixels"]) for r in load_table("deidentification")["classes"]}


def judge(dataset: pydicom.Dataset) -> Verdict:
    """What a header says of its pixels; whatever says nothing of itself counts as doubtful."""
    sop_class = str(dataset.get("SOPClassUID") or "")
    name = UID(sop_class).name if sop_class in UID_dictionary else "an unknown class"
    if sop_class not in _classes():
        return Verdict("refused", f"{name}: not an image of a scanner, so text may be anywhere in it")
    if str(dataset.get("BurnedInAnnotation") or "").strip().upper() == "YES":
        return Verdict("refused", "its header says that text is burned into the pixels")
    words = [str(w).strip().upper() for w in _many(dataset.get("ImageType"))]
    if any(w in SCREENS for w in words[2:]):
        return Verdict("refused", "ImageType says that it is the picture of a screen")
    if dataset.get("ConversionType"):
        return Verdict("refused", "it was scanned or captured from another medium")
    if "Rows" not in dataset:
        return Verdict("refused", "it holds no image")
    if _classes()[sop_class] == "doubt":
        if str(dataset.get("BurnedInAnnotation") or "").strip().upper() == "NO":
            return Verdict("clean")
        return Verdict("doubt", f"{name}: names are often burned into such images")
    return Verdict("clean")


def shows_head(dataset: pydicom.Dataset) -> bool:
    """Whether body part or descriptions say so; "RecognizableVisualFeatures" too."""
    if str(dataset.get("RecognizableVisualFeatures") or "").strip().upper() == "YES":
        return True
    keywords = ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName")
    text = " ".join(str(dataset.get(k) or "") for k in keywords).casefold()
    return any(w in HEAD for w in "".join(c if c.isalpha() else " " for c in text).split())


def body_part_known(dataset: pydicom.Dataset) -> bool:
    """Whether the header names a body part."""
    return bool(str(dataset.get("BodyPartExamined") or "").strip())


def _many(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | pydicom.multival.MultiValue) else [value]
