"""Materials of problem files that name a row of the tables instead of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.mechanics.point_laws.bone import Bone
from surgitwin.mechanics.point_laws.registry import WHOLE
from surgitwin.mechanics.point_laws.tables import bone_parameters, metal


def expanded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A material row with its names replaced by law and numbers; what stands beside them overrides.

    ``metal = "316L"`` takes law and parameters of a metal; ``law = "bone"`` with a name as ``limits`` (and
    ``damage = true``) takes the yield of bone; lists of a hardening curve become arrays.
    Raises InputError "material.unknown" naming the rows there are.
    """
    out = dict(row)
    if isinstance(out.get("metal"), str):
        found = metal(out.pop("metal"))
        out = {"law": found.law, **found.parameters, **out}
    if out.get("law") == Bone.name and isinstance(out.get("limits"), str):
        limits, damage = out.pop("limits"), bool(out.pop("damage", False))
        yielding = bone_parameters(0.0, 0.0, limits, damage=damage)
        out = {**{k: v for k, v in yielding.items() if k not in ("E_MPa", "nu")}, **out}
    for key in WHOLE[:2]:
        if isinstance(out.get(key), list) and all(isinstance(v, int | float) for v in out[key]):
            out[key] = np.array(out[key], float)
    return out
