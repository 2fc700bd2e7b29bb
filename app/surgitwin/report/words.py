"""What numbers of a comparison say in words: the same words in the report and in the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["pass", "fail", "uncertain", "none", "missing"]
SYMBOLS: dict[Kind, str] = {"pass": "✔", "fail": "✖", "uncertain": "≈", "none": "–", "missing": "?"}
WORDS: dict[Kind, str] = {
    "pass": "meets",
    "fail": "fails",
    "uncertain": "uncertain",
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

    "uncertain" when the value and an end of its band fall on different sides of the threshold.
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
    limit = f"{comparator} {number(threshold)}{unit_text(metric['unit'])}"
    ends = metric.get("band") or ()
    inside = meets(value, comparator, threshold)
    if any(meets(e, comparator, threshold) != inside for e in ends):
        return Status(
            "uncertain", f"{'meets' if inside else 'fails'} {limit}, but its band crosses the limit"
        )
    return Status("pass" if inside else "fail", f"{'meets' if inside else 'fails'} {limit}")


def number(value: float) -> str:
    """Three significant digits; thousands keep all their digits, tiny numbers an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.3g}" if size >= 1e-3 else f"{value:.2e}"


def unit_text(unit: str) -> str:
    """Unit with a leading narrow space, nothing for "1"."""
    return "" if unit == "1" else f"\u202f{unit}"


def value_text(metric: Mapping[str, Any]) -> str:
    """Value with unit, or why there is none."""
    if metric.get("value") is None:
        return "not given"
    return f"{number(metric['value'])}{unit_text(metric['unit'])}"


def band_text(metric: Mapping[str, Any]) -> str:
    """Band as "low to high unit"; empty when there is none."""
    band = metric.get("band")
    if not band:
        return ""
    return f"{number(band[0])} to {number(band[1])}{unit_text(metric['unit'])}"


def marks(metric: Mapping[str, Any]) -> tuple[str, ...]:
    """What a reader must know of one number: "not verified", "singular"."""
    found = []
    if metric.get("value") is not None and not metric.get("verified", False):
        found.append("not verified")
    if metric.get("singular"):
        found.append("singular")
    return tuple(found)


@dataclass(frozen=True)
class Row:
    """One metric over all plans, in their order; None where a plan does not have it."""

    id: str
    part: str
    load_case: str
    healing: str
    cells: tuple[Mapping[str, Any] | None, ...]


def rows(compare: Mapping[str, Any], ids: Sequence[str] = ()) -> tuple[Row, ...]:
    """Metrics of all plans side by side, in the order of their first appearance; only `ids` when given."""
    tables = [{_key(m): m for m in plan["metrics"]} for plan in compare["plans"]]
    keys = dict.fromkeys(key for table in tables for key in table)
    wanted = [k for k in keys if not ids or k[0] in ids]
    if ids:
        wanted.sort(key=lambda k: list(ids).index(k[0]))
    return tuple(Row(*k, tuple(t.get(k) for t in tables)) for k in wanted)


def _key(metric: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return (
        metric["id"],
        metric.get("part") or "",
        metric.get("load_case") or "",
        metric.get("healing") or "",
    )


def name_text(name: str) -> str:
    """A machine name as words: "partial_stance" -> "partial stance"."""
    return name.replace("_", " ")


def verdict(
    compare: Mapping[str, Any],
    titles: Mapping[str, str] | None = None,
    plans: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The ranking in sentences: who is first and by what, who failed, what is not distinguishable.

    titles: metric id to title; plans: plan name to title.
    """
    titles, plans = titles or {}, plans or {}

    def called(name: str) -> str:
        return plans.get(name, name_text(name))

    ranking = sorted(compare.get("ranking", ()), key=lambda r: r["rank"])
    if not ranking:
        return ("No ranking: fewer than two plans have results.",)
    out = []
    first = ranking[0]
    by = titles.get(first.get("by") or "", name_text(first.get("by") or ""))
    tied = [called(n) for n in first.get("tied_with") or ()]
    if tied:
        names = " and ".join([called(first["plan"]), *tied])
        out.append(f"{names} are not distinguishable: their bands overlap{f' in {by}' if by else ''}.")
    else:
        out.append(f"{called(first['plan'])} ranks first{f', by {by}' if by else ''}.")
    for r in ranking:
        if not r.get("passed", True):
            failed = ", ".join(titles.get(m, name_text(m)) for m in r.get("failed_metrics") or ())
            out.append(f"{called(r['plan'])} does not meet every threshold{f': {failed}' if failed else ''}.")
    if all(r.get("passed", False) for r in ranking):
        out.append("All plans meet every threshold that is set.")
    elif not any(r.get("passed", True) for r in ranking):
        out.append("No plan meets every threshold; the ranking does not make the first one acceptable.")
    stale = [called(p["name"]) for p in compare["plans"] if p.get("stale")]
    if stale:
        out.append(f"Out of date, solve again: {', '.join(stale)}.")
    return tuple(out)
