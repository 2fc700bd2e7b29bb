"""The outputs of a model as numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surgitwin.mechanics.fenicsx.solids.history import history_mean, part_history
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.model.outputs import Output

_AXIS = {"x": 0, "y": 1, "z": 2}


def record_outputs(result: ModelResult) -> dict[str, float]:
    """Every output of the model at the result's increment, by name."""
    if result.model.outputs:
        result.system.assembly.set(result.state.x)
    return {o.name: _READ[o.kind](result, o) for o in result.model.outputs}


def _displacement(result: ModelResult, o: Output) -> float:
    assert o.point_mm is not None
    return float(result.part(o.part).displacement_at(o.point_mm)[0, _AXIS[o.component]])


def _stress(result: ModelResult, o: Output) -> float:
    assert o.point_mm is not None
    s = result.part(o.part).stress_at(o.point_mm)[0]
    if o.component == "mises":
        deviator = s - np.trace(s) / 3 * np.eye(3)
        return float(np.sqrt(1.5 * (deviator**2).sum()))
    return float(s[_AXIS[o.component[0]], _AXIS[o.component[1]]])


def _mean_displacement(result: ModelResult, o: Output) -> float:
    return float(result.part(o.part).mean_displacement(o.on)[_AXIS[o.component]])


def _reaction(result: ModelResult, o: Output) -> float:
    return float(result.reaction(o.of).force_N[_AXIS[o.component]])


def _contact_force(result: ModelResult, o: Output) -> float:
    return result.coupling_facts(o.of)[f"force_{o.component}_N"]


def _energy(result: ModelResult, o: Output) -> float:
    return result.energy_mJ


def _history_max(result: ModelResult, o: Output) -> float:
    return float(np.nanmax(part_history(result, o.component, o.part)))


def _history_mean(result: ModelResult, o: Output) -> float:
    return history_mean(result, o.component, o.part)


def _volume(result: ModelResult, o: Output) -> float:
    return result.part(o.part).volume_mm3()


_READ: dict[str, Callable[[ModelResult, Output], float]] = {
    "displacement": _displacement,
    "stress": _stress,
    "mean_displacement": _mean_displacement,
    "reaction": _reaction,
    "contact_force": _contact_force,
    "energy": _energy,
    "volume": _volume,
    "history_max": _history_max,
    "history_mean": _history_mean,
}
