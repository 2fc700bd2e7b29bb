"""The vessel of the open case: read in a worker, corrected by hand, shown in its views."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.landmarks import with_landmark
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, SurgiTwinError
from surgitwin.planning.case import Case
from surgitwin.planning.site import ROOT, site_of
from surgitwin.planning.vessels.anatomy_store import KEY, vessel_anatomy
from surgitwin.planning.vessels.landmarks import corrected_state
from surgitwin.planning.vessels.plans import procedure_of
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.vessel.artery_tiles import ArteryTiles
from surgitwin.viewer.vessel.course_view import Band
from surgitwin.viewer.vessel.device_ghost import Ghost, device_ghost
from surgitwin.viewer.vessel.root_frames import landmark_title
from surgitwin.viewer.vessel.root_tiles import RootTiles
from surgitwin.viewer.windows import vessel_window

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

Anatomy = RootAnatomy | ArteryAnatomy
BAND = "#9fd3ff"


class VesselPlace(QObject):
    """anatomy: as it is now, None before it is measured or while it is first read.

    changed: another anatomy. previewed: a `RootAnatomy` while a landmark is dragged, None when that is over.
    """

    changed = Signal()
    previewed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        assert desk.model is not None
        assert desk.views is not None
        self.desk, self.session, self.model = desk, desk.session, desk.model
        self.anatomy: Anatomy | None = None
        self.site = site_of(self.session.case)
        self.ghost: Ghost | None = None
        self._with_plan = self._dragging = False
        self._reader = Latest(self, desk.say_error)
        self._mover = Latest(self, self._refused)
        self._preview = Latest(self)
        self._ghosts = Latest(self, desk.say_error)
        self.tiles: RootTiles | ArteryTiles
        if self.site == ROOT:
            self.tiles = root = RootTiles(self.model, desk.views, self)
            root.moved.connect(self._dragged)
            root.dropped.connect(self.put_landmark)
        else:
            self.tiles = ArteryTiles(self.model, desk.views, self)
        if (self.model.window, self.model.level) == self.model.first_window:
            self.model.set_window(*vessel_window())
        self.session.changed.connect(self._session_changed)
        desk.active_plan_changed.connect(self._plan_changed)
        self.read()

    # ---- reading ------------------------------------------------------------------------------------

    def _session_changed(self, topics: frozenset[str]) -> None:
        if KEY in topics:
            self.read()
        if "plans" in topics:
            self._plan_changed()

    def read(self) -> None:
        """The anatomy of the present snapshot, in a worker."""
        case = self.session.case
        if not case.state.get(KEY):
            self._arrived(None)
            return
        self._reader.ask(partial(_read, case, self.tiles), self._arrived)

    def _arrived(self, anatomy: Anatomy | None) -> None:
        first = self.anatomy is None
        self.anatomy = anatomy
        if isinstance(self.tiles, RootTiles):
            root = anatomy if isinstance(anatomy, RootAnatomy) else None
            self.tiles.show_anatomy(root, movable=not self.session.read_only)
        else:
            self.tiles.show_anatomy(anatomy if isinstance(anatomy, ArteryAnatomy) else None)
        if first and anatomy is not None:
            self.tiles.show()
        self._plan_changed()
        self.changed.emit()

    # ---- landmarks ----------------------------------------------------------------------------------

    def put_landmark(self, name: str, point_mm: FloatArray | None) -> None:
        """A landmark by hand (LPS), or None: as it was proposed. One undo step; refused places are told."""
        self._dragging = False
        if self.session.read_only:
            self.desk.say("The case is open for reading only: another window holds it.")
            self.previewed.emit(None)
            return
        case = self.session.case
        self._mover.ask(partial(_corrected, case, name, point_mm), partial(self._put, case, name, point_mm))

    def _put(self, case: Case, name: str, point_mm: FloatArray | None, state: dict[str, object]) -> None:
        self.previewed.emit(None)
        if self.session.case.state.get(KEY) is not case.state.get(KEY):
            return  # changed meanwhile: what was computed belongs to an older state
        title = landmark_title(name).lower()
        words = f"Move the {title}" if point_mm is not None else f"Take the {title} back"
        self.session.edit(words, state=state)
        if point_mm is not None:
            self.model.set_crosshair(np.asarray(point_mm, float))

    def _refused(self, error: SurgiTwinError) -> None:
        """The place is not possible: the point goes back."""
        self.previewed.emit(None)
        self.desk.say_error(error)
        self._arrived(self.anatomy)

    def _dragged(self, name: str, point_mm: FloatArray) -> None:
        """Measures follow while a point is dragged; places that cannot be are passed over."""
        if isinstance(self.anatomy, RootAnatomy):
            self._dragging = True
            self._preview.ask(partial(with_landmark, self.anatomy, name, point_mm), self._show_preview)

    def _show_preview(self, root: RootAnatomy) -> None:
        """Measures of the point under the mouse; one that comes after the drop would stay for ever."""
        if self._dragging:
            self.previewed.emit(root)

    # ---- the device of the plan in hand -------------------------------------------------------------

    def show_plan(self, on: bool) -> None:
        """Whether the device of the plan in hand is drawn in the views."""
        if on != self._with_plan:
            self._with_plan = on
            self._plan_changed()

    def _plan_changed(self, _name: str = "") -> None:
        plan, anatomy = self.desk.plan, self.anatomy
        if not self._with_plan or plan is None or anatomy is None or not plan.implants:
            self._show_ghost(None)
            return
        case = self.session.case

        def make() -> Ghost | None:
            try:
                return device_ghost(anatomy, plan, procedure_of(case, plan.procedure).device(plan))
            except GeometryError:  # it leaves the vessel: the checks say so, with the next step
                return None

        self._ghosts.ask(make, self._show_ghost)

    def _show_ghost(self, ghost: Ghost | None) -> None:
        self.ghost = ghost
        layer = None if ghost is None else ghost.shell
        if isinstance(self.tiles, RootTiles):
            self.tiles.show_device(layer)
        else:
            band = None
            if ghost is not None and ghost.start_mm is not None and ghost.end_mm is not None:
                band = Band(ghost.start_mm, ghost.end_mm, BAND, f"device Ø {ghost.diameter_mm:g} mm")
            self.tiles.show_device(layer, band)
        views = self.desk.views
        if views is not None:
            frame = () if ghost is None or ghost.frame is None else (ghost.frame,)
            views.scene.set_layers("device", frame)

    @property
    def busy(self) -> bool:
        """Whether something is read, moved or drawn."""
        workers = (self._reader, self._mover, self._preview, self._ghosts)
        return any(w.busy for w in workers) or self.tiles.busy

    def release(self) -> None:
        """Stop listening and computing; take the views away."""
        self.session.changed.disconnect(self._session_changed)
        self.desk.active_plan_changed.disconnect(self._plan_changed)
        for worker in (self._reader, self._mover, self._preview, self._ghosts):
            worker.stop()
        if self.desk.views is not None:
            self.desk.views.scene.set_layers("device", ())
        self.tiles.release()


def _read(case: Case, tiles: RootTiles | ArteryTiles) -> Anatomy:
    """The anatomy, with what its views need prepared; in a worker."""
    anatomy = vessel_anatomy(case)
    if isinstance(tiles, RootTiles):
        if isinstance(anatomy, RootAnatomy):
            tiles.prepare(anatomy)
    elif isinstance(anatomy, ArteryAnatomy):
        tiles.prepare(anatomy)
    return anatomy


def _corrected(case: Case, name: str, point_mm: FloatArray | None) -> dict[str, object]:
    """For the worker."""
    return dict(corrected_state(case, {name: point_mm}))
