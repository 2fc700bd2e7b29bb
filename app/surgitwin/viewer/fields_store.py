"""Fields of the results in memory: read when first asked for, the ones used longest ago go. Without Qt."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from surgitwin.scene.model import PlanResult

KEPT_MB = 600.0
"""Memory for fields (setting); what is shown at the moment stays in any case, its views hold it."""

Key = tuple[str, str]
"""Hash of the result and load case."""


def size_mb(result: PlanResult) -> float:
    """Memory of a result's meshes and fields in MB, with what drawing adds (about as much again)."""
    total = 0
    for one in result.meshes:
        arrays = (one.mesh.points_mm, one.mesh.cells, one.mesh.part, one.displacement_mm)
        total += sum(a.nbytes for a in (*arrays, *one.fields.values()))
    return 2 * total / 1e6


class FieldsStore:
    """The fields used last, up to `limit_mb`; may be used from any thread."""

    def __init__(self, limit_mb: float = KEPT_MB) -> None:
        self._limit_mb = limit_mb
        self._kept: OrderedDict[Key, tuple[PlanResult, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], PlanResult]) -> PlanResult:
        """The fields of `key`, read when they are not in memory."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found[0]
        result = read()
        with self._lock:
            self._kept[key] = (result, size_mb(result))
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and self.used_mb > self._limit_mb:
                self._kept.popitem(last=False)
        return result

    @property
    def used_mb(self) -> float:
        """Memory in use."""
        return sum(size for _, size in self._kept.values())

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is in memory, the one used last at the end."""
        return tuple(self._kept)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
