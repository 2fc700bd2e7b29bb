"""Which kind of bulk a part's materials need."""

from __future__ import annotations

from typing import Any

from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk, EnergyBulk
from surgitwin.mechanics.fenicsx.solids.space import PartSpace


def make_bulk(space: PartSpace, large: bool, thermal: Any | None) -> Bulk:
    """The inside of a part by its laws; InputError "law.unknown", "model.mixed_kinds"."""
    laws = {m.law for m in space.part.materials.values()}
    if laws <= set(LAWS):
        return EnergyBulk(space, large, thermal)
    unknown = sorted(laws - set(LAWS))
    raise InputError(
        "law.unknown",
        f"Part {space.part.name!r} names laws that do not exist: {', '.join(unknown)}.",
        hint=f"Known: {', '.join(LAWS)}.",
        where=f"{space.part.name}.material",
    )
