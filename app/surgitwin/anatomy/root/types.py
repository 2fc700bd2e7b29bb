"""The measured aortic root as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import Calcium, LumenTube, Notice, SectionMeasure

HINGES = ("hinge_left", "hinge_right", "hinge_non")
"""Lowest attachment of the left, right and non-coronary leaflet."""
LANDMARKS = (*HINGES, "ostium_left", "ostium_right", "sinotubular_junction", "membranous_septum")
"""Points that can be moved by hand. ostium_left, ostium_right: lower edge of the ostium.
sinotubular_junction: centre of its section. membranous_septum: its lower end (crest of the muscular septum)
below the commissure of the right and non-coronary leaflets."""


@dataclass(frozen=True, eq=False)
class RootLandmark:
    """One landmark, LPS mm. proposed_mm: found by the program, None when it found none. corrected_mm: by
    hand.

    confidence: 0 to 1 of the proposal. rule: how it was found, with source.
    """

    proposed_mm: FloatArray | None
    corrected_mm: FloatArray | None
    confidence: float
    rule: str

    def __post_init__(self) -> None:
        for name in ("proposed_mm", "corrected_mm"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, readonly(value, np.float64))

    @property
    def point_mm(self) -> FloatArray | None:
        """The point that counts: by hand before proposed."""
        return self.proposed_mm if self.corrected_mm is None else self.corrected_mm

    @property
    def moved_mm(self) -> float | None:
        """Distance of the correction from the proposal, None without both."""
        if self.proposed_mm is None or self.corrected_mm is None:
            return None
        return float(np.linalg.norm(self.corrected_mm - self.proposed_mm))


@dataclass(frozen=True, eq=False)
class RootAnatomy:
    """One aortic root, measured at its present landmarks.

    tube: inner wall from the outflow tract to the ascending aorta. annulus: plane of the three hinge points,
    normal towards the aorta; its point is the centre of the section. sections: "annulus", "outflow" (4 mm
    below), "sinus", "sinotubular_junction", "ascending". proposed_annulus: the plane of the proposals alone.
    plane_uncertainty: degrees and mm between the two ways that the program found the plane.
    area_slope_mm2_per_mm: change of the section's area for each mm of level, at the annulus.
    coronary_height_mm: "left", "right": ostium's lower edge above the annulus plane, None when not found.
    septum_length_mm: annulus plane to lower end of the membranous septum, None when not found.
    phase: from the header ("35 % of the RR interval") or "unknown". view_curve_deg (k, 2): LAO (+) / RAO (-)
    and cranial (+) / caudal (-) angles of C-arm views along the annulus plane; cusp_overlap_deg,
    three_cusp_deg: two named views on it. indicative: why sizes are only indicative, "" when they are not.
    """

    tube: LumenTube
    landmarks: Mapping[str, RootLandmark]
    annulus: Plane
    proposed_annulus: Plane
    plane_uncertainty: tuple[float, float]
    sections: Mapping[str, SectionMeasure]
    outlines: Mapping[str, FloatArray]
    area_slope_mm2_per_mm: float
    sinus_diameters_mm: tuple[float, float, float]
    coronary_height_mm: Mapping[str, float | None]
    septum_length_mm: float | None
    calcium: Calcium
    lumen_HU: float
    noise_HU: float
    phase: str
    view_curve_deg: FloatArray
    cusp_overlap_deg: tuple[float, float]
    three_cusp_deg: tuple[float, float]
    indicative: str
    notices: tuple[Notice, ...] = field(default_factory=tuple)
