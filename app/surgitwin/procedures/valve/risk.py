"""Published risk groups beside a plan's numbers: bands with their spread, never yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.core.metric import MetricValue
from surgitwin.procedures.valve.options import section
from surgitwin.procedures.vessel import Question, RiskBand, RiskGroup

PACEMAKER, BLOCK = "pacemaker", "conduction_block"
QUESTIONS = (
    Question(
        PACEMAKER,
        "Does the patient have a pacemaker?",
        ("yes", "no"),
        "With one, a new conduction block needs no new device.",
    ),
    Question(
        BLOCK,
        "Conduction block on the ECG?",
        ("none", "right bundle branch block", "left bundle branch block", "first degree"),
        "A right bundle branch block raises the risk of a complete block at every depth.",
    ),
)
CONDUCTION = ("contact_index", "contact_pressure", "septum_length")


def risk_bands(metrics: Sequence[MetricValue], answers: Mapping[str, str]) -> tuple[RiskBand, ...]:
    """Every published comparison that the plan's metrics allow, in the table's order."""
    out = []
    for name, row in section("risk").items():
        if not isinstance(row, Mapping):
            continue
        out += [
            _band(name, row, m, answers) for m in metrics if m.id == row["metric"] and m.value is not None
        ]
    return tuple(out)


def _band(name: str, row: Mapping[str, object], metric: MetricValue, answers: Mapping[str, str]) -> RiskBand:
    assert metric.value is not None  # the caller leaves out what has no value
    given = row["groups"]
    groups = tuple(RiskGroup(**g) for g in given) if isinstance(given, list) else ()
    low, high = metric.band or (metric.value, metric.value)
    inside = tuple(g.label for g in groups if low <= g.high and high >= g.low)
    cut = row.get("cut")
    return RiskBand(
        id=name,
        title=str(row["title"]),
        part=metric.part,
        value=metric.value,
        band=metric.band,
        unit=metric.unit,
        level=metric.level,
        groups=groups,
        inside=inside,
        cut=float(cut) if isinstance(cut, int | float) else None,
        words=" ".join(s for s in (_where(groups, inside), str(row["note"]), _answer(name, answers)) if s),
        source=str(row["source"]),
        verified=bool(row["verified"]),
    )


def _where(groups: Sequence[RiskGroup], inside: Sequence[str]) -> str:
    if not groups:
        return ""
    if len(inside) == len(groups) > 1:
        return "Within the spread of every published group: it does not tell them apart."
    if not inside:
        return "Outside the spread of every published group."
    return f"Within the published spread of: {', '.join(inside)}."


def _answer(name: str, answers: Mapping[str, str]) -> str:
    if name not in CONDUCTION:
        return ""
    if answers.get(PACEMAKER) == "yes":
        return "The patient has a pacemaker: a new block changes little."
    block = answers.get(BLOCK, "")
    if block == "right bundle branch block":
        return "Right bundle branch block: the risk is higher than the groups show, at every value."
    if not block or not answers.get(PACEMAKER):
        return "Pacemaker and conduction block were not answered: both change what this means."
    return f"Conduction before: {block}."
