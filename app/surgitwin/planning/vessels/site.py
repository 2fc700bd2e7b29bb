"""What part of the body a case plans on: a bone (the default), the aortic root or an artery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.planning.case import Case

BONE = "bone"
ROOT = "aortic_root"
ARTERY = "artery"


@dataclass(frozen=True)
class SiteWords:
    """A site for people. procedure: what is planned on it. clicks: the two points that its preset starts
    from.
    """

    title: str
    procedure: str
    clicks: tuple[str, ...] = ()


SITES: Mapping[str, SiteWords] = {
    BONE: SiteWords("Femur", "fracture_fixation"),
    ROOT: SiteWords("Aortic root", "valve", ("aorta", "ventricle")),
    ARTERY: SiteWords("Artery", "stent", ("start", "end")),
}
"""Site -> its words; presets of the same name segment it."""


def site_of(state: Mapping[str, Any] | Case) -> str:
    """The site of a case (or its state); cases from before sites existed are bones."""
    plain = state if isinstance(state, Mapping) else state.state
    return str(plain.get("site") or BONE)


def is_vessel(case: Case) -> bool:
    """Whether the case plans on a vessel."""
    return site_of(case) != BONE
