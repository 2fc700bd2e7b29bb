"""Everything that is wrong with a problem, listed together with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surgitwin.core.errors import InputError


@dataclass(frozen=True)
class Fault:
    """place: where it stands ("loads[1] 'push': pressure_MPa"). fact: what is wrong, with the way out."""

    place: str
    fact: str


def raise_faults(faults: Sequence[Fault], where: str) -> None:
    """Raise InputError "model.faults" that lists all faults; nothing when there is none."""
    if not faults:
        return
    lines = "; ".join(f"({k}) {f.place}: {f.fact}" for k, f in enumerate(faults, 1))
    raise InputError(
        "model.faults",
        f"The problem has {len(faults)} fault{'s' if len(faults) > 1 else ''}: {lines}.",
        hint="Correct all of them; nothing was meshed or solved.",
        where=where,
    )
