"""The part of the page Anatomy about vessel trees: measure, look at a branch, write files."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from surgitwin.anatomy.tree import NEXT_STEP, why_unusable
from surgitwin.segmentation import table
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.surfaces import SegmentSurfaces
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.trees.branch_box import BranchBox
from surgitwin.viewer.trees.branch_table import STALE
from surgitwin.viewer.trees.place import TreePlace
from surgitwin.viewer.trees.reading import VESSEL_WORDS
from surgitwin.viewer.trees.tiles import NO_SCALE, PlainTiles, TreeTiles
from surgitwin.viewer.trees.tree_files import TreeFiles
from surgitwin.viewer.trees.tree_scene import TreeScene
from surgitwin.viewer.vessel.notices_box import NoticesBox
from surgitwin.viewer.widgets.number_box import NumberBox
from surgitwin.viewer.windows import vessel_window

NO_SEGMENTS = "Segment a vessel first: by a preset, by hand, or from a file."
READY = "Finds centrelines, branches and narrowings of the vessels in this segment"


class TreePanel(QWidget):
    """Belongs to one open case. summary_changed: words for the fold's heading, and their role."""

    summary_changed = Signal(str, str)

    def __init__(self, desk: Desk, surfaces: SegmentSurfaces, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert desk.model is not None
        self.setObjectName("treePanel")
        self._desk, self._surfaces, self._why = desk, surfaces, ""
        self.place = TreePlace(desk, self)
        self.scene = TreeScene(self.place, self)
        self.tiles: PlainTiles | None = None
        self._show_soon = self._on = self._lit = False
        self._build()
        self.branch = BranchBox(self.place, self)
        self.notices = NoticesBox(desk.model, self)
        self.files = TreeFiles(self.place, self)
        self._lay_out()
        self.place.changed.connect(self._changed)
        self.place.moved.connect(self._moved)
        if desk.jobs is not None:
            desk.jobs.finished.connect(self._job_over)
        self._changed()

    def _build(self) -> None:
        self.fault = QLabel(self)
        self.fault.setObjectName("treeFault")
        self.fault.setWordWrap(True)
        set_role(self.fault, "error")
        self.segment = QComboBox(self)
        self.segment.setObjectName("treeSegment")
        self.segment.setAccessibleName("Segment of the vessels")
        unit = "mm" if self.place.model.volume.scale_known else "units"
        self.least = NumberBox(
            "Least mean diameter of an end branch", unit, 0.0, 50.0, 0.5, self,
            tip="End branches whose mean diameter is less are left out: noise and small side branches. A "
            "thinner one that leads to wider ones stays. 0: none is left out",
        )  # fmt: skip
        self.least.setObjectName("treeLeast")
        self.least.setValue(self.place.least_mm)
        self.here = QCheckBox("Begin at the crosshair", self)
        self.here.setObjectName("treeHere")
        self.here.setToolTip(
            "Click into the vessel where the blood enters, then measure. Without it the tree begins at "
            "the free end of the widest branch"
        )
        self.start = QPushButton("Vessel tree", self)
        self.start.setObjectName("treeStart")
        set_icon(self.start, "play", "on_accent")
        set_role(self.start, "primary")
        self.state = QLabel(self)
        self.state.setObjectName("treeState")
        self.state.setWordWrap(True)
        self.colours = QComboBox(self)
        self.colours.setObjectName("treeColours")
        self.colours.addItem("Colour: branch", False)
        self.colours.addItem("Colour: diameter", True)
        self.views = QPushButton("Vessel views", self)
        self.views.setObjectName("treeViews")
        self.views.setToolTip("3D view, reformats, section, diameter curve and table of the branches")
        set_icon(self.views, "vessel-views")
        self.segment.activated.connect(lambda _: self.place.set_segment(self.segment.currentData()))
        self.start.clicked.connect(lambda _: self.measure())
        self.colours.activated.connect(lambda _: self.scene.set_by_diameter(self.colours.currentData()))
        self.views.clicked.connect(lambda _: self.show_views())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for n, (words, widget) in enumerate((("Segment", self.segment), ("Thinnest branch, Ø", self.least))):
            label = QLabel(words, self)
            label.setBuddy(widget)
            grid.addWidget(label, n, 0)
            grid.addWidget(widget, n, 1)
        column.addWidget(self.fault)
        column.addLayout(grid)
        column.addWidget(self.here)
        column.addWidget(self.start)
        column.addWidget(self.state)
        self.found = QWidget(self)
        inner = QVBoxLayout(self.found)
        inner.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.views, 1)
        row.addWidget(self.colours, 1)
        inner.addLayout(row)
        for part in (self.branch, self.notices, self.files):
            inner.addWidget(part)
        column.addWidget(self.found)

    # ---- doing --------------------------------------------------------------------------------------

    def measure(self, *, leave_out: bool = False) -> None:
        """Start the job; its views come to the front when it is over."""
        self._show_soon = True
        self.place.measure(self.least.value(), at_crosshair=self.here.isChecked(), leave_out=leave_out)

    def show_views(self) -> None:
        """Bring the views of the tree to the front."""
        if self._desk.views is None or self.place.reading is None:
            return
        if self.tiles is None:
            kind = TreeTiles if self.place.model.volume.scale_known else PlainTiles
            self.tiles = kind(self.place, self._desk.views, self)
        self.tiles.show()
        if self.place.spot is not None:
            self.place.go(self.place.spot)

    @property
    def wanted(self) -> bool:
        """Whether the case holds a tree, or a segment that is called like a vessel."""
        name = self.place.segment.lower()
        return self.place.has_tree or any(w in name for w in VESSEL_WORDS)

    def show_tree(self, on: bool) -> None:
        """With the page; without it the views go back to slices."""
        self._on = self.place.on = on
        self.scene.show(on)
        self._glass()
        if not on and self.tiles is not None and self.tiles.shown and self._desk.views is not None:
            self._desk.views.set_layout("four")

    def _job_over(self, job: object) -> None:
        if getattr(job, "kind", "") == "tree" and self._show_soon:
            self.place.read()

    # ---- following ----------------------------------------------------------------------------------

    def _changed(self) -> None:
        reading = self.place.reading
        self._fill_segments()
        self._light()
        self.found.setVisible(reading is not None)
        self._say()
        if reading is not None:
            metric = reading.tree.metric
            self.colours.setEnabled(metric)
            self.colours.setToolTip("What the colours of the centrelines say" if metric else NO_SCALE)
            self.notices.show_notices(reading.tree.notices, "")
            if self._show_soon and self._on:
                self._show_soon = False
                self.here.setChecked(False)
                self.show_views()
        self._glass()
        self.refresh(self._why)

    def _moved(self) -> None:
        self.refresh(self._why)

    def _light(self) -> None:
        """A CT of vessels is shown in their window, once and unless the user chose another."""
        model = self.place.model
        untouched = (model.window, model.level) == model.first_window
        if self.wanted and not self._lit and model.volume.unit == "HU" and untouched:
            self._lit = True
            model.set_window(*vessel_window())

    def _glass(self) -> None:
        shown = self._on and self.place.reading is not None
        self._surfaces.see_through(self.place.segment if shown else "")

    def _fill_segments(self) -> None:
        names = self.place.segments
        if [self.segment.itemData(n) for n in range(self.segment.count())] != list(names):
            self.segment.clear()
            for name in names:
                self.segment.addItem(table.title(name), name)
        self.segment.setCurrentIndex(self.segment.findData(self.place.segment))

    def _say(self) -> None:
        """What there is, under the button and beside the heading; why it cannot be used, at the top."""
        reading = self.place.reading
        fault = "" if reading is None else why_unusable(reading.tree)
        self.fault.setText(f"Not usable: {fault}. {NEXT_STEP}" if fault else "")
        self.fault.setVisible(bool(fault))
        if reading is None:
            words, role, summary = "", "muted", ""
        elif not reading.current:
            words, role, summary = STALE, "warning", "out of date"
        else:
            tree = reading.tree
            forks = sum(j.kind == "bifurcation" for j in tree.joints)
            words = f"{len(tree.branches)} branches, {forks} bifurcations."
            words += "" if tree.metric else f" {NO_SCALE}"
            role = "muted" if tree.metric else "warning"
            summary = "not usable" if fault else f"{len(tree.branches)} branches"
        self.state.setText(words)
        self.state.setVisible(bool(words))
        set_role(self.state, role)
        alert = "error" if fault else role
        self.summary_changed.emit(summary, alert if summary in ("out of date", "not usable") else "muted")

    def refresh(self, why_not: str) -> None:
        """why_not: why nothing can be measured now, ""."""
        self._why = why_not
        why = why_not or ("" if self.place.segment else NO_SEGMENTS)
        self.start.setEnabled(not why)
        self.start.setText("Vessel tree" if self.place.reading is None else "Measure again")
        self.start.setToolTip(why or READY)
        self.branch.refresh(why, partial(self.measure, leave_out=True))

    @property
    def busy(self) -> bool:
        """Whether something is read or drawn."""
        tiles = self.tiles is not None and self.tiles.busy
        return self.place.busy or self.scene.busy or tiles

    def release(self) -> None:
        """Stop listening and computing; take views and layers away."""
        if self._desk.jobs is not None:
            self._desk.jobs.finished.disconnect(self._job_over)
        self.scene.release()
        if self.tiles is not None:
            self.tiles.release()
            self.tiles = None
        self.place.release()
