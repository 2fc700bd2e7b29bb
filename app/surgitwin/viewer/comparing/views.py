"""The grid of linked 3D views of Compare, with one colour bar and one row of view buttons for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane, Side
from surgitwin.scene.cameras import BONE_VIEWS
from surgitwin.scene.deformation import swing
from surgitwin.scene.readout import Reading
from surgitwin.viewer.comparing.model import Pane, Shown
from surgitwin.viewer.comparing.sheet import Capture, columns_for
from surgitwin.viewer.comparing.view import CompareView
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.views.colour_bar import ColourBar
from surgitwin.viewer.views.scene_camera import VIEW_BUTTONS
from surgitwin.viewer.views.view_pictures import scene_pixels

LINK_MS = 25
FRAME_MS = 40
SWING_S = 2.5
"""Pause before the other views follow a turn, pause between two pictures and length of one swing of the
animation (handling only)."""


class CompareViews(QWidget):
    """Shows a `Shown`: views are made and filled one per turn of the event loop. ready: all are drawn.

    read: after a click, plan name -> `Reading` (None: the mark was taken away).
    """

    ready = Signal()
    read = Signal(object)
    playing_changed = Signal(bool)

    def __init__(
        self, frame: Frame, side: Side, parent: QWidget | None = None, *, measured: bool = True
    ) -> None:
        super().__init__(parent)
        self._frame, self._side, self._measured = frame, side, measured
        self.views: list[CompareView] = []
        self.shown: Shown | None = None
        self.place: FloatArray | None = None
        self.factor, self._only, self._columns = 0.0, -1, 1
        self._todo: list[Callable[[], None]] = []
        self._source: CompareView | None = None
        self._steps, self._follow, self._clock = QTimer(self), QTimer(self), QTimer(self)
        self._steps.timeout.connect(self._step)
        self._follow.setSingleShot(True)
        self._follow.timeout.connect(self._link_now)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(self._swing)
        self._began = 0.0
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        row = QHBoxLayout()
        self.words, self.busy = QLabel("", self), QLabel("", self)
        self.words.setObjectName("compareWords")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_role(self.busy, "muted")
        row.addWidget(self.words, 1)
        row.addWidget(self.busy)
        for view in BONE_VIEWS:
            bone, letter, words = VIEW_BUTTONS[view]
            seen = view if self._measured else words
            button = QPushButton(bone if self._measured else letter, self)
            button.setObjectName(f"compare_{view}")
            button.setProperty("small", True)
            button.setToolTip(f"Look from {seen}, in all views")
            button.setAccessibleName(f"{view} view" if self._measured else f"view from {words}")
            button.clicked.connect(lambda _=False, v=view: self.look_from(v))
            row.addWidget(button)
        self.link = QPushButton("Linked", self)
        self.link.setObjectName("linkViews")
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.setProperty("small", True)
        self.link.setToolTip("Linked: all views turn, move and zoom together. Off: each by itself.")
        set_icon(self.link, "link")
        self.link.toggled.connect(self._linked)
        row.addWidget(self.link)
        column.addLayout(row)
        body = QHBoxLayout()
        body.setSpacing(2)
        self._place = QWidget(self)
        self._place.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._grid = QGridLayout(self._place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(3)
        self.bar = ColourBar(self)
        body.addWidget(self._place, 1)
        body.addWidget(self.bar)
        column.addLayout(body, 1)

    def set_frame(self, frame: Frame, side: Side) -> None:
        """The bone was measured again: directions of the views from the next picture on."""
        self._frame, self._side = frame, side

    # ---- what is shown ------------------------------------------------------------------------------

    @property
    def visible_views(self) -> list[CompareView]:
        """Views in use, in the order of the plans."""
        count = 0 if self.shown is None else len(self.shown.panes)
        return self.views[:count]

    def show_all(self, shown: Shown, factor: float) -> None:
        """Show `shown` with displacements drawn `factor` times as large, over the next turns of the loop."""
        self.shown, self.factor = shown, factor
        self.bar.set_scale(shown.scale)
        self._todo = [partial(self._fill, n, pane) for n, pane in enumerate(shown.panes)]
        self._todo.append(self._finish)
        self._steps.start(0)

    def _step(self) -> None:
        if not self._todo:
            self._steps.stop()
            return
        task = self._todo.pop(0)
        task()

    def _fill(self, n: int, pane: Pane) -> None:
        """Make the view of a pane (a turn of its own), or draw into it."""
        if n >= len(self.views):
            self._make()
            self._todo.insert(0, partial(self._fill, n, pane))
            return
        assert self.shown is not None
        view = self.views[n]
        view.place = self.place
        new = view.pane is None
        view.show_pane(pane, self.shown, self._frame, self._side, self.factor, self._measured)
        if new and n and self.link.isChecked():
            view.copy_camera(self.views[0])

    def _make(self) -> None:
        view = CompareView(self, f"compare{len(self.views)}")
        view.camera_moved.connect(lambda v=view: self._moved(v))
        view.picked.connect(self.probe)
        view.maximise_asked.connect(lambda _name, v=view: self._maximise(v))
        self.views.append(view)
        self._arrange(len(self.shown.panes) if self.shown is not None else 0)

    def _finish(self) -> None:
        assert self.shown is not None
        count = len(self.shown.panes)
        self._only = -1
        self._arrange(count)
        if self.link.isChecked() and self.views:
            self._moved(self.views[0])
        self._tell_readings()
        self.words.setText(self.shown.words)
        self.ready.emit()

    def _arrange(self, count: int) -> None:
        """Put the views in use into the grid that shows a long bone largest; hide the others."""
        seen = [n for n in range(count) if self._only in (-1, n)]
        self._columns = columns = columns_for(len(seen), self._place.width(), self._place.height())
        for view in self.views:
            self._grid.removeWidget(view)
        for n, view in enumerate(self.views):
            view.setVisible(n in seen)
        for k, n in enumerate(seen):
            if n < len(self.views):
                self._grid.addWidget(self.views[n], k // columns, k % columns)
        for k in range(self._grid.columnCount()):
            self._grid.setColumnStretch(k, 1 if k < columns else 0)
        for k in range(self._grid.rowCount()):
            self._grid.setRowStretch(k, 1 if k * columns < len(seen) else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another grid when that shows the bones larger."""
        super().resizeEvent(event)
        seen = sum(v.isVisible() for v in self.visible_views)
        if not self._todo and columns_for(seen, self._place.width(), self._place.height()) != self._columns:
            self._arrange(len(self.visible_views))

    def _maximise(self, view: CompareView) -> None:
        """A double click shows one view alone, another one all of them."""
        n = self.views.index(view)
        self._only = -1 if self._only == n else n
        self._arrange(len(self.visible_views))

    # ---- camera -------------------------------------------------------------------------------------

    def look_from(self, direction: str) -> None:
        """All views from a named direction."""
        for view in self.visible_views:
            view.look_from(direction)

    def _linked(self, on: bool) -> None:
        if on and self.visible_views:
            self._moved(self.visible_views[0])

    def _moved(self, view: CompareView) -> None:
        if self.link.isChecked() and not self._follow.isActive():
            self._source = view
            self._follow.start(LINK_MS)

    def _link_now(self) -> None:
        source = self._source
        if source is not None and self.link.isChecked():
            for view in self.visible_views:
                if view is not source and view.isVisible():
                    view.copy_camera(source)

    # ---- motion and cut -----------------------------------------------------------------------------

    def set_factor(self, factor: float) -> None:
        """Draw displacements `factor` times as large in all views."""
        self.factor = factor
        for view in self.visible_views:
            view.set_factor(factor)
            view.tell_factor()

    @property
    def playing(self) -> bool:
        """Whether the motion is animated."""
        return self._clock.isActive()

    def play(self, on: bool) -> None:
        """Swing between rest and the full load; stopping returns to the chosen factor."""
        if on == self.playing:
            return
        if on:
            self._began = time.monotonic()
            self._clock.start()
        else:
            self._clock.stop()
            self.set_factor(self.factor)
        self.playing_changed.emit(on)

    def _swing(self) -> None:
        phase = (time.monotonic() - self._began) / SWING_S % 1.0
        for view in self.visible_views:
            if view.isVisible():
                view.set_factor(self.factor * swing(phase))

    def clip(self, plane: Plane | None) -> None:
        """Cut the bones open at once; the true cut comes with the next `Shown`."""
        for view in self.visible_views:
            view.clip_bone(plane)

    # ---- probe --------------------------------------------------------------------------------------

    def probe(self, place_mm: npt.ArrayLike | None) -> dict[str, Reading | None]:
        """Read the field at one place of the undeformed bone in every view; None takes the mark away."""
        self.place = None if place_mm is None else np.asarray(place_mm, float)
        for view in self.visible_views:
            view.put_probe(self.place)
        return self._tell_readings()

    def _tell_readings(self) -> dict[str, Reading | None]:
        out = {v.pane.plan.name: v.last for v in self.visible_views if v.pane is not None}
        self.read.emit(out if self.place is not None else None)
        return out

    # ---- pictures -----------------------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Columns of the grid now."""
        return self._columns

    def capture(self) -> list[Capture]:
        """What every view that is seen shows, for `sheet_of`."""
        seen = [v for v in self.visible_views if v.isVisible()]
        return [(scene_pixels(v), v.title_lines, v.scale) for v in seen]

    def release(self) -> None:
        """Stop timers and close the render windows."""
        for timer in (self._steps, self._follow, self._clock):
            timer.stop()
        self._todo.clear()
        for view in self.views:
            view.release()
        self.views.clear()
        self.shown = None
