"""What was done to one element, without its value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from pydicom.datadict import keyword_for_tag
from pydicom.tag import BaseTag

Action = Literal["removed", "emptied", "replaced", "new UID", "cleaned", "date moved", "kept", "added"]


@dataclass(frozen=True)
class Change:
    """path: tags of the sequences and of the element, such as "(0040,0275)[0].(0040,0007)". reason: why."""

    path: str
    name: str
    action: Action
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Plain form."""
        return {k: str(v) for k, v in asdict(self).items()}


def tag_text(tag: int) -> str:
    """(gggg,eeee)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def name_of(tag: int) -> str:
    """Keyword of the standard; a private element's own name could name somebody and is not told."""
    if BaseTag(tag).is_private:
        return "private"
    return keyword_for_tag(tag) or "unknown"
