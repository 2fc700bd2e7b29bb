"""Laws with memory at the points of a part, and what such a part cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.point_laws.base import PointLaw
from surgitwin.mechanics.point_laws.registry import WHOLE, per_point, point_law


def law_at_points(space: PartSpace, material: Material, cells: IntArray, points: int) -> PointLaw:
    """The law of one material at the points of `cells` (part's own order).

    Raises InputError "model.parameter_size", and what the law says about its parameters.
    """
    values: dict[str, float | FloatArray] = {}
    for name, given in material.parameters.items():
        array = np.asarray(given, float)
        values[name] = array
        if array.ndim == 0 or name in WHOLE:
            continue
        if len(array) != len(space.part.mesh.cells) or array.shape[1:] not in ((), (points,)):
            raise InputError(
                "model.parameter_size",
                f"Parameter {name!r} of part {space.part.name!r} has shape {array.shape}; the mesh has "
                f"{len(space.part.mesh.cells)} cells with {points} points each.",
                hint="Give one value for each cell of the part's mesh, or one for each point.",
                where=f"{space.part.name}.material.{name}",
            )
        values[name] = array[cells]
    return point_law(material.law, per_point(values, points))


def require_supported(space: PartSpace, thermal: Any | None) -> None:
    """Raise InputError "model.history_needs" for what these parts cannot do."""
    part = space.part
    wrong: Mapping[str, bool] = {
        "a mixed formulation": part.formulation == "mixed",
        "plane stress": part.kinematics == "plane_stress",
        "thermal expansion": thermal is not None,
    }
    found = [what for what, is_so in wrong.items() if is_so]
    if found:
        raise InputError(
            "model.history_needs",
            f"Part {part.name!r} has a law with memory and {' and '.join(found)}.",
            hint="Use the displacement formulation of degree 2 in 3D, plane strain or axisymmetry.",
            where=part.name,
        )


def no_history(part: str, name: str, known: set[str]) -> InputError:
    """The error for a history variable that the part has not; `known`: those it has."""
    return InputError(
        "model.no_history",
        f"Part {part!r} has no history called {name!r}.",
        hint=f"There are: {', '.join(sorted(known)) or 'none'}.",
        where=part,
    )
