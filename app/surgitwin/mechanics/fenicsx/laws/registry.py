"""All elastic laws by name, and the check of what a user entered for one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.laws import (
    goh2006,
    guccione,
    hgo2000,
    holzapfel2005,
    isotropic,
    mooney_rivlin,
    neo_hookean,
    reduced_polynomial,
    transversely_isotropic,
)
from surgitwin.mechanics.fenicsx.laws.base import Law, Parameter

LAWS: dict[str, Law] = {
    module.LAW.name: module.LAW
    for module in (
        isotropic,
        transversely_isotropic,
        neo_hookean,
        mooney_rivlin,
        reduced_polynomial,
        hgo2000,
        goh2006,
        holzapfel2005,
        guccione,
    )
}


def get_law(name: str, where: str = "material law") -> Law:
    """The law called `name`; InputError "law.unknown" naming those known."""
    if name not in LAWS:
        raise InputError(
            "law.unknown",
            f"There is no elastic law called {name!r}.",
            hint=f"Known: {', '.join(LAWS)}.",
            where=where,
        )
    return LAWS[name]


def faults(law: Law, values: Mapping[str, npt.ArrayLike], fibres: int | None = None) -> list[str]:
    """Everything that is wrong with the parameter values (numbers, or one per cell) of a law, in words.

    fibres: how many fibre directions are given; None leaves them unchecked.
    """
    known = {q.name: q for q in law.parameters}
    found = [f"{name}: {law.name} has no such parameter (it has {', '.join(known)})"
             for name in values if name not in known]  # fmt: skip
    for name, q in known.items():
        if name in values:
            found += [f"{name}: {fault}" for fault in _value_faults(q, values[name])]
        elif q.default is None:
            found.append(f"{name}: missing ({q.title}, {q.interval})")
    if fibres is not None and fibres != law.fibres:
        found.append(f"fibres: {law.name} needs {law.fibres} direction(s), {fibres} given")
    return found or list(law.constraint(filled(law, values)))


def check(
    law: Law, values: Mapping[str, npt.ArrayLike], fibres: int | None = None, where: str = ""
) -> dict[str, FloatArray]:
    """The values of every parameter (arrays, defaults filled in).

    Raises InputError "law.parameters" that lists all faults together.
    """
    found = faults(law, values, fibres)
    if found:
        raise InputError(
            "law.parameters",
            f"The parameters of the law {law.name} cannot be used: " + "; ".join(found) + ".",
            hint="Correct them; stresses are in MPa (1 kPa = 0.001 MPa), angles are not parameters of a law.",
            where=where or law.name,
        )
    return filled(law, values)


def filled(law: Law, values: Mapping[str, npt.ArrayLike]) -> dict[str, FloatArray]:
    """Values with the defaults of the law, as float arrays, in the order of the law's parameters."""
    return {q.name: np.asarray(values.get(q.name, q.default), float) for q in law.parameters}


def incompressible(law: Law, values: Mapping[str, npt.ArrayLike]) -> bool:
    """Whether values without faults leave a cell without volume change, so that only a mixed form can do."""
    given = filled(law, values)
    if "bulk_MPa" in given:
        return bool(np.isinf(given["bulk_MPa"]).any())
    return law.bulk is not None and bool((given["nu"] >= 0.5).any())


def _value_faults(q: Parameter, value: npt.ArrayLike) -> list[str]:
    try:
        v = np.asarray(value, float)
    except (TypeError, ValueError):
        return [f"{value!r} is not a number"]
    if v.size == 0 or np.isnan(v).any():
        return ["no value for some cells"]
    low = (v <= q.lower) if q.lower_open else (v < q.lower)
    endless = np.isinf(v) if q.default is None else np.zeros(v.shape, bool)
    bad = low | (v > q.upper) | endless
    if not bad.any():
        return []
    return [f"{v[bad].flat[0]:g} is outside {q.interval} ({q.title})"]
