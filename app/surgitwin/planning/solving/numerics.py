"""Numerical checks of a solved load: what the computation itself says about its error, never of the model.

Every check has a value, and a limit where one is published or was asked for; without one it is a note.
Limits: forces, moments and energy balance to 1e-6 of the load (physics.md 6, feature 4); residual: what was
asked for; Poisson's ratio: measured bound of displacement cells (physics.md 7.3); the mesh gate and the
overlap that contact may leave are settings of the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from surgitwin.core.metric import VALIDITY_METRIC
from surgitwin.mechanics.field_quality import relative_error
from surgitwin.mechanics.locking import NEARLY_INCOMPRESSIBLE
from surgitwin.mechanics.numerical_check import BALANCE_LIMIT, BALANCE_SOURCE, Check, judged
from surgitwin.mechanics.problem import ContactSettings, LoadSolution, SolverSettings
from surgitwin.meshing.quality import MIN_SCALED_JACOBIAN

OLD = "Not recorded: solve again."
DEFAULT_RTOL = SolverSettings().rtol


def field_record(load: LoadSolution, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the checks need beside a run's row: kept in it as `quality` when a result is recorded."""
    contact = facts.get("contact") or {}
    touching = contact.get("model") == "contact"
    overlap = [float(c.overlap_mm.max()) for c in load.contact if len(c.overlap_mm)]
    return {
        "fields": (facts.get("fields") or {}).get(load.name),
        "rtol": facts.get("rtol"),
        "contact": contact.get("model", "none"),
        "penetration_mm": max([0.0, *overlap]) if touching else None,
        "penetration_limit_mm": contact.get("penetration_mm"),
    }


def checks(
    row: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]] = (),
    mesh_study: Mapping[str, Any] | None = None,
) -> list[Check]:
    """All checks of a run's row (`records`). metrics: of the whole run. mesh_study: of three meshes."""
    quality = row.get("quality") or {}
    fields = quality.get("fields")
    return [
        _residual(row, quality),
        _balance("force_balance", "Force balance", force_imbalance(row), "Applied force plus reaction"),
        _balance("moment_balance", "Moment balance", float(row["moment_imbalance"]),
                 "Moments about the load's point, with the bone's length"),
        _energy(row, fields),
        _penetration(row, quality, metrics),
        _locking(fields),
        _oscillation(fields),
        _jacobian(row),
        _error(fields),
        _mesh_study(row, mesh_study),
    ]  # fmt: skip


def force_imbalance(row: Mapping[str, Any]) -> float:
    """|applied + reaction| / |applied| of one run."""
    applied, reaction = np.asarray(row["applied_N"], float), np.asarray(row["reaction_N"], float)
    return float(np.linalg.norm(applied + reaction) / np.linalg.norm(applied))


def worst(found: Iterable[Check]) -> Check:
    """Of the same check under several loads: the one over its limit, then the largest value (or least)."""
    order = {"bad": 2, "ok": 1, "note": 1}

    def rank(c: Check) -> tuple[int, bool, float]:
        value = 0.0 if c.value is None else (-c.value if c.least else c.value)
        return order[c.verdict], c.value is not None, value

    return max(found, key=rank)


def _residual(row: Mapping[str, Any], quality: Mapping[str, Any]) -> Check:
    value, limit = float(row["rel_residual"]), quality.get("rtol") or DEFAULT_RTOL
    words = "True residual |b - K u| / |b| of the equations, computed anew after the last iteration."
    return Check("residual", "Residual", value, "1", limit, judged(value, limit), words, "asked for (rtol)")


def _balance(id_: str, title: str, value: float, words: str) -> Check:
    verdict = judged(value, BALANCE_LIMIT)
    return Check(id_, title, value, "1", BALANCE_LIMIT, verdict, f"{words}, by the load.", BALANCE_SOURCE)


def _energy(row: Mapping[str, Any], fields: Mapping[str, Any] | None) -> Check:
    id_, title = "energy", "Energy balance"
    if fields is None:
        return Check(id_, title, None, "1", BALANCE_LIMIT, "note", OLD, BALANCE_SOURCE)
    stored = sum(p["stored_mJ"] for p in fields["parts"])
    held, wanted = stored + fields["ties_mJ"], float(row["energy_mJ"])
    value = abs(wanted - held) / abs(wanted) if wanted else abs(held)
    words = (
        f"Half the load's work, less that of contact: {wanted:.6g} mJ; stored in the parts {stored:.6g} mJ "
        f"and in ties {fields['ties_mJ']:.3g} mJ, summed again from the displacements."
    )
    return Check(id_, title, value, "1", BALANCE_LIMIT, judged(value, BALANCE_LIMIT), words, BALANCE_SOURCE)


