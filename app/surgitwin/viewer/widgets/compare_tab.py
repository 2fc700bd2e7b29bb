"""Compare: two linked 3D views on one colour scale above the verdict and the table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from surgitwin.core.frame import Side
from surgitwin.report.words import name_text
from surgitwin.scene.fields import FIELDS
from surgitwin.scene.model import Scene, deformation_words
from surgitwin.viewer.fields_store import FieldsLoader
from surgitwin.viewer.prepare import Prepared, scene_layers
from surgitwin.viewer.widgets.compare import MetricsTable, verdict_label
from surgitwin.viewer.widgets.scene_view import SceneView

COMPUTING = "Computing the fields ..."


class CompareTab(QWidget):
    """Shows the first two plans side by side; made when the tab is first opened."""

    def __init__(self, prepared: Prepared, loader: FieldsLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prepared, self._loader = prepared, loader
        self.table: MetricsTable | None = None
        self._linking = False
        case = prepared.case
        self.load, self.field = QComboBox(self), QComboBox(self)
        self.load.setAccessibleName("load")
        self.field.setAccessibleName("field")
        for name in case.loads:
            self.load.addItem(name_text(name, case.names), name)
        self.load.setCurrentIndex(max(self.load.findData(case.first_load), 0))
        self.field.addItem("Anatomy and implants", "")
        for name in prepared.field_names:
            self.field.addItem(FIELDS[name].label, name)
        self.field.setCurrentIndex(max(self.field.findData("stress_vm"), 0))
        self.views = [SceneView(self, f"compare{n}") for n in range(min(len(case.plans), 2))]
        self._lay_out()
        for view in self.views:
            view.camera_moved.connect(lambda v=view: self._link(v))
        self.load.currentIndexChanged.connect(lambda _: self.draw())
        self.field.currentIndexChanged.connect(lambda _: self.draw())
        loader.ready.connect(self._arrived)
        self.draw()

    def _arrived(self, load: str) -> None:
        if load == self.load.currentData():
            self.draw()

    def _lay_out(self) -> None:
        case, layout = self._prepared.case, QVBoxLayout(self)
        top = QHBoxLayout()
        for word, box in (("Load", self.load), ("Show", self.field)):
            top.addWidget(QLabel(word, self))
            top.addWidget(box)
        top.addStretch(1)
        layout.addLayout(top)
        split = QSplitter(Qt.Orientation.Vertical, self)
        pair = QWidget(split)
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        for view in self.views:
            row.addWidget(view, 1)
        below = QWidget(split)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        if case.compare is None:
            column.addWidget(QLabel("No comparison yet: solve two plans, then run Compare.", below))
        else:
            short = {p.name: p.short or p.title for p in case.plans}
            column.addWidget(verdict_label(case.compare, case.names, short))
            self.table = MetricsTable(case.compare, case.names, short, {p.name: p.title for p in case.plans})
            column.addWidget(self.table, 1)
        split.addWidget(pair)
        split.addWidget(below)
        split.setSizes([420, 380])
        layout.addWidget(split, 1)

    def draw(self) -> None:
        """Both plans with the chosen load and field on one scale."""
        prepared, case = self._prepared, self._prepared.case
        load, field = str(self.load.currentData() or ""), str(self.field.currentData() or "")
        waiting = bool(field and load) and not self._loader.want(load)
        if self.table is not None:
            self.table.show_load(load)
        for plan, view in zip(case.plans, self.views, strict=False):
            factor = prepared.factor if field else 0.0
            layers, scale = scene_layers(prepared, plan.name, load, field, factor)
            name = plan.short or plan.title
            words = [name, deformation_words(factor)] if scale is not None else [name]
            if waiting:
                words.append(COMPUTING)
            if plan.stale:
                words.insert(1, "OUT OF DATE")
            measured = case.anatomy is not None
            view.show_scene(Scene(layers, prepared.frame, side_of(prepared), scale, tuple(words), measured))
        if self.views:
            self._link(self.views[0])

    def _link(self, source: SceneView) -> None:
        if self._linking:
            return
        self._linking = True
        for view in self.views:
            if view is not source:
                view.copy_camera(source)
        self._linking = False

    def release(self) -> None:
        """Close the render windows."""
        for view in self.views:
            view.release()


def side_of(prepared: Prepared) -> Side:
    """ "left" or "right"; "left" only orients views of an image without a measured femur."""
    return prepared.case.anatomy.side if prepared.case.anatomy is not None else "left"
