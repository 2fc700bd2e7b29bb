"""What numbers of a comparison say in words: the same words in the report and in the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["pass", "fail", "uncertain", "outside", "none", "missing"]
SYMBOLS: dict[Kind, str] = {
    "pass": "✔",
    "fail": "✖",
    "uncertain": "≈",
    "outside": "⊘",
    "none": "–",
    "missing": "?",
}
SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
WORDS: dict[Kind, str] = {
    "pass": "meets",
    "fail": "fails",
    "uncertain": "uncertain",
    "outside": "outside the model",
    "none": "no threshold",
    "missing": "not given",
}


@dataclass(frozen=True)
class Status:
    """A traffic light with its text, readable without colour."""

    kind: Kind
    text: str

    @property
    def marked(self) -> str:
        """Symbol and text."""
        return f"{SYMBOLS[self.kind]} {self.text}"


def meets(value: float, comparator: str, threshold: float) -> bool:
    """Whether `value comparator threshold` holds; KeyError for an unknown comparator."""
    return {
        "<": value < threshold,
        "<=": value <= threshold,
        ">": value > threshold,
        ">=": value >= threshold,
    }[comparator]


def status(metric: Mapping[str, Any]) -> Status:
    """Traffic light of one entry of ``compare.json``'s metrics.

    "uncertain" when the value and an end of its band fall on different sides of the threshold, "outside"
    when `summary` marked the number with "outside_model": surfaces would touch under its load.
    """
    value, threshold, comparator = (
        metric.get("value"),
        metric.get("threshold"),
        metric.get("comparator") or "",
    )
    if value is None:
        return Status("missing", f"not given: {metric.get('reason') or 'no reason stated'}")
    if threshold is None or not comparator:
        return Status("none", WORDS["none"])
    limit = limit_text(metric)
    if metric.get("outside_model"):
        return Status("outside", f"{WORDS['outside']}: not judged against {limit}")
    ends = metric.get("band") or ()
    inside = meets(value, comparator, threshold)
    if any(meets(e, comparator, threshold) != inside for e in ends):
        return Status(
            "uncertain", f"{'meets' if inside else 'fails'} {limit}, but its band crosses the limit"
        )
    return Status("pass" if inside else "fail", f"{'meets' if inside else 'fails'} {limit}")


def sentence(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """`text` with a small first letter."""
    return text[:1].lower() + text[1:]


def number(value: float) -> str:
    """Three significant digits; thousands keep all their digits, tiny numbers an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.3g}" if size >= 1e-3 else f"{value:.2e}"


def figures(value: float, unit: str) -> str:
    """A measured value: always three figures; lengths in mm no finer than 0.001."""
    if unit == "mm" and abs(value) < 0.1:
        return f"{value:.3f}".replace("-0.000", "0.000")
    if 1e-3 <= abs(value) < 99.95:
        return f"{value:#.3g}"
    return number(value)


def unit_text(unit: str) -> str:
    """Unit with a leading narrow space, nothing for "1"."""
    return "" if unit == "1" else f"\u202f{unit.replace('mm3', 'mm³')}"


def limit_text(metric: Mapping[str, Any]) -> str:
    """Limit with its comparator and unit; empty when there is none."""
    if metric.get("threshold") is None or not metric.get("comparator"):
        return ""
    return f"{SIGNS[metric['comparator']]} {number(metric['threshold'])}{unit_text(metric['unit'])}"


def value_text(metric: Mapping[str, Any]) -> str:
    """Value with unit, or why there is none."""
    if metric.get("value") is None:
        return "not given"
    return f"{figures(metric['value'], metric['unit'])}{unit_text(metric['unit'])}"


def band_text(metric: Mapping[str, Any]) -> str:
    """Band as "low to high unit"; empty when there is none."""
    band = metric.get("band")
    if not band:
        return ""
    return (
        f"{figures(band[0], metric['unit'])} to {figures(band[1], metric['unit'])}{unit_text(metric['unit'])}"
    )


SINGLE_CHANGES = "lowest to highest value when bone stiffness, head centre and torsion vary, one at a time"


def band_origin(metric: Mapping[str, Any]) -> str:
    """What the band of one number is and where it comes from; empty without one."""
    if not metric.get("band"):
        return ""
    origin = str(metric.get("band_from") or "")
    if origin.startswith("study"):
        return f"Band: 5th to 95th percentile of all uncertain inputs drawn together ({origin})."
    return f"Band: {SINGLE_CHANGES}."


def marks(metric: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reader must know of one number: "not verified", "singular"."""
    found = []
    if metric.get("value") is not None and not metric.get("verified", False):
        found.append("not verified")
    if metric.get("singular"):
        found.append("singular")
    if metric.get("outside_model") and status(metric).kind == "none":
        found.append(WORDS["outside"])
    return tuple(found)


def name_text(name: str, names: Mapping[str, str] | None = None) -> str:
    """Words for a machine name: from `names`, else "partial_stance" -> "partial stance"."""
    return (names or {}).get(name) or name.replace("_", " ")
