"""One of the linked 3D views of Compare: a heading, the picture, and what the probe reads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyvista as pv
from psygnal import Signal as Event
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane, Side
from surgitwin.report.words import figures, unit_text
from surgitwin.scene.difference import DIFFERENCES, RATIO
from surgitwin.scene.model import Layer, Scene, deformation_words
from surgitwin.scene.readout import Reading, read_at, undeformed
from surgitwin.viewer.comparing.model import Pane, Shown, displace
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.tools.base import ViewEvent
from surgitwin.viewer.views.scene_view import SceneView

PROBE = "probe"
PROBE_RGB = (0.0, 0.9, 1.0)
PROBE_MM = 2.5
"""Colour (in none of the maps) and radius of the ball at the probed place (display only)."""
CLIPPED = ("bone",)


class CompareView(SceneView):
    """Shows one `Pane`. `picked`: an LPS place in the undeformed bone that was clicked on."""

    picked = Event(object)

    def __init__(self, parent: QWidget | None = None, name: str = "compare") -> None:
        super().__init__(parent, name)
        self._paint = QTimer(self)
        self._paint.setSingleShot(True)
        self._paint.setInterval(0)
        self._paint.timeout.connect(self._render)
        self.pane: Pane | None = None
        self._common = ""
        self.place: FloatArray | None = None
        self.heading, self.details, self.reading = QLabel(self), QLabel(self), QLabel(self)
        self.heading.setObjectName("paneHeading")
        set_role(self.heading, "heading")
        self.reading.setObjectName("paneReading")
        set_role(self.reading, "figures")
        for label in (self.heading, self.details, self.reading):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.title.hide()
        for widget in (*self._view_buttons.values(), self.perspective):
            widget.hide()
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, self.heading)
        column.insertWidget(1, self.details)
        column.addWidget(self.reading)
        self.last: Reading | None = None

    def show_pane(
        self, pane: Pane, shown: Shown, frame: Frame, side: Side, factor: float, measured: bool = True
    ) -> None:
        """Draw a pane of `shown` with displacements `factor` times as large. The camera stays.

        measured: `frame` is a bone's; else it is the body's and letters are R, L, A, P, S, I.
        """
        self.pane, self._common = pane, shown.words
        displace(pane.layers, factor)
        self.setAccessibleName(f"3D view of {pane.plan.short}")
        self._factor = factor
        scale = shown.scale if pane.painted else None
        self.show_scene(Scene(pane.layers, frame, side, scale, self._said(), measured))
        self._untouched = False  # the camera belongs to the user and to the other views from now on
        self.bar.hide()
        self.heading.setText(pane.words[0])
        set_role(self.heading, "stale" if pane.stale else "heading")
        self.heading.setToolTip(pane.plan.title)
        self._elide()
        self.details.setToolTip("\n".join(pane.words[1:]))
        set_role(self.details, "stale" if pane.stale else "muted")
        self.put_probe(self.place)

    def _elide(self) -> None:
        """The words below the heading as far as they fit; all of them are in the tip."""
        if self.pane is not None:
            words = " · ".join(self.pane.words[1:])
            room = max(self.details.width(), 40)
            self.details.setText(
                self.details.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words that fit the new width."""
        super().resizeEvent(event)
        self._elide()

    def draw(self) -> None:
        """Draw once, in a turn of the event loop of its own, however often it was asked for."""
        self._soon.stop()
        if not self._paint.isActive():
            self._paint.start()

    def _render(self) -> None:
        """Only once Qt has made this view's OpenGL context: until then VTK would take another one."""
        if self.interactor.isValid():
            super().draw()

    def release(self) -> None:
        """Close the render window."""
        self._paint.stop()
        super().release()

    def _said(self) -> tuple[str, ...]:
        """What a picture of this view must say."""
        assert self.pane is not None
        drawn = (self._common, deformation_words(self._factor)) if self.pane.result is not None else ()
        return (*self.pane.words, *(x for x in drawn if x))

    def set_factor(self, factor: float) -> None:
        """Draw displacements `factor` times as large."""
        if self.pane is None or self.pane.result is None:
            return
        self._factor = factor
        self._put_ball()
        super().set_factor(factor)

    def tell_factor(self) -> None:
        """The words that pictures carry follow the factor (not at every step of the animation)."""
        if self.pane is not None:
            self.set_captions(self._said())

    def clip_bone(self, plane: Plane | None) -> None:
        """Cut the bone open at once, by the graphics card."""
        self.set_clip(plane, CLIPPED)

    def clicked(self, event: ViewEvent) -> None:
        """A click on a surface probes that place."""
        if event.point_mm is None:
            return
        group, name = event.picked
        layers = {x.name: x.data for x in self.groups.layers(group)}
        if group != PROBE and name in layers:
            self.picked.emit(undeformed(layers[name], event.point_mm))

    def put_probe(self, place_mm: npt.ArrayLike | None) -> Reading | None:
        """Mark a place of the undeformed bone and say the value there; None takes the mark away."""
        self.place = None if place_mm is None else np.asarray(place_mm, float)
        self.last = None
        if self.place is None:
            self.reading.setText("")
            self.set_layers(PROBE, ())
            return None
        pane = self.pane
        read = None
        if pane is not None and pane.reader is not None:
            read = pane.reader(self.place)
        elif pane is not None and pane.result is not None and pane.read:
            read = read_at(pane.result, pane.read, self.place)
        self.reading.setText(f"Probe: {reading_text(read)}")
        self.reading.setToolTip("" if read is None else f"Read on the {read.on}, {read.away_mm:.1f} mm away")
        self._put_ball()
        self.last = read
        return read

    def _put_ball(self) -> None:
        """The mark moves with the bone as it is drawn."""
        if self.place is None:
            return
        at = self.place
        if self.pane is not None and self.pane.result is not None and self._factor:
            bone = self.pane.result.bone
            nearest = int(((bone.mesh.points_mm - at) ** 2).sum(axis=1).argmin())
            at = at + self._factor * bone.displacement_mm[nearest]
        ball = pv.Sphere(radius=PROBE_MM, center=at.tolist())
        self.set_layers(PROBE, (Layer("probe", ball, PROBE_RGB),))


def reading_text(read: Reading | None) -> str:
    """What the probe says: value with unit, a difference with its sign; or why there is none."""
    if read is None:
        return "no result is painted"
    if read.value is None:
        return read.reason
    if read.name == RATIO:
        return f"× {figures(read.value, '1')}"
    sign = "+" if read.name in DIFFERENCES and read.value > 0 else ""
    return f"{sign}{figures(read.value, read.unit)}{unit_text(read.unit)}".replace("-", "−", 1)
