"""Segments in the 3D view: smooth surfaces made in a thread, that follow edits block by block."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pyvista as pv
from PySide6.QtCore import QObject, QTimer, Signal

from surgitwin.core.image import Segment
from surgitwin.planning.segments.looks import look_of
from surgitwin.scene.label_surface import LabelSurface
from surgitwin.scene.model import Layer
from surgitwin.segmentation.morphology import Box
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.latest import Latest

GLASS = 0.2
"""Opacity of a segment in which something else is shown (display only)."""


def group_name(label: int) -> str:
    """Group of a segment's surface in the 3D view."""
    return f"segment:{label}"


class SegmentSurfaces(QObject):
    """Call `follow(box)` after voxels or the table changed, `restyle` after looks did, `show(on)` with the
    page.

    While the page is not shown only segments marked "keep out" stay in the 3D view. `drawn`: the surfaces
    are those of the present labels; `counted`: label -> volume in ml.
    """

    drawn = Signal()
    counted = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._surfaces: dict[int, LabelSurface] = {}
        self._data: dict[int, pv.PolyData] = {}
        self._drawn: dict[str, Layer] = {}
        self._todo: dict[str, Layer] = {}
        self._one_by_one = QTimer(self)
        self._one_by_one.setSingleShot(True)
        self._one_by_one.timeout.connect(self._draw_one)
        self._boxes: list[Box] = []
        self._lock = threading.Lock()
        self._array: Any = None
        self._on = False
        self._glass = ""
        self._all_anew = False
        self._latest = Latest(self, desk.say_error)

    def show(self, on: bool) -> None:
        """The page of the segments is shown, or another one."""
        self._on = on
        if on and not self._data and not self._latest.busy:
            self.follow(None)
        self.restyle()

    def see_through(self, name: str) -> None:
        """Draw a segment as glass, so that what lies in it is seen; "" for none."""
        if name != self._glass:
            self._glass = name
            self.restyle()

    def follow(self, box: Box | None) -> None:
        """Voxels in `box` [k, j, i] changed (None: only the table of segments)."""
        session = self._desk.session
        if session is None:
            return
        array, segments = session.label_array, session.labels.segments if session.labels else ()
        fresh, self._array = array is not self._array, array
        with self._lock:
            if fresh:
                self._all_anew = True
            elif box is not None:
                self._boxes.append(box)
        self._latest.ask(lambda: self._compute(array, segments), self._arrived)

    def _compute(self, array: Any, segments: tuple[Segment, ...]) -> dict[int, pv.PolyData]:
        """In the thread: bring every surface up to date; the new data."""
        with self._lock:
            boxes, self._boxes = self._boxes, []
            anew, self._all_anew = self._all_anew, False
        if array is None:
            self._surfaces.clear()
            return {}
        grid = self._desk.model.volume.grid if self._desk.model is not None else None
        if grid is None:
            return {}
        whole: Box = (slice(0, array.shape[0]), slice(0, array.shape[1]), slice(0, array.shape[2]))
        labels = {s.label for s in segments}
        for gone in self._surfaces.keys() - labels:
            del self._surfaces[gone]
        out: dict[int, pv.PolyData] = {}
        for label in labels:
            new = label not in self._surfaces
            surface = self._surfaces.setdefault(label, LabelSurface(grid, label))
            for box in [whole] if new or anew else boxes:
                surface.update(array, box)
            out[label] = surface.data()
        return out

    def _arrived(self, data: dict[int, pv.PolyData]) -> None:
        self._data = data
        self.restyle()
        model = self._desk.model
        if model is not None:
            ml = model.volume.grid.voxel_volume_mm3 / 1000
            self.counted.emit({n: ml * x.voxels for n, x in list(self._surfaces.items())})

    def restyle(self) -> None:
        """Colours, opacity and eyes as the model has them now."""
        views, model, session = self._desk.views, self._desk.model, self._desk.session
        if views is None or model is None or session is None:
            return
        state: Mapping[str, Any] = session.case.state
        wanted: dict[str, Layer] = {}
        for segment in session.labels.segments if session.labels else ():
            look, data = model.looks.get(segment.label), self._data.get(segment.label)
            if look is None or data is None or not data.n_points or not look.visible:
                continue
            if self._on or look_of(state, segment.name).keep_out:
                opacity = look.opacity if look.opacity_given else 1.0
                opacity = min(opacity, GLASS) if segment.name == self._glass else opacity
                wanted[group_name(segment.label)] = Layer(segment.name, data, look.rgb, opacity)
        for group in self._drawn.keys() - wanted.keys():
            views.scene.set_layers(group, ())
            del self._drawn[group]
        self._todo = {g: x for g, x in wanted.items() if not _same(self._drawn.get(g), x)}
        self._one_by_one.start()

    def _draw_one(self) -> None:
        """One surface each turn of the event loop: the window answers in between."""
        if self._todo and self._desk.views is not None:
            group, layer = self._todo.popitem()
            self._drawn[group] = layer
            self._desk.views.scene.set_layers(group, (layer,))
        if self._todo:
            self._one_by_one.start()
        elif not self._latest.busy:
            self.drawn.emit()

    @property
    def busy(self) -> bool:
        """Whether surfaces are being made."""
        return self._latest.busy or self._one_by_one.isActive()

    def release(self) -> None:
        """Stop computing and drawing."""
        self._one_by_one.stop()
        self._latest.stop()


def _same(drawn: Layer | None, layer: Layer) -> bool:
    """Whether a layer is drawn already as it should be."""
    if drawn is None or drawn.data is not layer.data:
        return False
    return (drawn.name, drawn.colour, drawn.opacity) == (layer.name, layer.colour, layer.opacity)
