"""Which procedures are installed; a broken one is listed with its reason, never silently missing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from surgitwin.core.errors import PluginError, UsageError
from surgitwin.procedures.base import BoneProcedure, Procedure
from surgitwin.procedures.vessel import VesselProcedure

GROUP = "surgitwin.procedures"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One installed procedure: `procedure` is None when it is disabled, then `reason` says why."""

    name: str
    origin: str
    procedure: Procedure | None
    reason: str = ""


def load(points: list[EntryPoint]) -> tuple[Entry, ...]:
    """Load entry points, each by itself, so that a broken one does not stop the others."""
    return tuple(_load_one(point) for point in sorted(points, key=lambda p: p.name))


@cache
def registry() -> Mapping[str, Entry]:
    """Every installed procedure by name, working or disabled."""
    return MappingProxyType({e.name: e for e in load(list(entry_points(group=GROUP)))})


def get(name: str) -> Procedure:
    """The procedure called `name`.

    Raises UsageError ("procedure.unknown") or PluginError ("procedure.broken") with the reason.
    """
    entry = registry().get(name)
    if entry is None:
        raise UsageError(
            "procedure.unknown",
            f"There is no procedure {name!r}.",
            hint=f"Installed: {', '.join(registry()) or 'none'}.",
        )
    if entry.procedure is None:
        raise PluginError(
            "procedure.broken",
            f"The procedure {name} is disabled: {entry.reason}",
            hint="Repair or remove the package that brings it.",
            where=entry.origin,
        )
    return entry.procedure


def bone_procedure(name: str) -> BoneProcedure:
    """The operation on a bone called `name`; errors as `get`, and UsageError "procedure.other_family"."""
    found = get(name)
    if not isinstance(found, BoneProcedure):
        raise _other_family(found, "a bone")
    return found


def vessel_procedure(name: str) -> VesselProcedure:
    """The operation on a vessel called `name`; errors as `get`, and UsageError "procedure.other_family"."""
    found = get(name)
    if not isinstance(found, VesselProcedure):
        raise _other_family(found, "a vessel")
    return found


def _other_family(found: Procedure, wanted: str) -> UsageError:
    return UsageError(
        "procedure.other_family",
        f"{found.title} ({found.name}) is not an operation on {wanted}.",
        hint="Choose a procedure that fits the case: `surgitwin info CASE` says what was measured.",
        where=found.name,
    )


def _load_one(point: EntryPoint) -> Entry:
    try:
        found = point.load()
    # A plugin is foreign code: whatever it raises on import must become a listed reason.
    except Exception as error:
        log.warning("procedure %s is disabled", point.name, exc_info=error)
        return Entry(point.name, point.value, None, f"{type(error).__name__}: {error}")
    if not isinstance(found, BoneProcedure | VesselProcedure):
        return Entry(point.name, point.value, None, f"{point.value} is not a Procedure")
    if found.name != point.name:
        return Entry(point.name, point.value, None, f"it calls itself {found.name!r}")
    return Entry(point.name, point.value, found)
