"""The numbers of an object in words, for the command line and the window."""

from __future__ import annotations

from surgitwin.planning.objects.measure import ObjectNumbers, SegmentNumbers
from surgitwin.planning.objects.record import OwnObject

LARGE_MM3 = 1000.0
"""From here volumes are told in mL."""


def volume_words(mm3: float) -> str:
    """A volume with its unit."""
    return f"{mm3 / 1000:.2f} mL" if abs(mm3) >= LARGE_MM3 else f"{mm3:.1f} mm\u00b3"


def object_words(own: OwnObject) -> str:
    """One line about an object."""
    size = " x ".join(f"{v:.1f}" for v in own.size_mm)
    volume = "volume not told" if own.volume_mm3 is None else volume_words(own.volume_mm3)
    metal = f", {own.material}" if own.material else ""
    return f"{own.name}: {own.kind}{metal}, {size} mm, {volume}, {own.triangles} triangles"


def distance_words(row: SegmentNumbers) -> str:
    """How the object lies to one segment."""
    error = f"\u00b1 {row.distance_error_mm:.1f} mm"
    if row.distance_mm is None or row.depth_mm is None:
        return "the segment fills the image: no distance"
    if row.relation == "crosses":
        return f"reaches {row.depth_mm:.1f} {error} into it"
    if row.relation == "inside":
        return f"lies inside, {-row.distance_mm:.1f} {error} from its border"
    if row.relation == "encloses":
        return f"encloses it, {row.distance_mm:.1f} {error} from its border"
    return f"{row.distance_mm:.1f} {error} away"


def overlap_words(row: SegmentNumbers) -> str:
    """The volume in common."""
    if not row.overlap_mm3:
        return "no overlap"
    scale, unit = (1000.0, "mL") if row.overlap_mm3 >= LARGE_MM3 else (1.0, "mm\u00b3")
    digits = 2 if unit == "mL" else 1
    value, error = row.overlap_mm3 / scale, row.overlap_error_mm3 / scale
    return f"{value:.{digits}f} \u00b1 {error:.{digits}f} {unit} ({row.share:.1%} of the object)"


def short_distance(row: SegmentNumbers) -> str:
    """`distance_words` without the error, for a table."""
    if row.distance_mm is None or row.depth_mm is None:
        return "no border"
    if row.relation == "crosses":
        return f"{row.depth_mm:.1f} mm deep"
    place = {"apart": "away", "inside": "inside", "encloses": "round it"}[row.relation]
    return f"{abs(row.distance_mm):.1f} mm {place}"


def short_overlap(row: SegmentNumbers) -> str:
    """`overlap_words` for a table."""
    if not row.overlap_mm3:
        return "none"
    return f"{volume_words(row.overlap_mm3)}, {row.share:.1%}"


def remarks(found: ObjectNumbers) -> list[str]:
    """What must be known of the numbers: why there are none, what lies outside the image."""
    if found.fault:
        return [f"Volume and distances are not told. {found.fault}"]
    out = []
    if not found.segments:
        out.append("The case has no segments yet: nothing to measure against.")
    if found.outside_mm3:
        words = f"{volume_words(found.outside_mm3)} of it lie outside the image"
        out.append(f"{words}: nothing is known of what it meets there.")
    return out


def lines(found: ObjectNumbers) -> list[str]:
    """All numbers, a line each."""
    out = [f"{r.name}: {distance_words(r)}; {_overlap(r)}{_axis(r)}" for r in found.segments]
    return out + remarks(found)


def _overlap(row: SegmentNumbers) -> str:
    return ("overlap " if row.overlap_mm3 else "") + overlap_words(row)


def _axis(row: SegmentNumbers) -> str:
    return f"; {row.axis_mm:.1f} mm of its long axis in it" if row.axis_mm else ""
