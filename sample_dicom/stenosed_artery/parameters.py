"""What can be chosen when the artery is built.

Lengths in mm, HU. `dimensions C4` and `C5` name tables of dimensions.md; V is read in the source, GK is
general knowledge that nobody has checked against a paper, "a choice" was made for this phantom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ArteryParameters:
    """One artery. s runs with the flow, 0 at the throat of the narrowing.

    diameter_mm: lumen without narrowing, at s = 0 (6: superficial femoral, C4 6.11, V; 3: mid right coronary
    3.4, V). stenosis: share of the diameter lost at the throat, profile 1/2 (1 + cos). shift: how far the
    narrowed lumen moves towards the wall, 0 concentric, 1 touching it. taper: share of the diameter lost
    over 100 mm. calcium_mm: thickness of the crescent that lies against the narrowed lumen, 0 for none;
    calcium_deg: half its opening. voxel_mm: cubic. fwhm_mm: of the whole point spread, the voxel included
    (C5: medium kernel 0.9 to 1.05, GK). noise_HU: standard deviation (C5: 20 to 35, GK).
    rotation_deg: turns about x, y, z of the whole scene.
    """

    diameter_mm: float = 6.0
    stenosis: float = 0.55
    lesion_half_mm: float = 8.0
    shift: float = 0.8
    taper: float = 0.08
    length_mm: float = 88.0
    calcium_mm: float = 1.4
    calcium_deg: float = 70.0
    calcium_HU: float = 900.0
    lumen_HU: float = 400.0  # C5: 381 to 442 in the root, 430 +- 117 peripheral (V)
    branch: bool = True
    surroundings: bool = True
    voxel_mm: float = 0.4
    fwhm_mm: float = 0.9
    noise_HU: float = 25.0
    rotation_deg: tuple[float, float, float] = (8.0, -6.0, 25.0)
    half_width_mm: float | None = 23.0
    seed: int = 20240612

    @property
    def name(self) -> str:
        """Short name for files and headers."""
        return f"{self.diameter_mm:g}mm"


LARGE = ArteryParameters()
SMALL = replace(LARGE, diameter_mm=3.0, stenosis=0.5, lesion_half_mm=6.0, calcium_mm=0.9, half_width_mm=18.0)


def quick(parameters: ArteryParameters = LARGE, **changes: object) -> ArteryParameters:
    """The same artery for fast tests: shorter, in the smallest box that holds it."""
    return replace(parameters, **{"length_mm": 60.0, "half_width_mm": None, **changes})  # type: ignore[arg-type]
