"""The views of a branch beside the 3D view: reformats, section, diameter curve, table; one cursor for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from surgitwin.anatomy.tree import findings, why_unusable
from surgitwin.core.vessel import LumenTube
from surgitwin.scene.tree_layers import arc_of, diameters_of
from surgitwin.scene.vessel_layers import tube_layers
from surgitwin.viewer.outlines import triangles_of
from surgitwin.viewer.trees.branch_table import BranchTable
from surgitwin.viewer.trees.diameter_curve import DiameterCurve
from surgitwin.viewer.trees.frames import BranchLumen, branch_frame, lumen_of
from surgitwin.viewer.trees.place import TreePlace
from surgitwin.viewer.trees.reading import TreeReading
from surgitwin.viewer.vessel.artery_frames import COLOURS, CURVED, LUMEN, SECTION, STRAIGHT, edge_at
from surgitwin.viewer.vessel.artery_tiles import LESION, REST
from surgitwin.viewer.vessel.course_view import Band, CourseView, Surface
from surgitwin.viewer.vessel.oblique_view import ObliqueView
from surgitwin.viewer.vessel.tiles import LAYOUT, Tiles
from surgitwin.viewer.views.four_up import FourUp, Place

STEP_MM = 0.5
ROOM_MM = 4.0
"""Views show at least so many mm on both sides of the vessel."""
NO_SCALE = "The image has no scale in mm: a tree has branches here, but no sizes, sections or reformats."
NO_TREE = "Press Vessel tree: the chosen branch is shown here."


class PlainTiles(Tiles):
    """3D view, slices and table of the branches: of a tree without a scale, which has no more."""

    places: ClassVar[Mapping[str, Place]] = {
        "scene": (0, 0, 2, 1), "axial": (0, 1, 1, 1), "coronal": (1, 1, 1, 1), "vessel_table": (2, 0, 1, 2),
    }  # fmt: skip

    def __init__(self, place: TreePlace, views: FourUp, parent: QObject | None = None) -> None:
        super().__init__(place.model, views, parent)
        self._place = place
        self.table = BranchTable(views)
        self.table.chosen.connect(place.choose)
        self.table.renamed.connect(place.rename)
        self._more: dict[str, QWidget] = {"vessel_table": self.table}
        self._fill()
        place.changed.connect(self.refresh)
        place.moved.connect(self.follow)
        self.refresh()

    def _fill(self) -> None:
        """Make the other views and lay them out."""
        self._install({}, self._more)

    def refresh(self) -> None:
        """Another tree, or other names."""
        reading, spot = self._place.reading, self._place.spot
        rows = () if reading is None else reading.rows
        self.table.show_rows(
            rows,
            None if spot is None else spot.branch,
            current=reading is None or reading.current,
            editable=not self._place.session.read_only,
        )
        self.follow()

    def follow(self) -> None:
        """Another branch or place."""
        spot = self._place.spot
        if spot is not None:
            self.table.show_chosen(spot.branch)

    @property
    def shown(self) -> bool:
        """Whether the layout of these views is the one that is seen."""
        return self.four.layout_name == LAYOUT

    def release(self) -> None:
        """Stop listening and computing; take the layout away."""
        if self._listening:
            self._place.changed.disconnect(self.refresh)
            self._place.moved.disconnect(self.follow)
        super().release()
        for widget in self._more.values():
            widget.deleteLater()
        self._more = {}


class TreeTiles(PlainTiles):
    """Follows a `TreePlace`, and moves it: wheel or drag along the branch."""

    places: ClassVar[Mapping[str, Place]] = {
        "scene": (0, 0, 2, 1), "vessel_curved": (0, 1, 2, 1), "vessel_section": (0, 2, 1, 1),
        "vessel_straight": (1, 2, 1, 1), "vessel_table": (2, 0, 1, 2), "vessel_curve": (2, 2, 1, 1),
    }  # fmt: skip

    def _fill(self) -> None:
        place, views = self._place, self.four
        self._lumen: BranchLumen | None = None
        self._key: tuple[object, ...] = ()
        self._wall: tuple[Surface, ...] = ()
        self._turn = 0.0
        self.section = ObliqueView(
            SECTION, "Section", COLOURS[SECTION], self.reslicer, views, half_mm=12.0, pixel_mm=0.1
        )
        self.curved = CourseView(
            CURVED, "Curved reformat", COLOURS[CURVED], lambda: self.model.volume, views, curved=True
        )
        self.straight = CourseView(
            STRAIGHT, "Laid straight", COLOURS[STRAIGHT], lambda: self.model.volume, views, curved=False,
            half_mm=10.0, pixel_mm=0.15,
        )  # fmt: skip
        self.curve = DiameterCurve(views)
        for view in (self.section, self.curved, self.straight):
            view.scrolled.connect(self._scrolled)
        for reformat in (self.curved, self.straight):
            reformat.scrubbed.connect(place.move)
        self.curve.scrubbed.connect(place.move)
        self.section.pointed.connect(self.model.set_crosshair)
        self._more["vessel_curve"] = self.curve
        self._install({SECTION: self.section, CURVED: self.curved, STRAIGHT: self.straight}, self._more)

    # ---- following ----------------------------------------------------------------------------------

    def follow(self) -> None:
        """Another branch, place or turn."""
        reading, spot = self._place.reading, self._place.spot
        super().follow()
        if reading is None or spot is None:
            self._show_nothing()
            return
        key = (reading.walk, spot.branch, self._place.title(spot.branch))
        turned = self._turn != self._place.angle_rad
        self._turn = self._place.angle_rad
        if key != self._key:
            self._key = key
            self._show_branch(reading, spot.branch)
        elif turned:
            self._draw_over(reading, spot.branch)
        lumen = self._lumen
        assert lumen is not None
        frame, words = branch_frame(lumen, spot.s_mm, self._turn)
        self.section.show_frame(frame)
        self.section.set_words(*words)
        for view in (self.curved, self.straight):
            view.show_course(lumen.course, self._turn, spot.s_mm)
        self.curve.show_cursor(spot.s_mm)
        self.aimed.emit()

    def _show_nothing(self) -> None:
        self._lumen, self._key = None, ()
        for view in (self.section, self.curved, self.straight):
            view.empty = NO_TREE
            view.set_raster(None)
            view.set_words()
        self.curve.show_curve(np.zeros(0), np.zeros(0), empty=NO_TREE)

    def _show_branch(self, reading: TreeReading, number: int) -> None:
        """Sizes of the views, curve and marks for another branch."""
        branch = reading.tree.branch(number)
        fault = why_unusable(reading.tree)
        lumen = lumen_of(branch, self._place.title(number), reading.walk.course(number), fault)
        self._lumen, lesions = lumen, () if fault else branch.lesions
        tube = lumen.tube
        self._wall = () if tube is None else (_wall(tube),)
        widest = float(branch.radius_mm.max() if tube is None else tube.radius_mm.max())
        half = 3.0 * widest + ROOM_MM
        self.section.half_mm = self.straight.half_mm = half
        self.section.view_box = (-half, -half, 2 * half, 2 * half)
        self.curved.half_mm = 4.0 * widest + ROOM_MM
        for view in (self.section, self.curved, self.straight):
            view.fit()
        self.curved.set_words(lumen.title)
        if tube is None:
            self.curve.show_curve(arc_of(branch), diameters_of(branch))
        else:
            self.curve.show_curve(
                lumen.course.s_mm, tube.diameter_mm, None if fault else lumen.reference_mm, lesions
            )
        self._draw_over(reading, number)

    def _draw_over(self, reading: TreeReading, number: int) -> None:
        """Narrowings, wall and edges over the reformats."""
        lumen = self._lumen
        if lumen is None or lumen.tube is None:
            self.curved.set_over(())
            self.straight.set_over(())
            return
        found = findings(reading.tree, reading.tree.branch(number))[:2]
        bands = tuple(
            Band(q.start_mm, q.end_mm, LESION if n == 0 else REST, f"−{q.diameter_percent:.0f} % Ø")
            for n, q in enumerate(found)
        )
        self.curved.set_over(bands, (), self._wall)
        one, other = edge_at(lumen.tube, self._turn)
        s = lumen.course.s_mm
        self.straight.set_over(bands, ((s, one), (s, -other)), ())

    def _scrolled(self, notches: int) -> None:
        spot = self._place.spot
        if spot is not None:
            self._place.move(spot.s_mm + STEP_MM * notches)


def _wall(tube: LumenTube) -> Surface:
    """The lumen, to be cut by the sheet of the reformat."""
    data = tube_layers(LumenTube(tube.course, tube.radius_mm))[0].data
    return Surface(np.asarray(data.points, float), triangles_of(data), LUMEN)
