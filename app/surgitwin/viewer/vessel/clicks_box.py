"""Segment a vessel from two clicks, or let the program propose them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.anatomy.artery import propose_ends
from surgitwin.anatomy.root import propose_seeds
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume
from surgitwin.planning.site import ROOT, SITES, site_of
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.vessel.click_tool import ClickMarks, ClickTool

WHERE = {
    "aorta": "Click into the middle of the ascending aorta, above the root.",
    "ventricle": "Click into the outflow tract of the left ventricle, below the valve.",
    "start": "Click into the artery upstream of the narrowing, in healthy vessel.",
    "end": "Click into the same artery downstream of the narrowing.",
}
NO_CT = "A CT with contrast in Hounsfield units is needed."


class ClicksBox(QWidget):
    """One row a point, and the button that starts the segmentation."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.model is not None
        self._desk, self._session, self._model = desk, desk.session, desk.model
        self.site = site_of(self._session.case)
        self.names = SITES[self.site].clicks
        self.marks = ClickMarks(self._model)
        self._shown = False
        self._tool: ClickTool | None = None
        self._finder = Latest(self, desk.say_error)
        self.buttons: dict[str, QPushButton] = {}
        self.places: dict[str, QLabel] = {}
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        grid = QGridLayout()
        for n, name in enumerate(self.names):
            self._row(grid, n, name)
        self.propose = QPushButton("Propose the points", self)
        self.propose.setObjectName("proposeClicks")
        set_icon(self.propose, "propose")
        self.start = QPushButton(self)
        self.start.setObjectName("segmentVessel")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        row = QHBoxLayout()
        row.addWidget(self.propose)
        row.addWidget(self.start, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(grid)
        column.addWidget(self.words)
        column.addLayout(row)
        self.propose.clicked.connect(lambda _on: self.ask_proposal())
        self.start.clicked.connect(lambda _on: self.run())
        self._take_known()
        self.refresh("")

    def _row(self, grid: QGridLayout, n: int, name: str) -> None:
        label, place = QLabel(name.capitalize(), self), QLabel("", self)
        set_role(place, "figures")
        button = QPushButton("Click", self)
        button.setObjectName(f"click_{name}")
        button.setCheckable(True)
        button.setToolTip(WHERE[name])
        set_icon(button, "crosshair")
        button.clicked.connect(lambda on: self._toggle(name, on))
        grid.addWidget(label, n, 0)
        grid.addWidget(place, n, 1)
        grid.addWidget(button, n, 2)
        grid.setColumnStretch(1, 1)
        self.buttons[name], self.places[name] = button, place

    def _take_known(self) -> None:
        """The points that the vessel was measured from."""
        found: dict[str, Any] = (self._session.case.state.get(KEY) or {}).get("clicks") or {}
        if set(found) == set(self.names):
            self.marks.points = {n: np.array(found[n], float) for n in self.names}

    # ---- placing ------------------------------------------------------------------------------------

    def _toggle(self, name: str, on: bool) -> None:
        if not on:
            self._model.set_tool(None)
            return
        self._tool = ClickTool(name, WHERE[name], self.put)
        if self._desk.views is not None and self._desk.views.layout_name not in ("four", "wide"):
            self._desk.views.set_layout("four")
        if name in self.marks.points:
            self._model.set_crosshair(self.marks.points[name])
        self._model.set_tool(self._tool)
        self._desk.say(WHERE[name])

    def put(self, name: str, point_mm: FloatArray) -> None:
        """A point was clicked; the next one that is missing is asked for."""
        self.marks.points = {
            n: p for n, p in {**self.marks.points, name: point_mm}.items() if n in self.names
        }
        self._model.set_crosshair(point_mm)
        missing = next((n for n in self.names if n not in self.marks.points), None)
        if missing is None:
            self._model.set_tool(None)
        else:
            self._toggle(missing, True)
        self.refresh(self._why)
        self._model.overlays_changed.emit()

    def ask_proposal(self) -> None:
        """Look for the points in a worker."""
        self.propose.setEnabled(False)
        self.words.setText("Looking for the vessel ...")
        self._finder.ask(partial(_found, self._model.volume, self.site), self._proposed)

    def _proposed(self, points: tuple[FloatArray, FloatArray]) -> None:
        self.marks.points = dict(zip(self.names, points, strict=True))
        self._model.set_crosshair(points[0])
        self.refresh(self._why)
        self._model.overlays_changed.emit()
        self._desk.say("Look at both points in the slices before you segment: they are a proposal.")

    # ---- running ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Segment and measure as a job."""
        self._model.set_tool(None)
        jobs = self._desk.jobs
        if jobs is None:
            return
        clicks = {n: p.tolist() for n, p in self.marks.points.items()}
        title = f"Segment the {SITES[self.site].title.lower()}"
        arguments = {"preset": self.site, "clicks": clicks or None}
        self._desk.attempt(lambda: jobs.start("segment", arguments, title))

    def refresh(self, why_not: str) -> None:
        """why_not: why it cannot start now."""
        self._why = why_not
        volume = self._model.volume
        known = bool(self._session.case.state.get(KEY))
        placed = [n for n in self.names if n in self.marks.points]
        for name in self.names:
            point = self.marks.points.get(name)
            text = "not placed" if point is None else "({:.0f}, {:.0f}, {:.0f}) mm".format(*point)
            self.places[name].setText(text)
            self.buttons[name].setChecked(
                self._model.tool is self._tool and self._tool is not None and self._tool.name == name
            )
            self.buttons[name].setEnabled(not why_not)
        ready = why_not or ("" if volume.modality == "CT" and volume.unit == "HU" else NO_CT)
        if not ready and len(placed) == 1:
            ready = f"Place the point {next(n for n in self.names if n not in placed)} too."
        self.start.setText("Segment again" if known else "Segment")
        self.start.setEnabled(not ready)
        tip = "Trace the lumen between the two points and measure it"
        again = " anew: points moved by hand start from new proposals. It can be undone"
        self.start.setToolTip(ready or tip + (again if known else ""))
        self.propose.setEnabled(not why_not and not self._finder.busy)
        self.propose.setToolTip(why_not or "Let the program look for both points in the image")
        hint = "Two clicks start it, or let the program propose them." if not placed else ""
        self.words.setText(ready if ready and ready != why_not else hint)
        self.words.setVisible(bool(self.words.text()))

    def show_marks(self, on: bool) -> None:
        """Marks in the slices while the page is shown."""
        if on == self._shown:
            return
        self._shown = on
        if on:
            self._model.add_overlay(self.marks)
            self._model.tool_changed.connect(self._tool_changed)
        else:
            self._model.tool_changed.disconnect(self._tool_changed)
            if self._tool is not None and self._model.tool is self._tool:
                self._model.set_tool(None)
            self._model.remove_overlay(self.marks)

    def _tool_changed(self) -> None:
        self.refresh(self._why)

    _why = ""

    def release(self) -> None:
        """Stop the worker."""
        self.show_marks(False)
        self._finder.stop()


def _found(volume: Volume, site: str) -> tuple[FloatArray, FloatArray]:
    first, second, *_ = propose_seeds(volume) if site == ROOT else propose_ends(volume)
    return np.asarray(first, float), np.asarray(second, float)
