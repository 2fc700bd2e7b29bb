"""What the numbers of vessel plans say, in sentences: the best by each deciding number, never one winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.planning.site import ARTERY, ROOT
from surgitwin.planning.vessels.grid import KEYS, Key, best
from surgitwin.report.words import status, uncapital, value_text

BETTER: Mapping[str, str] = {
    "valve_contact_index": "lowest",
    "valve_leak_high": "lowest",
    "valve_coronary_clearance": "highest",
    "stent_residual_stenosis": "lowest",
    "stent_struts_malapposed": "lowest",
    "stent_wall_stress": "lowest",
}
"""Numbers that are compared one by one, and which end one looks for: planning settings of this program."""


def vessel_verdict(compare: Mapping[str, Any], plans: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences for the first page. plans: plan name to title."""
    every = compare["plans"]
    called = {p["name"]: plans.get(p["name"], p["name"]) for p in every}
    deployed = [p for p in every if p["levels"][-1] != "L0" and not p["stale"]]
    # A valve that is far too small touches nothing: it must not lead where little contact is looked for.
    deployed = [p for p in deployed if not any(_fails(m) for m in p["metrics"])] or deployed
    out = []
    if deployed:
        keys = [k for k in KEYS[ROOT if every[0]["procedure"] == "valve" else ARTERY] if k.id in BETTER]
        firsts = {k: _ends(deployed, k) for k in keys}
        out += [_sentence(k, found, called) for k, found in firsts.items() if found]
        common = set.intersection(*({n for n, _ in f} for f in firsts.values() if f)) if firsts else set()
        if len(deployed) > 1 and not common:
            out.append("No plan is best by all of these: they trade one against the other.")
    failing = {
        called[p["name"]]: sorted({m["id"] for m in p["metrics"] if _fails(m)})
        for p in every
        if any(_fails(m) for m in p["metrics"])
    }
    if failing:
        out.append(f"Outside a limit, left out above (see their rows): {', '.join(failing)}.")
    missing = [called[p["name"]] for p in every if p["levels"][-1] == "L0"]
    if missing:
        out.append(f"Not deployed, geometry only: {', '.join(missing)}. The warnings say why.")
    stale = [called[p["name"]] for p in every if p["stale"]]
    if stale:
        out.append(f"Out of date, solve again: {', '.join(stale)}.")
    return tuple(out)


def _ends(deployed: list[Mapping[str, Any]], key: Key) -> list[tuple[str, Mapping[str, Any]]]:
    """The plans at the better end whose bands overlap that of the first, best first."""
    given = [(p["name"], m) for p in deployed if (m := best(p, key)) is not None and m["value"] is not None]
    if not given:
        return []
    sign = 1 if BETTER[key.id] == "lowest" else -1
    given.sort(key=lambda pair: sign * pair[1]["value"])
    first = _band(given[0][1])
    return [(n, m) for n, m in given if _band(m)[0] <= first[1] and first[0] <= _band(m)[1]]


def _band(metric: Mapping[str, Any]) -> tuple[float, float]:
    value = float(metric["value"])
    low, high = metric["band"] or (value, value)
    return min(low, value), max(high, value)


def _sentence(key: Key, found: list[tuple[str, Mapping[str, Any]]], called: Mapping[str, str]) -> str:
    name, metric = found[0]
    others = [called[n] for n, _ in found[1:]]
    alike = f"; not distinguishable from it: {', '.join(others)}" if others else ""
    return (
        f"{BETTER[key.id].capitalize()} {uncapital(key.short)}: {called[name]} ({value_text(metric)}){alike}."
    )


def _fails(metric: Mapping[str, Any]) -> bool:
    return status(metric).kind == "fail"
