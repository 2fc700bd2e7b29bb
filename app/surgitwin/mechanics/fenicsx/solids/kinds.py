"""Which kind of bulk a part's materials need."""

from __future__ import annotations

from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk, EnergyBulk
from surgitwin.mechanics.fenicsx.solids.point_part import PointBulk
from surgitwin.mechanics.fenicsx.solids.space import PartSpace
from surgitwin.mechanics.point_laws.registry import LAWS as POINT_LAWS


def make_bulk(space: PartSpace, large: bool, thermal: Any | None) -> Bulk:
    """The inside of a part by its laws; InputError "law.unknown", "model.mixed_kinds"."""
    laws = {m.law for m in space.part.materials.values()}
    if laws <= set(LAWS):
        return EnergyBulk(space, large, thermal)
    if laws <= set(POINT_LAWS):
        return PointBulk(space, large, thermal)
    unknown = sorted(laws - set(LAWS) - set(POINT_LAWS))
    if not unknown:
        raise InputError(
            "model.mixed_kinds",
            f"Part {space.part.name!r} mixes laws with and without memory: {', '.join(sorted(laws))}.",
            hint="Make two parts of it and tie them, or use the law 'isotropic' for its elastic cells.",
            where=f"{space.part.name}.material",
        )
    raise InputError(
        "law.unknown",
        f"Part {space.part.name!r} names laws that do not exist: {', '.join(unknown)}.",
        hint=f"Known: {', '.join(sorted(set(LAWS) | set(POINT_LAWS)))}.",
        where=f"{space.part.name}.material",
    )
