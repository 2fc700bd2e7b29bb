"""A kept mesh of a vessel in numbers, in 3D, and on its way to a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.tissues.faces import tissue_faces
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.vessel_case import KEY, export_vessel_mesh, vessel_mesh, vessel_mesh_current
from surgitwin.scene.model import Layer, surface_layer
from surgitwin.viewer.deidentify.going_out import tell
from surgitwin.viewer.deidentify.purpose import purpose_of
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.theme import set_role

GROUP = "vessel_mesh"
"""Of the 3D view."""
HEADS = ("Part", "Tetrahedra", "mm³", "Worst", "1 % below")
MEANING = (
    "Worst, 1 % below: scaled Jacobian of the cells (1: regular, 0: flat, under 0: folded); "
    "one cell in a hundred is below the last."
)
COLOURS = {"wall": (0.85, 0.55, 0.50), "boundary_layer": (0.80, 0.20, 0.20), "core": (0.55, 0.10, 0.12)}
ROOM_PX = 10
"""Of the table's frame."""
OUTER = 0.35
"""Opacity of the wall where the blood is meshed too (display only)."""
KINDS = (
    "VTK (*.vtu);;XDMF (*.xdmf);;FEBio (*.feb);;gmsh (*.msh);;Border as STL (*.stl);;Border as PLY (*.ply)"
)


class MeshResult(QWidget):
    """Hidden while the case keeps no mesh of a vessel."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._drawing = Latest(desk, desk.say_error)
        self._drawn: object = None
        self.title, self.notes, meaning = QLabel(self), QLabel(self), QLabel(MEANING, self)
        self.table = QTableWidget(0, len(HEADS), self)
        self.table.setObjectName("vesselMeshTable")
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for label, role in ((self.title, ""), (self.notes, "warning"), (meaning, "muted")):
            label.setWordWrap(True)
            set_role(label, role)
        self.shown = QCheckBox("Show in 3D", self)
        self.shown.setChecked(True)
        self.worst, self.save = QPushButton("Go to the worst cell", self), QPushButton("Save mesh ...", self)
        self.save.setObjectName("vesselMeshSave")
        set_icon(self.worst, "crosshair")
        set_icon(self.save, "export")
        row = QHBoxLayout()
        for widget in (self.shown, self.worst, self.save):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.title, self.table, meaning, self.notes):
            column.addWidget(part)
        column.addLayout(row)
        self.shown.toggled.connect(lambda _: self.refresh())
        self.worst.clicked.connect(lambda _: self._to_worst())
        self.save.clicked.connect(lambda _: self._ask())

    @property
    def step(self) -> Mapping[str, Any] | None:
        """What the case keeps."""
        session = self._desk.session
        return None if session is None else session.case.state.get(KEY)

    def refresh(self) -> None:
        """Numbers and 3D of the mesh that is kept now."""
        step, session = self.step, self._desk.session
        self.setVisible(step is not None)
        if step is None or session is None:
            self.clear()
            return
        cells = sum(p["n_cells"] for p in step["parts"])
        self.title.setText(f"{step['segment']}: {cells:,} ten-node tetrahedra in {step['wall_s']:.0f} s.")
        self.table.setRowCount(len(step["parts"]))
        for n, part in enumerate(step["parts"]):
            words = (
                part["name"].replace("_", " "), f"{part['n_cells']:,}", f"{part['volume_mm3']:.0f}",
                f"{part['min_scaled_jacobian']:.3f}", f"{part['p1_scaled_jacobian']:.2f}",
            )  # fmt: skip
            for k, text in enumerate(words):
                item = QTableWidgetItem(text)
                if k:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(n, k, item)
        self.table.resizeRowsToContents()
        heights = sum(self.table.rowHeight(n) for n in range(self.table.rowCount()))
        self.table.setFixedHeight(heights + self.table.horizontalHeader().sizeHint().height() + ROOM_PX)
        old = [] if vessel_mesh_current(session.case) else ["The segments changed after it was made."]
        self.notes.setText("\n".join([*old, *step["warnings"]]))
        self.notes.setVisible(bool(self.notes.text()))
        self._draw(session.case, str(step["key"]))

    def _draw(self, case: Case, key: str) -> None:
        if not self.shown.isChecked():
            self.clear()
        elif key != self._drawn:
            self._drawn = key
            self._drawing.ask(partial(layers_of, case), self._arrived)

    def _arrived(self, layers: tuple[Layer, ...]) -> None:
        views = self._desk.views
        if views is not None and self._drawn is not None:
            views.scene.set_layers(GROUP, layers)

    def clear(self) -> None:
        """Take the mesh out of the 3D view."""
        views = self._desk.views
        if self._drawn is not None and views is not None:
            views.scene.set_layers(GROUP, ())
        self._drawn = None

    def _to_worst(self) -> None:
        if self.step is not None and self._desk.model is not None:
            part = min(self.step["parts"], key=lambda p: float(p["min_scaled_jacobian"]))
            self._desk.model.set_crosshair(np.array(part["worst_mm"], float))

    def _ask(self) -> None:
        session = self._desk.session
        if session is None:
            return
        dialog = QFileDialog(self, "Save the mesh", str(session.path.parent / "vessel.vtu"), KINDS)
        dialog.setObjectName("saveVesselMesh")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("vessel.vtu")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, out: Path) -> None:
        """Write the kept mesh in a worker; the suffix is the format."""
        session = self._desk.session
        if session is None:
            return
        self._desk.say(f"Writing {out.name} ...")
        Latest(self._desk, self._desk.say_error).ask(  # one a file: none gives way to what is asked next
            partial(export_vessel_mesh, session.case, out, purpose_of(self._desk)),
            lambda said: tell(self._desk, f"Saved {out.name} in {out.parent}.", said),
        )


def layers_of(case: Case) -> tuple[Layer, ...]:
    """The borders of the parts, in any thread."""
    mesh = vessel_mesh(case)
    faces = tissue_faces(mesh.corners, mesh.part)
    several = len(mesh.names) > 1
    return tuple(
        surface_layer(
            name,
            SurfaceMesh(mesh.points_mm, faces.of_part(number)),
            OUTER if several and name == "wall" else 1.0,
            COLOURS.get(name, (0.8, 0.5, 0.5)),
        )
        for number, name in mesh.names.items()
    )
