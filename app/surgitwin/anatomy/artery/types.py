"""One measured artery as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.vessel import Calcium, LumenTube, Notice


@dataclass(frozen=True)
class Lesion:
    """One narrowing, mm along the course.

    start_mm, throat_mm, end_mm: where it begins, is narrowest, ends. min_diameter_mm, min_area_mm2: at the
    throat. reference_mm: diameter that the vessel would have at the throat, from the healthy parts on both
    sides (proximal_mm, distal_mm). diameter_percent, area_percent: narrowing. eccentricity: 1 - min/max
    width at the throat. calcified: share 0 to 1 of its wall beside calcium. doubt: why the narrowing cannot
    be given to a digit, "" when it can (throat under 1.5 FWHM of the image; calcified vessel of 3 mm or
    less).
    """

    start_mm: float
    throat_mm: float
    end_mm: float
    min_diameter_mm: float
    min_area_mm2: float
    proximal_mm: float
    distal_mm: float
    reference_mm: float
    diameter_percent: float
    area_percent: float
    eccentricity: float
    calcified: float
    doubt: str = ""


@dataclass(frozen=True, eq=False)
class Branch:
    """A side branch: where it leaves the course, its direction (unit, LPS) and diameter mm (None: not
    measured). tube: its lumen from behind the wall to its end in the image, None where it is too short.
    """

    s_mm: float
    point_mm: FloatArray
    direction: FloatArray
    diameter_mm: float | None
    tube: LumenTube | None = None

    def __post_init__(self) -> None:
        for name in ("point_mm", "direction"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


@dataclass(frozen=True, eq=False)
class ArteryAnatomy:
    """One artery between two clicks, measured.

    tube: the lumen. reference_mm (n,): healthy diameter at each station of the tube. lesions: the worst
    first. fwhm_mm: sharpness of the image that the corrections assume. indicative: why sizes are only
    indicative, "".
    """

    tube: LumenTube
    reference_mm: FloatArray
    lesions: tuple[Lesion, ...]
    branches: tuple[Branch, ...]
    calcium: Calcium
    lumen_HU: float
    noise_HU: float
    fwhm_mm: float
    indicative: str
    notices: tuple[Notice, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference_mm", readonly(self.reference_mm, np.float64))
