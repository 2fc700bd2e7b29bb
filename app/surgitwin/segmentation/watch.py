"""Times the steps of a preset while they run, with the parameters that each reads."""

from __future__ import annotations

import time

from surgitwin.core.progress import Progress
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import StepDone


class Watch:
    """`step` begins a step (its title as in the preset's table) and ends the one before; `done` ends all."""

    def __init__(self, preset: Preset, progress: Progress) -> None:
        self._preset, self._progress = preset, progress
        self._read = {s.title: s.parameters for s in preset.steps}
        self._rows: list[StepDone] = []
        self._title, self._began = "", 0.0

    def step(self, title: str, fraction: float, voxels: int | None = None) -> None:
        """Begin `title`; voxels: what the step before left."""
        self._end(voxels)
        self._title, self._began = title, time.perf_counter()
        self._progress(title, fraction)

    def done(self, voxels: int | None = None) -> tuple[StepDone, ...]:
        """End the last step; all rows."""
        self._end(voxels)
        self._title = ""
        self._progress("Segmented", 1.0)
        return tuple(self._rows)

    def _end(self, voxels: int | None) -> None:
        if self._title:
            used = {name: self._preset[name] for name in self._read.get(self._title, ())}
            self._rows.append(StepDone(self._title, time.perf_counter() - self._began, used, voxels))
