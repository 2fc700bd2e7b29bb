"""The last good increment in a file, so that a long computation can go on after a failure or a kill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import StorageError
from surgitwin.mechanics.fenicsx.solids.system import System
from surgitwin.mechanics.model.model import Model

if TYPE_CHECKING:
    from surgitwin.mechanics.fenicsx.solids.stepping import State


class Restart:
    """One .npz file; it belongs to exactly one model (everything but its steps' lengths and solver)."""

    def __init__(self, path: Path, model: Model, system: System) -> None:
        self._path, self._system = path, system
        self._key = fingerprint(model)

    @property
    def exists(self) -> bool:
        """Whether there is something to go on from."""
        return self._path.exists()

    def save(self, at: State) -> None:
        """Write the state after an accepted increment (replaced at once, never half written)."""
        arrays: dict[str, Any] = {"x": at.x}
        if at.slope is not None:
            arrays["slope"] = at.slope
        for k, bulk in enumerate(self._system.assembly.bulks):
            arrays |= {f"bulk{k}/{name}": value for name, value in bulk.state().items()}
        for k, interaction in enumerate(self._system.interactions):
            state: dict[str, Any] = getattr(interaction, "state", dict)()
            arrays |= {f"coupling{k}/{name}": value for name, value in state.items()}
        plain = {
            "key": self._key,
            "step": at.step,
            "fraction": at.fraction,
            "size": at.size,
            "factors": at.factors,
            "pivots": at.pivots,
            "failed": at.failed,
            "warnings": at.warnings,
            "records": at.records,
            "largest_N": at.largest_N,
            "increments": [asdict(i) for i in at.increments],
        }
        arrays["plain"] = np.array(json.dumps(plain))
        part = self._path.with_name(f"{self._path.stem}.part.npz")
        np.savez(part, **arrays)
        part.replace(self._path)

    def load(self, at: State) -> None:
        """Fill `at` and the histories from the file.

        Raises StorageError "storage.damaged", "solver.restart_differs".
        """
        from surgitwin.mechanics.fenicsx.solids.stepping import Increment

        try:
            with np.load(self._path, allow_pickle=False) as file:
                arrays = dict(file)
            plain = json.loads(str(arrays.pop("plain")))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise StorageError(
                "storage.damaged",
                f"The restart file {self._path.name} cannot be read: {error}.",
                hint="Delete it to begin from the start.",
                where=str(self._path),
            ) from error
        if plain["key"] != self._key:
            raise StorageError(
                "solver.restart_differs",
                f"The restart file {self._path.name} was made by another model.",
                hint="Delete it, or restore the model it belongs to.",
                where=str(self._path),
            )
        at.x, at.slope = arrays.pop("x"), arrays.pop("slope", None)
        at.step, at.fraction, at.size = plain["step"], plain["fraction"], plain["size"]
        at.factors, at.pivots, at.failed = plain["factors"], plain["pivots"], plain["failed"]
        at.warnings, at.records = plain["warnings"], plain["records"]
        at.largest_N = plain["largest_N"]
        at.increments = [Increment(**row) for row in plain["increments"]]
        self._system.assembly.set(at.x)
        for k, bulk in enumerate(self._system.assembly.bulks):
            bulk.restore(_under(f"bulk{k}/", arrays))
        for k, interaction in enumerate(self._system.interactions):
            restore = getattr(interaction, "restore", None)
            if restore is not None:
                restore(_under(f"coupling{k}/", arrays))


def fingerprint(model: Model) -> str:
    """Hash of everything that decides the result (not how increments are cut or systems solved)."""
    return content_hash(*_flat({f.name: getattr(model, f.name) for f in fields(model)
                                if f.name not in ("stepping", "linear", "outputs")}))  # fmt: skip


def _flat(value: Any) -> list[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        pairs = {f.name: getattr(value, f.name) for f in fields(value)}
        return [type(value).__name__, *_flat(pairs)]
    if isinstance(value, Mapping):
        return [item for k in value for item in (str(k), *_flat(value[k]))]
    if isinstance(value, list | tuple):
        return [str(len(value)), *(item for v in value for item in _flat(v))]
    return [value if isinstance(value, np.ndarray) else repr(value)]


def _under(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
