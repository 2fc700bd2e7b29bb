"""One plan under the three contact models side by side: "How the nail touches the bone".

Results of the models that the plan does not use itself are kept under keys that no plan can have; like every
result they count by the hash of what they were made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case
from surgitwin.planning.solving.inputs import result_hash
from surgitwin.planning.solving.results import last_inputs, read_run
from surgitwin.procedures.fracture_fixation.contact_option import MODELS, contact_model, with_contact
from surgitwin.procedures.fracture_fixation.procedure import NAME

WORDS = {
    "none": "Passes through (no contact)",
    "contact": "Leans on it (contact)",
    "glued": "Grown in (glued)",
}
"""The models in words for a surgeon."""
EXPLAINED = {
    "none": "Only the screws hold it; it may move into bone. Fast; not valid where surfaces would touch.",
    "contact": "It presses on bone where it meets it and lets go where it opens, with friction. Takes "
    "several times as long.",
    "glued": "Bone has grown onto it where it lies close: the stiffest end, also under pull.",
}
KEY_METRICS = (
    "axial_stiffness", "ifm_axial_near", "ifm_axial_far", "ifm_shear", "implant_stress_surface",
    "bone_rf_volume", "contact_overlap", "contact_force", "contact_area", "contact_pressure",
)  # fmt: skip
"""What the table of the three models shows."""


@dataclass(frozen=True)
class ModelRow:
    """One metric of one load: value per model, None where it has none; worst part where there are several."""

    id: str
    unit: str
    load_case: str
    values: Mapping[str, float | None]


def has_contact_option(plan: Plan) -> bool:
    """Whether the plan's procedure knows contact models and it has implants to touch with."""
    return plan.procedure == NAME and bool(plan.implants)


def own_model(plan: Plan) -> str:
    """The model that the plan is simulated with."""
    return contact_model(plan) if has_contact_option(plan) else "none"


def under_model(plan: Plan, model: str) -> Plan:
    """The plan under a model; itself under its own."""
    return plan if model == own_model(plan) else with_contact(plan, model)


def variant_key(name: str, model: str) -> str:
    """Key in the case's results; ":" stands in no plan's name."""
    return f"contact:{model}:{name}"


def model_runs(case: Case, name: str) -> dict[str, dict[str, Any]]:
    """Model -> run record, of the current results of plan `name` at its own healing stage."""
    plan, inputs = case.plans().get(name), last_inputs(case)
    if plan is None or inputs is None or not case.state.get("mesh") or not has_contact_option(plan):
        return {}
    found = {m: read_run(case, result_hash(case, under_model(plan, m), inputs)) for m in MODELS}
    return {m: run for m, run in found.items() if run is not None}


def model_table(case: Case, name: str) -> list[ModelRow]:
    """The three models of a plan side by side; empty as long as not all of them are solved."""
    runs = model_runs(case, name)
    if set(runs) != set(MODELS):
        return []
    rows: dict[tuple[str, str], ModelRow] = {}
    for model, run in runs.items():
        for m in run["metrics"]:
            if m["id"] not in KEY_METRICS or m["value"] is None or _of_gap(m):
                continue
            key = (m["id"], m["load_case"])
            row = rows.setdefault(key, ModelRow(m["id"], m["unit"], m["load_case"], {}))
            values, before = dict(row.values), row.values.get(model)
            values[model] = float(m["value"]) if before is None else max(float(m["value"]), before)
            rows[key] = ModelRow(row.id, row.unit, row.load_case, values)
    order = {k: n for n, k in enumerate(KEY_METRICS)}
    return sorted(rows.values(), key=lambda r: order[r.id])


def _of_gap(m: Mapping[str, Any]) -> bool:
    """The fracture's faces have no contact in any model: their overlap does not tell the models apart."""
    return bool(m["id"] == "contact_overlap" and m["part"] == "gap")


def table_dict(case: Case, name: str) -> dict[str, Any] | None:
    """The table as `compare` prints it, None when not all models are solved."""
    rows = model_table(case, name)
    if not rows:
        return None
    return {
        "plan": name,
        "titles": dict(WORDS),
        "own": own_model(case.plans()[name]),
        "models": list(MODELS),
        "rows": [
            {
                "id": r.id,
                "unit": r.unit,
                "load_case": r.load_case,
                "values": {m: r.values.get(m) for m in MODELS},
            }
            for r in rows
        ],
    }
