"""The measurements of the open case as the views show and change them; every change is one undo step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.planning import measurements as ms
from surgitwin.planning.measurements import Measurement
from surgitwin.planning.session import Session
from surgitwin.viewer.model import ViewModel


class MeasureStore:
    """`changed`: something to draw again; `selection_changed`: another measurement is chosen ("" none)."""

    changed = Signal()
    selection_changed = Signal(str)

    def __init__(self, session: Session, model: ViewModel) -> None:
        self.session, self.model = session, model
        self.selected = ""
        self.shown = True
        self.held: Measurement | None = None
        """A measurement while one of its points is dragged: drawn in place of the kept one."""
        self._volume: Volume | None = None
        """The image that the values are of; None while it is being read."""
        self._kept: tuple[Measurement, ...] = self._read()
        session.changed.connect(self._session_changed)
        model.voxels_changed.connect(self._image_changed)

    def release(self) -> None:
        """Stop listening."""
        self.session.changed.disconnect(self._session_changed)
        self.model.voxels_changed.disconnect(self._image_changed)

    def _session_changed(self, topics: frozenset[str]) -> None:
        if not topics & {ms.KEY, "image", "image_hash"}:
            return
        self._kept = self._read()
        self.held = None
        if self.selected and self.get(self.selected) is None:
            self.select("")
        self.changed.emit()

    def _image_changed(self) -> None:
        """Another image is shown (or labels changed): values of the former one are measured again."""
        if (self.model.volume if self._shown() else None) is not self._volume:
            self._kept, self.held = self._read(), None
            self.changed.emit()

    def _read(self) -> tuple[Measurement, ...]:
        """The measurements of the case, with values of its present image."""
        volume = self._volume = self.model.volume if self._shown() else None
        return tuple(ms.present(m, volume, self._image) for m in ms.from_state(self.session.case.state))

    @property
    def _image(self) -> str:
        return str(self.session.case.state.get("image_hash", ""))

    @property
    def _measured(self) -> str:
        """Hash of the image that the model shows, "" when it is not the case's."""
        return self._image if self._shown() else ""

    def _shown(self) -> bool:
        """Whether the model shows the case's image; after a reduction that is read in a worker."""
        case = self.session.case
        name = case.state.get("image")
        return name is None or case.memory.get("volume") == (name, self.model.volume)

    @property
    def all(self) -> tuple[Measurement, ...]:
        """As they are drawn now."""
        held = self.held
        return tuple(held if held is not None and m.id == held.id else m for m in self._kept)

    def get(self, key: str) -> Measurement | None:
        """The measurement with an id."""
        return next((m for m in self.all if m.id == key), None)

    def preview(self, kind: str, points_mm: npt.ArrayLike, plane: str) -> Measurement:
        """What `add` would keep."""
        return ms.new(self._kept, kind, points_mm, plane, self.model.volume, self._measured)

    def add(self, kind: str, points_mm: npt.ArrayLike, plane: str) -> Measurement:
        """Keep a new measurement and choose it. StorageError when the case is open for reading only."""
        made = self.preview(kind, points_mm, plane)
        self._edit(f"Measure: {made.name}", (*self._kept, made))
        self.select(made.id)
        return made

    def hold(self, key: str, index: int, point_mm: FloatArray) -> None:
        """Draw a measurement with one point elsewhere, before `drop` keeps it."""
        kept = self.held if self.held is not None and self.held.id == key else self.get(key)
        if kept is not None:
            self.held = ms.moved(kept, index, point_mm, self.model.volume, self._measured)
            self.changed.emit()

    def drop(self) -> None:
        """Keep what was held."""
        held, self.held = self.held, None
        if held is not None and held != self.get(held.id):
            self.replace(f"Move {held.name}", held)

    def let_go(self) -> None:
        """Forget what was held."""
        if self.held is not None:
            self.held = None
            self.changed.emit()

    def replace(self, step: str, measurement: Measurement) -> None:
        """Put `measurement` in place of the one with its id."""
        self._edit(step, tuple(measurement if m.id == measurement.id else m for m in self._kept))

    def rename(self, key: str, name: str) -> None:
        """Give a measurement another name; an empty or unchanged one is ignored."""
        found = self.get(key)
        if found is not None and name.strip() and name.strip() != found.name:
            self.replace(f"Rename {found.name}", replace(found, name=name.strip()))

    def delete(self, key: str) -> None:
        """Take a measurement away."""
        found = self.get(key)
        if found is not None:
            self.held = None
            self._edit(f"Delete {found.name}", tuple(m for m in self._kept if m.id != key))

    def select(self, key: str) -> None:
        """Choose a measurement ("" for none)."""
        if key != self.selected:
            self.selected = key
            self.selection_changed.emit(key)
            self.changed.emit()

    def go_to(self, key: str) -> None:
        """Bring the crosshair to a measurement and choose it."""
        found = self.get(key)
        if found is not None:
            self.model.set_crosshair(found.centre_mm)
            self.select(key)

    def show(self, shown: bool) -> None:
        """Draw measurements over the images or not."""
        self.shown = shown
        self.changed.emit()

    def _edit(self, step: str, measurements: tuple[Measurement, ...]) -> None:
        self.session.edit(step, state=ms.to_state(measurements))

    # ---- where they are on a slice -------------------------------------------------------------

    def on_slice(self, measurement: Measurement, normal: FloatArray) -> npt.NDArray[np.bool_]:
        """(n,) which of its points lie on the slice with unit `normal` through the crosshair."""
        axis = int(np.argmax(np.abs(self.model.axes.axes.T @ normal)))
        plane = ("sagittal", "coronal", "axial")[axis]
        slab = self.model.planes[plane].slab.thickness_mm
        reach = max(float(self.model.axes.step_mm[axis]), slab) / 2 + 1e-3
        away = (np.asarray(measurement.points_mm, float) - self.model.crosshair_mm) @ normal
        out: npt.NDArray[np.bool_] = np.abs(away) <= reach
        return out
