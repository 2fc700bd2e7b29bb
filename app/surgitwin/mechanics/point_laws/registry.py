"""Point laws by name, made from the plain parameters of a material."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.point_laws.base import PointLaw, bad_parameters
from surgitwin.mechanics.point_laws.bone import Bone
from surgitwin.mechanics.point_laws.elastic import Elastic
from surgitwin.mechanics.point_laws.j2 import J2
from surgitwin.mechanics.point_laws.nitinol import Nitinol

LAWS: dict[str, type[Elastic] | type[J2] | type[Bone] | type[Nitinol]] = {
    law.name: law for law in (Elastic, J2, Bone, Nitinol)
}
"""Those of Elastic are known to the energy laws by the same name; alone they need no memory."""

WHOLE = ("curve_strain", "curve_stress_MPa", "memory")
"""Parameters that hold for the material as a whole: never one value a cell or point."""


def per_point(parameters: Mapping[str, float | FloatArray], points: int) -> dict[str, float | FloatArray]:
    """Parameters given for each cell (m,) or each point (m, points) as (m points,); numbers stay."""
    out: dict[str, float | FloatArray] = {}
    for name, given in parameters.items():
        array = np.asarray(given, float)
        if array.ndim == 0:
            out[name] = float(array)
        elif name in WHOLE:
            out[name] = array
        else:
            out[name] = np.repeat(array, points) if array.ndim == 1 else array.ravel()
    return out


def faults(name: str, parameters: Mapping[str, float | FloatArray]) -> list[str]:
    """What is wrong with the parameters of a material (numbers, (m,) or (m, q) arrays), in words."""
    widths = {np.shape(v)[1] for k, v in parameters.items() if k not in WHOLE and np.ndim(v) == 2}
    try:
        point_law(name, per_point(parameters, max(widths, default=1)))
    except InputError as error:
        return [error.message]
    return []


def state_names(law: str) -> tuple[str, ...]:
    """The memory of a law by name; empty for a law without one, known here or not."""
    return LAWS[law].state_names if law in LAWS else ()


def point_law(name: str, parameters: Mapping[str, float | FloatArray]) -> PointLaw:
    """The law `name` with `parameters`: numbers, or arrays (n,) with one value a point.

    "j2" takes a hardening curve as curve_strain (k,) and curve_stress_MPa (k,); "nitinol" takes memory = 1
    for closing inner loops. Raises InputError "point_law.unknown" and "point_law.parameter".
    """
    rest = {key: value for key, value in parameters.items() if key not in WHOLE}
    if name == J2.name and any(key in parameters for key in WHOLE[:2]):
        curve = [np.asarray(parameters[key], float) for key in WHOLE[:2] if key in parameters]
        if len(curve) != 2 or curve[0].shape != curve[1].shape:
            raise bad_parameters(
                name, ["curve_strain and curve_stress_MPa must be two lists of equal length"]
            )
        return J2(rest, np.column_stack(curve))
    if name == Nitinol.name:
        return Nitinol(rest, memory=bool(parameters.get("memory", 0.0)))
    if name not in LAWS:
        raise InputError(
            "point_law.unknown",
            f"There is no material law with memory called {name!r}.",
            hint=f"Known: {', '.join(LAWS)}.",
            where=name,
        )
    return LAWS[name](parameters)
