"""Kinds of values: which have no place in an image that anybody may have, and which name somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from surgitwin.exchange.deidentify.identifiers import TEXT_VRS, Identifiers, values_of
from surgitwin.exchange.deidentify.profile import DATES

FREE_TEXT = ("LT", "ST", "UT", "UC", "AE", "UR")
"""Kinds of values that a person or a network writes: not kept, whatever the attribute."""

BYTES = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
IMAGE_BYTES = frozenset(
    ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "LUTData", "ICCProfile",
     "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData",
     "BluePaletteColorLookupTableData")
)  # fmt: skip
"""Bytes that are part of the image; all others are removed, for they cannot be looked into."""

VOCABULARY = {
    "PhotometricInterpretation": ("MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR", "YBR_FULL"),
    "Modality": ("CT", "MR", "PT", "NM", "XA", "RF", "CR", "DX", "MG", "IO"),
    "PatientPosition": ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL"),
    "RescaleType": ("HU", "US", "OD"),
    "PixelPresentation": ("MONOCHROME", "COLOR"),
}
"""Values that mean what the standard says, whatever the patient is called."""


def names_somebody(element: DataElement, who: Identifiers) -> bool:
    """Whether a value that is neither a name nor part of the pixels holds a name or an ID."""
    if element.keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        return False  # looked at by `pixels`
    known = VOCABULARY.get(element.keyword, ())
    test: Callable[[str], bool] = who.found_in
    if element.VR in ("DS", "IS"):
        test = who.equals
    elif element.VR not in (*TEXT_VRS, *BYTES, "AS", *DATES, "UI"):
        return False
    return any(v not in known and test(v) for v in values_of(element))


def foreign(element: DataElement) -> str:
    """Why an element has no place in an image that anybody may have; empty when it has one."""
    tag = BaseTag(element.tag)
    if tag.is_private:
        return "private"
    if tag.group < 8:
        return "not part of an image"
    if 0x5000 <= tag.group <= 0x50FF or 0x6000 <= tag.group <= 0x60FF:
        return "curve or overlay"
    if not dictionary_has_tag(tag):
        return "unknown to the standard"
    if element.VR not in _vrs(tag):
        return "its kind of value is not that of the standard"
    return ""


def _vrs(tag: Any) -> tuple[str, ...]:
    known = dictionary_VR(tag)
    return (known, *known.split(" or "))
