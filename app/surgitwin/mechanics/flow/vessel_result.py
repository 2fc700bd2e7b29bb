"""What a vessel's flow in 3D gave: pressure along it, shear on its wall, FFR; and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.codec import whole
from surgitwin.mechanics.flow.reduced import PASCAL_PER_MMHG
from surgitwin.mechanics.flow.vessel_demand import M3_S_PER_ML_MIN, Demand
from surgitwin.mechanics.flow.vessel_flow import FlowState, VesselWall


@dataclass(frozen=True, eq=False)
class VesselRun:
    """One state. drop_Pa (levels,): mean pressure at the vessel's inlet less that of each section.

    wall_shear_Pa (w,): length of the wall shear stress at the wall's points. facts: of the engine.
    """

    state: FlowState
    drop_Pa: FloatArray
    wall_shear_Pa: FloatArray
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("drop_Pa", "wall_shear_Pa"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))


@dataclass(frozen=True, eq=False)
class VesselFlowResult:
    """runs: the states, the fastest last. s_mm (levels,): sections; vessel: first and last level of it.
    end_share: part of the tissue that lies behind the vessel's end (closed branches count to it).

    The drop of a section is a Q + b Q^2 through the two runs, so that flow and FFR follow for the tissue's
    resistance behind it.
    """

    name: str
    s_mm: FloatArray
    vessel: tuple[int, int]
    wall: VesselWall
    runs: tuple[VesselRun, ...]
    demand: Demand
    distal_mm: float
    end_share: float = 1.0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "s_mm", readonly(self.s_mm, np.float64))

    def drop_Pa(self, inlet_mL_min: float) -> FloatArray:
        """(levels,) drop from the vessel's inlet at another flow, by the quadratic through the runs."""
        a, b = self._terms
        q = inlet_mL_min * M3_S_PER_ML_MIN
        out: FloatArray = a * q + b * q * q
        return out

    @property
    def _terms(self) -> tuple[FloatArray, FloatArray]:
        slow, fast = self.runs[0], self.runs[-1]
        q1, q2 = (r.state.inlet_mL_min * M3_S_PER_ML_MIN for r in (slow, fast))
        b = (fast.drop_Pa / q2 - slow.drop_Pa / q1) / (q2 - q1)
        out: FloatArray = slow.drop_Pa / q1 - b * q1
        return out, b

    def inlet_mL_min(self, factor: float = 1.0, *, hyperaemic: bool = True, loss: float = 1.0) -> float:
        """Flow that aortic pressure drives through the vessel and its tissue in series.

        factor: on the resting demand; loss: on the vessel's drop. The branches keep the part that they had in
        the fastest run.
        """
        a, b = (loss * float(t[self.vessel[1]]) for t in self._terms)
        fast = self.runs[-1].state
        through = 1 - sum(fast.branch_mL_min) / fast.inlet_mL_min
        demand = self.demand.scaled(factor)
        head = (demand.aortic_mmHg - demand.venous_mmHg) * PASCAL_PER_MMHG
        state = hyperaemic and demand.hyperaemia is not None
        tissue = demand.resistance_Pa_s_m3(hyperaemic=state) / self.end_share * through
        linear = a + tissue
        # Root of b Q^2 + (a + R) Q = head that stays finite when b vanishes.
        q = 2 * head / (linear + float(np.sqrt(max(linear**2 + 4 * b * head, 0.0))))
        return q / M3_S_PER_ML_MIN

    def drop_mmHg(self, factor: float = 1.0, *, hyperaemic: bool = True, loss: float = 1.0) -> float:
        """Pa - Pd at `distal_mm`; factor, loss: as `inlet_mL_min`."""
        flow = self.inlet_mL_min(factor, hyperaemic=hyperaemic, loss=loss)
        drop = loss * self.drop_Pa(flow) / PASCAL_PER_MMHG
        return float(np.interp(self.distal_mm, self.s_mm, drop))

    def ratio(self, factor: float = 1.0, *, hyperaemic: bool = True, loss: float = 1.0) -> float:
        """Pd / Pa at `distal_mm`: the FFR when hyperaemic. factor, loss: as `inlet_mL_min`."""
        return 1 - self.drop_mmHg(factor, hyperaemic=hyperaemic, loss=loss) / self.demand.aortic_mmHg

    def shear_measures(self, run: VesselRun) -> dict[str, float]:
        """By area of the vessel's wall: mean, percentiles 1, 50, 99 (Pa), and the part under 0.4 Pa."""
        inside = np.flatnonzero(self.wall.vessel)
        value = run.wall_shear_Pa[self.wall.quads[inside]].mean(axis=1)
        area = self.wall.area_mm2[inside]
        order = np.argsort(value)
        share = (np.cumsum(area[order]) - area[order] / 2) / area.sum()
        low, middle, high = np.interp((0.01, 0.5, 0.99), share, value[order]).tolist()
        return {
            "mean_Pa": float((value * area).sum() / area.sum()),
            "p1_Pa": low,
            "p50_Pa": middle,
            "p99_Pa": high,
            "part_under_0.4_Pa": float(area[value < 0.4].sum() / area.sum()),
        }


def save_vessel_flow(result: VesselFlowResult, path: Path) -> None:
    """Write to one .npz file."""
    plain = {
        "name": result.name,
        "vessel": list(result.vessel),
        "demand": asdict(result.demand),
        "distal_mm": result.distal_mm,
        "end_share": result.end_share,
        "warnings": list(result.warnings),
        "runs": [{"state": asdict(r.state), "facts": dict(r.facts)} for r in result.runs],
    }
    with whole(path) as stream:
        np.savez_compressed(
            stream,
            plain=np.array(json.dumps(plain)),
            s_mm=result.s_mm,
            points_mm=result.wall.points_mm,
            quads=result.wall.quads,
            inside=result.wall.vessel,
            drops=np.array([r.drop_Pa for r in result.runs]),
            shears=np.array([r.wall_shear_Pa for r in result.runs]),
        )


def load_vessel_flow(path: Path) -> VesselFlowResult:
    """Inverse of `save_vessel_flow`."""
    with np.load(path) as data:
        plain = json.loads(str(data["plain"]))
        wall = VesselWall(data["points_mm"], data["quads"], data["inside"])
        runs = tuple(
            VesselRun(_state(row["state"]), drop, shear, row["facts"])
            for row, drop, shear in zip(plain["runs"], data["drops"], data["shears"], strict=True)
        )
        s_mm = data["s_mm"]
    first, last = plain["vessel"]
    return VesselFlowResult(
        plain["name"], s_mm, (first, last), wall, runs, Demand(**plain["demand"]), plain["distal_mm"],
        plain["end_share"], tuple(plain["warnings"]),
    )  # fmt: skip


def _state(row: Mapping[str, Any]) -> FlowState:
    return FlowState(row["name"], row["inlet_mL_min"], tuple(row["branch_mL_min"]))