def _penetration(
    row: Mapping[str, Any], quality: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]
) -> Check:
    id_, title = "penetration", "Penetration"
    if quality.get("penetration_mm") is not None:
        limit = float(quality.get("penetration_limit_mm") or ContactSettings().penetration_mm)
        value = float(quality["penetration_mm"])
        words = "Deepest averaged overlap of surfaces in contact."
        return Check(id_, title, value, "mm", limit, judged(value, limit), words, "numerical setting")
    mine = [
        m["value"] for m in metrics
        if m["id"] == VALIDITY_METRIC and m["load_case"] == row["load_case"] and m["value"] is not None
    ]  # fmt: skip
    if not mine:
        return Check(id_, title, None, "mm", None, "note", "No surface lies near another one.")
    words = (
        "No contact in this model: so deep do surfaces pass through each other. See the metric for its limit."
    )
    return Check(id_, title, max(float(v) for v in mine), "mm", None, "note", words)


def _locking(fields: Mapping[str, Any] | None) -> Check:
    id_, title, source = "locking", "Poisson's ratio (locking)", "physics.md 7.3, measured"
    if fields is None:
        return Check(id_, title, None, "1", NEARLY_INCOMPRESSIBLE, "note", OLD, source)
    value = float(fields["poisson"])
    words = "Largest Poisson's ratio; quadratic cells do not lock below the limit."
    return Check(id_, title, value, "1", NEARLY_INCOMPRESSIBLE, judged(value, NEARLY_INCOMPRESSIBLE), words,
                 source)  # fmt: skip


def _oscillation(fields: Mapping[str, Any] | None) -> Check:
    id_, title = "pressure_oscillation", "Pressure jumps between cells"
    words = "Pressure against its smoothed field, by the stress; stiffness that varies in bone adds by right."
    if fields is None:
        return Check(id_, title, None, "1", None, "note", OLD)
    return Check(id_, title, float(fields["oscillation"]), "1", None, "note", words)


def _jacobian(row: Mapping[str, Any]) -> Check:
    part = min(row["parts"], key=lambda p: p["min_scaled_jacobian"])
    value = float(part["min_scaled_jacobian"])
    verdict = judged(value, MIN_SCALED_JACOBIAN, least=True)
    words = f"Worst scaled Jacobian of all cells, in part {part['name']}."
    return Check("jacobian", "Worst cell", value, "1", MIN_SCALED_JACOBIAN, verdict, words,
                 "numerical setting (mesh gate)", least=True)  # fmt: skip


def _error(fields: Mapping[str, Any] | None) -> Check:
    id_, title = "discretisation", "Estimated mesh error (energy norm)"
    if fields is None:
        return Check(id_, title, None, "1", None, "note", OLD)
    parts = fields["parts"]
    total = relative_error(sum(p["stored_mJ"] for p in parts), sum(p["error_mJ"] for p in parts))
    named = ", ".join(
        f"{p['part']} {100 * relative_error(p['stored_mJ'], p['error_mJ']):.2g} %" for p in parts
    )
    words = f"Stress of the cells against their nodal average by material (Zienkiewicz-Zhu 1987): {named}."
    return Check(id_, title, total, "1", None, "note", words)


def _mesh_study(row: Mapping[str, Any], study: Mapping[str, Any] | None) -> Check:
    id_, title = "mesh_study", "Error by three meshes (GCI)"
    if study is None:
        words = "No study of three meshes was run for this result (Simulate, Studies, Three meshes)."
        return Check(id_, title, None, "1", None, "note", words)
    known = [
        (q, q["convergence"]) for q in study["quantities"]
        if q["load_case"] == row["load_case"] and q["convergence"] is not None and not q["singular"]
        and q["convergence"]["error_fraction"] is not None
    ]  # fmt: skip
    if not known:
        return Check(id_, title, None, "1", None, "note", "The study gave no number under this load.")
    q, c = max(known, key=lambda x: x[1]["error_fraction"])
    order = "not to be observed" if c["order"] is None else f"{c['order']:.2f}"
    flags = f" ({'; '.join(c['flags'])})" if c["flags"] else ""
    words = f"Largest grid convergence index, of {q['id'].replace('_', ' ')}; observed order {order}{flags}."
    return Check(id_, title, float(c["error_fraction"]), "1", None, "note", words)
