"""What of an image may stay beside the pixels: the options of DICOM PS3.15 Annex E that can be chosen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from surgitwin.core.resources import load_table

COLUMNS = {
    "shift_dates": "modified_dates",
    "keep_device": "device",
    "clean_text": "descriptors",
    "keep_characteristics": "characteristics",
    "deface": "visual_features",
}
"""Our options and the columns of the standard's table."""


@dataclass(frozen=True)
class Options:
    """Nothing chosen is the Basic Application Confidentiality Profile: the least stays.

    shift_dates: keep dates, all of a patient moved by the same unknown number of days. keep_device: scanner,
    station and their numbers. clean_text: keep descriptions that consist of words of an allow list.
    keep_characteristics: sex, age (capped), size and weight. deface: cut the face out of images of a head.
    accept_doubt: also write images of kinds that often have text burned into the pixels, because somebody
    looked at them.
    """

    shift_dates: bool = False
    keep_device: bool = False
    clean_text: bool = False
    keep_characteristics: bool = False
    deface: bool = False
    accept_doubt: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that are in force besides the basic one."""
        return tuple(column for name, column in COLUMNS.items() if getattr(self, name))

    def codes(self, defaced: bool) -> list[tuple[str, str]]:
        """(code, meaning) of CID 7050 for what was done to a file; defaced: whether its face was cut out."""
        wanted = {"basic", *self.columns} - (set() if defaced else {"visual_features"})
        rows = load_table("deidentification")["options"]
        return [(str(r["code"]), str(r["meaning"])) for r in rows if r["column"] in wanted]

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)
