"""What a case is about: a bone (the default), the aortic root, an artery, or any other anatomy.

An operation can be planned on the first three. On other anatomy ("general") one segments, edits, registers,
meshes and exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.planning.case import Case

BONE = "bone"
ROOT = "aortic_root"
ARTERY = "artery"
GENERAL = "general"
VESSELS = (ROOT, ARTERY)


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
    GENERAL: SiteWords("Other anatomy", ""),
}
"""Site -> its words. Vessels are segmented by the preset of the same name; general anatomy by any other."""


def site_of(state: Mapping[str, Any] | Case) -> str:
    """The site of a case (or its state); cases from before sites existed are bones."""
    plain = state if isinstance(state, Mapping) else state.state
    return str(plain.get("site") or BONE)


def is_vessel(case: Case) -> bool:
    """Whether the case plans on a vessel."""
    return site_of(case) in VESSELS


def is_general(case: Case) -> bool:
    """Whether the case is about anatomy that no operation is planned on yet."""
    return site_of(case) == GENERAL
