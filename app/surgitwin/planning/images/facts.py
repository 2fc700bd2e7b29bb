"""The image series and its segments as lines of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.planning.case import Case
from surgitwin.planning.segments.facts import segment_rows
from surgitwin.report.data import Fact
from surgitwin.report.words import uncapital


def image_facts(case: Case) -> tuple[Fact, ...]:
    """Series, voxels, spacing, contrast agent, of a CT tube voltage and kernel, and what each segment
    measures."""
    series: Mapping[str, Any] = case.state["series"]
    header: Mapping[str, Any] = case.state["header"]
    spacing = "not known"
    if series["spacing_mm"] is not None:
        spacing = " x ".join(f"{v:.3g}" for v in series["spacing_mm"]) + " mm"
    rows = [
        ("Series", str(series["uid"])),
        ("Description", str(series["description"] or "none")),
        ("Voxels (k x j x i)", " x ".join(str(n) for n in series["shape"])),
        ("Spacing (k x j x i)", spacing),
        *(_of_ct(header) if series["modality"] == "CT" else ()),
        ("Contrast agent", str(header.get("contrast") or "none named")),
    ]
    if header.get("resampled"):
        rows.append(("Resampled on import", str(header["resampled"]["words"])))
    for s in segment_rows(case):
        if s["volume_ml"] is None:
            rows.append((f"Segment {s['name'].replace('_', ' ')}", uncapital(s["reason"].rstrip("."))))
            continue
        value = f"{s['volume_ml']:.1f} ml"
        mean, sd = s.get("mean", s["hu_mean"]), s.get("sd", s["hu_sd"])
        if mean is not None:  # cases from before hold the values of any image under hu_mean
            known = series.get("unit") or ("HU" if series["modality"] == "CT" else "1")
            unit = " (no unit)" if known == "1" else f" {known}"
            value += f", {mean:.0f} ± {sd:.0f}{unit}"
        border = ", touches the image border" if s["touches_border"] else ""
        rows.append((f"Segment {s['name'].replace('_', ' ')}", value + border))
    return tuple(Fact(name, value) for name, value in rows)


def _of_ct(header: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return (
        ("Tube voltage", f"{header['kvp']:g} kV" if header.get("kvp") else "not known"),
        ("Kernel", str(header.get("kernel") or "not known")),
    )
