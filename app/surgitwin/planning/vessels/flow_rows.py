"""Flow, pressure drop and FFR of a lumen in plain rows: value, band, level, and what they rest on."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, flow_table
from surgitwin.mechanics.flow.vessel_reduced import ReducedFlow, losses_Pa, reduced_band, reduced_flow
from surgitwin.mechanics.flow.vessel_result import VesselFlowResult
from surgitwin.mechanics.flow.vessel_shape import VesselShape
from surgitwin.planning.vessels.flow import FlowCase

LEVELS = {
    "0D": "viscous loss of each section, Young-Tsai's loss behind narrowings, tissue resistance",
    "3D": "steady Navier-Stokes in the rigid lumen, tissue resistance",
}
NO_COARSE = "The coarser mesh found no steady flow: the error of the mesh is not known."
NOT_HYPERAEMIC = "No hyperaemic state is known for this vessel: the ratio is given at rest only."


def reduced_row(found: FlowCase) -> dict[str, Any]:
    """The 0D answer with its band over flow, the wall's error and the formula's viscous term."""
    started = time.perf_counter()
    value = reduced_flow(found.shape, found.demand, found.fluid)
    band = reduced_band(found.shape, found.demand, found.fluid)
    rest = reduced_flow(found.shape, found.demand, found.fluid, hyperaemic=False)
    ratios, drops = [value.ratio, *(b.ratio for b in band)], [value.drop_mmHg, *(b.drop_mmHg for b in band)]
    return _head(found, "0D") | _ratio(found, value.ratio, ratios) | {
        "drop_mmHg": value.drop_mmHg,
        "drop_band_mmHg": [min(drops), max(drops)],
        "rest_ratio": rest.ratio,
        "flow_mL_min": float(value.flow_mL_min[0]),
        "branch_mL_min": list(value.branch_mL_min),
        "wall_shear": None,
        "curve": _curve(value),
        "warnings": _warnings(found),
        "wall_s": time.perf_counter() - started,
    }  # fmt: skip


def solved_row(found: FlowCase, fine: VesselFlowResult, coarse: VesselFlowResult | None) -> dict[str, Any]:
    """The 3D answer: its band over flow and the wall's error (by the 0D model's sensitivity), the meshes'
    difference, and the 0D drop at the same flow beside it.
    """
    vary = float(flow_table()["settings"]["flow_variation"])
    losses = _wall_losses(found)
    corners = [(q, loss) for q in (1 - vary, 1.0, 1 + vary) for loss in (1.0, *losses)]
    ratio, drop = fine.ratio(), fine.drop_mmHg()
    ratios = [fine.ratio(q, loss=loss) for q, loss in corners]
    drops = [fine.drop_mmHg(q, loss=loss) for q, loss in corners]
    first, last = fine.vessel
    flow = fine.inlet_mL_min()
    fast = fine.runs[-1]
    curve = found.demand.aortic_mmHg - fine.drop_Pa(flow)[first : last + 1] / PASCAL_PER_MMHG
    beside = reduced_flow(found.shape, found.demand, found.fluid).drop_mmHg
    return _head(found, "3D") | _ratio(found, ratio, ratios) | {
        "drop_mmHg": drop,
        "drop_band_mmHg": [min(drops), max(drops)],
        "rest_ratio": fine.ratio(hyperaemic=False),
        "flow_mL_min": flow,
        "branch_mL_min": None,
        "wall_shear": fine.shear_measures(fast) | {"state": fast.state.name},
        "curve": {"s_mm": fine.s_mm[first : last + 1].tolist(), "pressure_mmHg": curve.tolist()},
        "reduced_drop_mmHg": beside,
        "reduced_difference_mmHg": drop - beside,
        "mesh_difference_mmHg": None if coarse is None else drop - coarse.drop_mmHg(),
        "runs": [{"state": r.state.name, "inlet_mL_min": r.state.inlet_mL_min, **r.facts} for r in fine.runs],
        "warnings": [*_warnings(found), *fine.warnings, *([] if coarse else [NO_COARSE])],
        "wall_s": sum(float(r.facts["seconds"]) for r in fine.runs),
    }  # fmt: skip


def _head(found: FlowCase, level: str) -> dict[str, Any]:
    wanted = found.demand
    return {
        "plan": found.name,
        "level": level,
        "model": LEVELS[level],
        "state": "rest" if wanted.hyperaemia is None else "hyperaemia",
        "unit": {"drop": "mmHg", "flow": "mL/min", "wall_shear": "Pa", "ffr": "1"},
        "resting_mL_min": wanted.resting_mL_min,
        "hyperaemia_factor": wanted.hyperaemia,
        "aortic_mmHg": wanted.aortic_mmHg,
        "distal_mm": found.shape.distal_mm(float(flow_table()["settings"]["distal_mm"])),
        "basis": wanted.basis,
        "verified": wanted.verified,
    }


def _ratio(found: FlowCase, ratio: float, ratios: list[float]) -> dict[str, Any]:
    """FFR with band and words; None with the reason where the vessel has no hyperaemic state."""
    band = [min(ratios), max(ratios)]
    if found.demand.hyperaemia is None:
        return {
            "ffr": None,
            "ffr_band": None,
            "ffr_words": NOT_HYPERAEMIC,
            "ratio": ratio,
            "ratio_band": band,
        }
    words = ffr_words(band[0], band[1])
    return {"ffr": ratio, "ffr_band": band, "ffr_words": words, "ratio": ratio, "ratio_band": band}


def ffr_words(low: float, high: float) -> str:
    """Where a band of FFR lies against the grey zone (never a verdict without the band)."""
    settings = flow_table()["settings"]
    below, above = float(settings["grey_low"]), float(settings["grey_high"])
    if low > above:
        return f"the whole band lies above {above:.2f}"
    if high < below:
        return f"the whole band lies below {below:.2f}"
    if low >= below and high <= above:
        return f"the whole band lies in the grey zone {below:.2f} to {above:.2f}"
    sides = [f"below {below:.2f}"] * (low < below) + [f"above {above:.2f}"] * (high > above)
    return f"the band reaches from the grey zone to {' and '.join(sides)}: not decided"


def _wall_losses(found: FlowCase) -> tuple[float, float]:
    """Drop of the 0D model with the wall a little in and out, over its drop as measured, at one flow."""
    settings = flow_table()["settings"]
    error = 2 * float(settings["wall_error_mm"])
    doubt = error * float(settings["doubt_factor"])
    flow = reduced_flow(found.shape, found.demand, found.fluid).flow_mL_min * M3_S_PER_ML_MIN

    def loss(shape: VesselShape) -> float:
        at = shape.distal_mm(float(settings["distal_mm"]))
        return float(np.interp(at, shape.s_mm, losses_Pa(shape, flow, found.fluid)))

    base = loss(found.shape)
    return loss(found.shape.widened(-error, -doubt)) / base, loss(found.shape.widened(error, doubt)) / base


def _curve(flow: ReducedFlow) -> dict[str, list[float]]:
    return {"s_mm": flow.s_mm.tolist(), "pressure_mmHg": flow.pressure_mmHg.tolist()}


def _warnings(found: FlowCase) -> list[str]:
    """What the reader must know about the inputs."""
    out = ["Steady flow, rigid wall; the aortic pressure is a setting unless entered."]
    if not found.demand.verified:
        out.append(f"The flow rests on an unverified value ({found.demand.basis}).")
    if any(n.doubtful for n in found.shape.narrowings):
        out.append("The image does not give a throat to a digit: its width is varied twice as far.")
    if found.shape.branches:
        out.append(f"{len(found.shape.branches)} side branches: in 3D closed, see the documentation.")
    settings = flow_table()["settings"]
    last = max((n.end_mm for n in found.shape.narrowings), default=0.0)
    left = float(found.shape.s_mm[-1]) - last
    if found.shape.narrowings and left < float(settings["distal_mm"]):
        out.append(f"Pd is read {left:.0f} mm behind the last narrowing: the vessel ends there.")
    return out
