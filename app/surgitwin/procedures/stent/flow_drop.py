"""Pressure drop over a narrowing by the reduced model, with the flow of the artery and its band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.mechanics.flow.fluid import blood
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG, Stenosis
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, demand, flow_table
from surgitwin.procedures.stent.site import Site

FLOW_ROW: Mapping[str, str] = {
    "coronary": "coronary",
    "peripheral": "external_iliac",
    "carotid": "common_carotid",
}
"""Row of ``resources/vessel_flow.toml`` for each kind of artery."""


def flow_mL_min(site: Site, options: Mapping[str, Any]) -> float:
    """Mean flow at rest: the plan's, else the table's for this artery and its proximal diameter."""
    given = options.get("flow_mL_min")
    entered = None if given is None else float(given)
    return demand(site.lesion.proximal_mm, flow_mL_min=entered, vessel=FLOW_ROW[site.vessel]).resting_mL_min


def drop_mmHg(site: Site, options: Mapping[str, Any], throat_mm: float) -> tuple[float, tuple[float, float]]:
    """Drop and its band over the flow's variation, with a throat of this diameter in the lesion.

    0 where the throat is as wide as the reference: the model has no narrowing then.
    """
    lesion = site.lesion
    if throat_mm >= lesion.reference_mm:
        return 0.0, (0.0, 0.0)
    length = lesion.end_mm - lesion.start_mm
    narrowing = Stenosis(lesion.reference_mm * 1e-3, throat_mm * 1e-3, length * 1e-3)
    fluid, flow = blood(), flow_mL_min(site, options) * M3_S_PER_ML_MIN
    vary = float(flow_table()["settings"]["flow_variation"])
    low, value, high = (
        narrowing.drop_Pa(flow * f, fluid.density_kg_m3, fluid.law.reference_Pas) / PASCAL_PER_MMHG
        for f in (1 - vary, 1.0, 1 + vary)
    )
    return value, (low, high)
