"""Fields of one load case at a time: computed in a worker when first asked for, few kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from surgitwin.core.progress import SILENT, Progress
from surgitwin.scene.fields import FIELDS, ColourScale
from surgitwin.scene.model import PlanResult, has_field, result_layers, scale_over
from surgitwin.viewer.worker import Worker

KEPT_LOADS = 2
"""Load cases held at a time: the two that a user goes back and forth between (memory only)."""


@dataclass(frozen=True, eq=False)
class LoadFields:
    """One load case: fields by plan and, by field, one colour scale over all plans."""

    results: Mapping[str, PlanResult]
    scales: Mapping[str, ColourScale]


def compute_fields(
    source: Callable[[str], Mapping[str, PlanResult]], load: str, progress: Progress = SILENT
) -> LoadFields:
    """Fields of `load` with their scales; outer surfaces are found here, so that drawing does not wait."""
    progress(f"Computing the fields of {load}", 0.0)
    results = source(load)
    scales = {}
    for name in FIELDS:
        having = [r for r in results.values() if has_field(r, name)]
        if having:
            scales[name] = scale_over(having, name)
    for result in results.values():
        result_layers(result, "displacement")
    return LoadFields(results, scales)


class FieldsStore:
    """The last `KEPT_LOADS` load cases."""

    def __init__(self, source: Callable[[str], Mapping[str, PlanResult]] | None) -> None:
        self._source = source
        self._kept: OrderedDict[str, LoadFields] = OrderedDict()

    def get(self, load: str) -> LoadFields | None:
        """The fields of `load` when they are in memory."""
        found = self._kept.get(load)
        if found is not None:
            self._kept.move_to_end(load)
        return found

    def compute(self, load: str, progress: Progress = SILENT) -> LoadFields:
        """Compute the fields of `load`; in a worker. Does not store them."""
        if self._source is None:
            raise ValueError("the case has no results")
        return compute_fields(self._source, load, progress)

    def put(self, load: str, fields: LoadFields) -> None:
        """Keep `fields`; the load case that was not used for longest goes."""
        self._kept[load] = fields
        self._kept.move_to_end(load)
        while len(self._kept) > KEPT_LOADS:
            self._kept.popitem(last=False)

    @property
    def loads(self) -> tuple[str, ...]:
        """Load cases in memory, the one used last at the end."""
        return tuple(self._kept)


class FieldsLoader(QObject):
    """Computes load cases for the views, one at a time, the one wanted last first."""

    ready = Signal(str)
    failed = Signal(object)

    def __init__(self, store: FieldsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._worker: Worker | None = None
        self._wanted = ""

    def want(self, load: str) -> bool:
        """Whether the fields of `load` are there; when not they come with `ready`."""
        if self._store.get(load) is not None:
            return True
        self._wanted = load
        if self._worker is None:
            self._start(load)
        return False

    def _start(self, load: str) -> None:
        self._worker = Worker(partial(self._store.compute, load), self)
        self._worker.finished_with.connect(partial(self._store.put, load))
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(partial(self._ended, load))
        self._worker.start()

    def _ended(self, load: str) -> None:
        self._worker = None
        if self._store.get(load) is not None:
            self.ready.emit(load)
        if self._wanted not in ("", load) and self._store.get(self._wanted) is None:
            self._start(self._wanted)

    def stop(self) -> None:
        """End the work under way."""
        self._wanted = ""
        if self._worker is not None:
            self._worker.stop_and_wait()
