"""What stands in the status line for a point of the image."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.report.words import name_text

_BODY = (("L", "R"), ("P", "A"), ("S", "I"))


@dataclass(frozen=True)
class Probe:
    """What lies at a point. value None: outside the image."""

    lps_mm: tuple[float, float, float]
    ijk: tuple[int, int, int]
    value: float | None
    unit: str
    label: str
    scale_known: bool = True

    @property
    def text(self) -> str:
        """One line for the status bar."""
        words = [
            f"{positive if value >= 0 else negative} {abs(value):.1f}"
            for value, (positive, negative) in zip(self.lps_mm, _BODY, strict=True)
        ]
        place = f"{'  '.join(words)} mm" if self.scale_known else "no scale in mm"
        where = f"{place}    voxel i {self.ijk[0]}  j {self.ijk[1]}  k {self.ijk[2]}"
        if self.value is None:
            return f"{where}    outside the image"
        unit = "" if self.unit in ("", "1") else f" {self.unit}"
        return f"{where}    {self.value:.0f}{unit}    {name_text(self.label) or 'no segment'}"
