"""The window: header with side and notice, side panel, four views, Compare; loads in a worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.frame import Plane
from surgitwin.core.progress import Progress
from surgitwin.scene.model import Scene, deformation_words
from surgitwin.scene.page import NOTICE
from surgitwin.viewer.case_view import CaseView
from surgitwin.viewer.fields_store import FieldsLoader
from surgitwin.viewer.prepare import Prepared, prepare, scene_layers
from surgitwin.viewer.theme import STYLE
from surgitwin.viewer.widgets.body_weight import BodyWeightDialog
from surgitwin.viewer.widgets.compare_tab import COMPUTING, CompareTab, side_of
from surgitwin.viewer.widgets.controls import ImageControls, SceneControls, SegmentList
from surgitwin.viewer.widgets.four_up import FourUp
from surgitwin.viewer.worker import Worker

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Shows one case, read-only. Call `load` once.

    `body_weight_given` (kg) is emitted when the user answers the dialog that opens for a case without one.
    """

    body_weight_given = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(f"SurgiTwin - {NOTICE}")
        self.setStyleSheet(STYLE)
        room = self.screen().availableGeometry()
        self.resize(min(1500, room.width()), min(950, room.height()))
        self.prepared: Prepared | None = None
        self.four_up: FourUp | None = None
        self.compare: CompareTab | None = None
        self.scene_controls: SceneControls | None = None
        self._worker: Worker | None = None
        self.loader: FieldsLoader | None = None
        self._body = QVBoxLayout()
        self._header = QHBoxLayout()
        root = QWidget(self)
        column = QVBoxLayout(root)
        column.setContentsMargins(6, 6, 6, 6)
        column.addLayout(self._header)
        column.addLayout(self._body, 1)
        self.setCentralWidget(root)
        self.case_name, self.side, self.notice_line = QLabel("No case"), QLabel("SIDE ?"), QLabel("")
        for label, name in (
            (self.case_name, "caseName"),
            (self.side, "side"),
            (self.notice_line, "noticeLine"),
        ):
            label.setObjectName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.notice_line.setWordWrap(True)
        self._rest: tuple[str, ...] = ()
        self.notes = QPushButton("")
        self.notes.setObjectName("notes")
        self.notes.setVisible(False)
        self.notes.clicked.connect(self._open_notes)
        notice = QLabel(NOTICE.upper())
        notice.setObjectName("notice")
        self._header.addWidget(self.side)
        self._header.addWidget(self.case_name)
        self._header.addWidget(self.notice_line, 1)
        self._header.addWidget(self.notes)
        self._header.addWidget(notice)
        self.probe = QLabel("")
        self.probe.setObjectName("probe")
        self.statusBar().addWidget(self.probe, 1)
        self._say(
            "No case is open. Start with: surgitwin open CASE.twin, or surgitwin demo femur for a sample."
        )

    def _say(self, words: str, *more: QWidget) -> None:
        """One message instead of views."""
        self._clear()
        label = QLabel(words)
        label.setObjectName("empty")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._body.addStretch(1)
        self._body.addWidget(label)
        for widget in more:
            self._body.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._body.addStretch(1)

    def _clear(self) -> None:
        while self._body.count():
            item = self._body.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def load(
        self, source: CaseView | Callable[[Progress], CaseView], words: str = "Opening the case ..."
    ) -> None:
        """Prepare a case in a worker thread, then show it; failures and cancelling are said in the window.

        words: said over the progress bar.
        """
        bar = QProgressBar()
        bar.setRange(0, 1000)
        bar.setFixedWidth(520)
        cancel = QPushButton("Cancel")
        self._say(words, bar, cancel)
        self._worker = Worker(partial(prepare, source), self)
        self._worker.progressed.connect(partial(_show_progress, bar))
        self._worker.finished_with.connect(self.show_prepared)
        self._worker.failed.connect(self._failed)
        self._worker.was_cancelled.connect(
            lambda: self._say("Opening was cancelled. Open the case again to see it.")
        )
        self._worker.crashed.connect(
            lambda: self._say("The case could not be opened: the program has a fault. The log names it.")
        )
        cancel.clicked.connect(self._worker.cancel)
        self._worker.start()

    def _failed(self, error: SurgiTwinError) -> None:
        self._say(f"{error.message}\n\n{error.hint}\n\n[{error.code}]  {error.where}")

    def show_prepared(self, prepared: Prepared) -> None:
        """Build the views."""
        self.prepared = prepared
        case = prepared.case
        self.case_name.setText(case.name)
        self.side.setText(case.anatomy.side.upper() if case.anatomy is not None else "SIDE ?")
        self.side.setToolTip(
            f"Worked out from the anatomy: {case.anatomy.side_confidence}"
            if case.anatomy is not None
            else "The side is not known yet: run Anatomy first."
        )
        self._show_notices(case)
        if prepared.model is None:
            self._say("This case has no image yet.\nImport one: surgitwin new CASE.twin --dicom FOLDER")
            return
        self._clear()
        self.loader = FieldsLoader(prepared.fields, self)
        self.loader.ready.connect(lambda _load: self._draw_scene())
        self.loader.failed.connect(
            lambda error: self.statusBar().showMessage(f"{error.message} {error.hint}")
        )
        tabs = QTabWidget()
        tabs.setObjectName("tabs")
        tabs.addTab(self._views(prepared), "Views")
        self._compare_place = QWidget()
        QVBoxLayout(self._compare_place).setContentsMargins(0, 0, 0, 0)
        tabs.addTab(self._compare_place, "Compare")
        tabs.currentChanged.connect(self._tab_changed)
        self.tabs = tabs
        self._body.addWidget(tabs)
        self._draw_scene()
        if case.body_weight_kg is None:
            dialog = BodyWeightDialog(self)
            dialog.given.connect(self.body_weight_given)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _show_notices(self, case: CaseView) -> None:
        """What must always be seen in the header; the other notices behind a button beside it."""
        virtual = case.fracture is not None and case.fracture.virtual
        first = [x for x in case.notices if "uncalibrated" in x.lower()]
        said = [x for x in case.notices if virtual and x.lower().startswith("virtual fracture")]
        rest = [x for x in case.notices if x not in first and x not in said]
        if virtual:
            first.insert(0, "VIRTUAL FRACTURE: made by the planner, not seen in the image.")
        self.notice_line.setText("\n".join(first))
        self.notes.setVisible(bool(rest))
        self.notes.setText(f"{len(rest)} note{'s' if len(rest) > 1 else ''} ...")
        self.notes.setToolTip("\n".join(rest))
        self._rest = tuple(rest)

    def _open_notes(self) -> None:
        """Every further notice in a box of its own."""
        box = QMessageBox(
            QMessageBox.Icon.Warning, "Notes on this case", "\n\n".join(self._rest), parent=self
        )
        box.setObjectName("notesBox")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _views(self, prepared: Prepared) -> QWidget:
        model = prepared.model
        assert model is not None
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        panel = QWidget()
        column = QVBoxLayout(panel)
        self.scene_controls = SceneControls(prepared)
        for box in (ImageControls(model), SegmentList(model), self.scene_controls):
            column.addWidget(box)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(panel)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(310)
        self.four_up = FourUp(model)
        row.addWidget(scroll)
        row.addWidget(self.four_up, 1)
        self.scene_controls.content_changed.connect(self._draw_scene)
        self.scene_controls.factor_changed.connect(self._deform)
        self.scene_controls.clip_changed.connect(self._clip)
        model.crosshair_changed.connect(self._probe_crosshair)
        model.segments_changed.connect(self._show_segments)
        for view in self.four_up.slices.values():
            view.hovered.connect(self._probe_at)
        self._probe_crosshair()
        return page

    def _probe_crosshair(self) -> None:
        if self.prepared is not None and self.prepared.model is not None:
            self._probe_at(self.prepared.model.crosshair_mm)

    def _probe_at(self, point_mm: FloatArray) -> None:
        if self.prepared is not None and self.prepared.model is not None:
            self.probe.setText(self.prepared.model.probe(point_mm).text)

    def _draw_scene(self) -> None:
        prepared, controls, four = self.prepared, self.scene_controls, self.four_up
        if prepared is None or controls is None or four is None:
            return
        plan, load, field = controls.selected()
        if plan and field and self.loader is not None:
            self.loader.want(load)
        layers, scale = scene_layers(prepared, plan, load, field, controls.factor)
        if prepared.model is not None:
            prepared.model.set_outlined((*prepared.gap, *prepared.plans.get(plan, ())))
        measured = prepared.case.anatomy is not None
        four.scene.show_scene(
            Scene(layers, prepared.frame, side_of(prepared), scale, self._captions(), measured)
        )
        self._clip()
        self._show_segments()

    def _show_segments(self) -> None:
        """Eyes and opacities of the segments on their surfaces in the 3D view."""
        prepared, four = self.prepared, self.four_up
        if prepared is None or prepared.model is None or prepared.case.labels is None or four is None:
            return
        model = prepared.model
        for segment in prepared.case.labels.segments:
            names = [segment.name, "bone"] if segment.name in prepared.case.surfaces else [segment.name]
            given = model.opacity[segment.label] if segment.label in model.opacity_given else None
            for name in names:
                four.scene.set_visible(name, model.visible[segment.label], given, render=False)
        four.scene.interactor.render()

    def _captions(self) -> tuple[str, ...]:
        controls = self.scene_controls
        if controls is None:
            return ()
        plan, _, field = controls.selected()
        if not plan or not field:
            return (controls.plan.currentText(),)
        if self.prepared is not None and self.prepared.fields.get(str(controls.load.currentData())) is None:
            return (controls.plan.currentText(), controls.load.currentText(), COMPUTING)
        return (controls.plan.currentText(), controls.load.currentText(), deformation_words(controls.factor))

    def _deform(self, factor: float) -> None:
        if self.four_up is not None:
            self.four_up.scene.set_factor(factor)
            self.four_up.scene.set_captions(self._captions())

    def _clip(self) -> None:
        """A coronal plane of the bone through what is shown; the front part is taken away from the bone."""
        prepared, controls, four = self.prepared, self.scene_controls, self.four_up
        if prepared is None or controls is None or four is None or four.scene.scene is None:
            return
        plane = None
        if controls.clip.isChecked():
            normal = prepared.frame.axes[:, 1]
            reach = four.scene.scene.points_mm @ normal
            at = float(np.interp(controls.clip_at.value(), (0, 100), (reach.max(), reach.min())))
            plane = Plane(normal * at, normal)
        bones = tuple(x.name for x in four.scene.scene.layers if "implant" not in x.name)
        four.scene.set_clip(plane, bones)

    def _tab_changed(self, index: int) -> None:
        if index != 1 or self.compare is not None or self.prepared is None:
            return
        place = self._compare_place.layout()
        assert place is not None
        if len(self.prepared.case.plans) < 2:
            label = QLabel(
                "Two plans are needed to compare: run Plans (surgitwin plan propose), then Simulate."
            )
            label.setObjectName("empty")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            if place.count() == 0:
                place.addWidget(label)
            return
        assert self.loader is not None
        self.compare = CompareTab(self.prepared, self.loader)
        place.addWidget(self.compare)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the worker and close what VTK holds."""
        if self._worker is not None:
            self._worker.stop_and_wait()
        if self.loader is not None:
            self.loader.stop()
        if self.prepared is not None and self.prepared.model is not None and self.four_up is not None:
            self.prepared.model.crosshair_changed.disconnect(self._probe_crosshair)
            self.prepared.model.segments_changed.disconnect(self._show_segments)
        for part in (self.four_up, self.compare):
            if part is not None:
                part.release()
        self.four_up = self.compare = None
        super().closeEvent(event)


def _show_progress(bar: QProgressBar, words: str, fraction: float) -> None:
    """A negative fraction (not known) leaves the bar where it is."""
    bar.setFormat(words)
    if fraction >= 0:
        bar.setValue(round(1000 * fraction))
    bar.setToolTip(words)


def open_case(
    source: CaseView | Callable[[Progress], CaseView], words: str = "Opening the case ..."
) -> MainWindow:
    """A shown window that loads `source` (a case, or a loader that runs in the worker).

    words: said while it loads. Needs a QApplication. The caller keeps the window and runs the event loop.
    """
    window = MainWindow()
    window.show()
    window.load(source, words)
    return window
