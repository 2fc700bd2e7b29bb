"""Reduce a fragment by hand: first the cut that parts it off, then the fragment is moved and turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from psygnal import Signal
from PySide6.QtGui import QPainter

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap
from surgitwin.core.plan import Fracture
from surgitwin.planning.plans.fragment_hold import HeldFragment, hold_fragment, parting_cut, side_of
from surgitwin.planning.plans.reduction import BoneMotion, Fragment, moved_words
from surgitwin.scene.cut_handles import Cut, CutDrag, hit_cut
from surgitwin.scene.cut_layers import cut_marks, cut_placed
from surgitwin.scene.drags import COARSE, FREELY, Drag
from surgitwin.scene.handle_layers import Mark, Placed, gizmo_marks, gizmo_placed
from surgitwin.scene.handles import hit
from surgitwin.scene.model import Layer, fracture_layer
from surgitwin.scene.screens import Screen
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.hands import Hands, screen_of

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

MOVING, REST, GHOST, PARTING = "reduction fragment", "reduction rest", "reduction start", "reduction cut"
"""Groups of the views."""
GHOST_OPACITY = 0.18
State = Literal["cut", "taking", "held"]


class ReduceTool(Tool):
    """`state`: "cut" while the cut is set, "taking" while the fragment is found, "held" while it is moved.

    `changed` is emitted after every change of state, cut or `matrix` (4x4, LPS: from where the fragment is in
    the image to where it is held).
    """

    title = "Reduce a fragment"
    cursor = "hand"
    hovers_in_scene = True
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        assert desk.views is not None
        self._desk = desk
        self._hands = Hands(desk.views, self)
        self._latest = Latest(desk, self._refused)
        self._drag: CutDrag | Drag | None = None
        self._at_press: FloatArray | Cut | None = None
        self.state: State = "cut"
        self.below = True
        self.cut: Cut | None = None
        self._drawn: Cut | None = None
        self.held: HeldFragment | None = None
        self.matrix: FloatArray = np.eye(4)
        desk.closing.connect(self._latest.stop)

    @property
    def words(self) -> str:  # type: ignore[override]
        """What to do now."""
        if self.state == "held":
            return (
                "Drag or turn the fragment by its handles. Ctrl: steps of 1 mm and 5 degrees. Esc gives up."
            )
        return "Put the cut on the fracture: drag its line, tilt it by its ends. Then take the fragment."

    # ---- life ---------------------------------------------------------------------------------------

    def activated(self) -> None:
        """Begin with the cut at the crosshair."""
        session = self._desk.session
        if session is not None:
            session.changed.connect(self._session_changed)
        if self.cut is None:
            self.place_cut()
        self._hands.show()
        self._desk.say(self.words)

    def deactivated(self) -> None:
        """Everything is put away; nothing was changed in the image."""
        session = self._desk.session
        if session is not None:
            session.changed.disconnect(self._session_changed)
        self.put_back()
        self.cut = self._drawn = None
        if self._desk.views is not None:
            self._desk.views.scene.set_layers(PARTING, ())
        self._hands.hide()
        self.changed.emit()

    def _session_changed(self, topics: frozenset[str]) -> None:
        if topics & {"voxels", "image"}:
            self.put_back()

    def place_cut(self) -> None:
        """The cut across the shaft through the crosshair."""
        session, model = self._desk.session, self._desk.model
        if session is None or model is None:
            return
        state = session.case.state
        self.cut = parting_cut(model.crosshair_mm, session.case.anatomy if state.get("anatomy") else None)
        self._drawn = None
        self._show_cut()

    def _show_cut(self) -> None:
        """The parting cut in 3D: made once, then moved; not while the fragment is held."""
        views, cut = self._desk.views, self.cut
        if views is not None and cut is not None:
            if self._drawn is None:
                self._drawn = cut
                sheet = fracture_layer(Fracture(cut.plane, 0.0, "", False), cut.radius_mm)
                views.scene.set_layers(PARTING, (sheet,))
            views.scene.move_group(PARTING, self._drawn.to_new(cut))
            views.scene.show_group(PARTING, self.held is None)
        self._refresh()

    def take(self, fragment: Fragment | None = None) -> None:
        """Take the fragment beside the cut (or a named one) in the hand, as soon as it is found."""
        session = self._desk.session
        labels = None if session is None else session.labels
        if session is None or labels is None or self.cut is None:
            return
        wanted = fragment or Fragment(plane=side_of(self.cut, self.below))
        anatomy = session.case.anatomy if session.case.state.get("anatomy") else None
        self.state = "taking"
        array = labels.array
        frozen = LabelMap(array, labels.grid, labels.segments)
        self._latest.ask(lambda: hold_fragment(frozen, wanted, anatomy), self._taken)
        self._refresh()

    def _taken(self, held: HeldFragment) -> None:
        if self.state != "taking":
            return
        self.state, self.held = "held", held
        self._show_groups(held)
        self._show_cut()
        self.set_matrix(np.eye(4))
        self._desk.say(self.words)

    def _refused(self, error: Any) -> None:
        self.state = "cut"
        self._refresh()
        self._desk.say_error(error)

    def put_back(self) -> None:
        """Let the fragment go: the cut can be set again."""
        if self.state != "cut":
            self.state, self.held, self._drag = "cut", None, None
            self.matrix = np.eye(4)
            self._show_groups(None)
            self._show_cut()

    def set_matrix(self, matrix: FloatArray) -> None:
        """Hold the fragment at another place (a drag, or typed numbers)."""
        self.matrix = np.asarray(matrix, float)
        views, model = self._desk.views, self._desk.model
        if views is not None and model is not None and self.held is not None:
            views.scene.move_group(MOVING, self.matrix)
            model.move_outlined(MOVING, self.matrix)
        self._refresh()

    @property
    def motion(self) -> BoneMotion:
        """The motion so far in the bone's directions."""
        return BoneMotion() if self.held is None else BoneMotion.from_matrix(self.matrix, self.held.axes)

    def set_motion(self, motion: BoneMotion) -> None:
        """Hold the fragment where typed numbers say."""
        if self.held is not None:
            self.set_matrix(motion.matrix(self.held.axes))

    def _show_groups(self, held: HeldFragment | None) -> None:
        """Fragment, rest and ghost in place of the segments; None: the segments again."""
        views, model = self._desk.views, self._desk.model
        if views is None or model is None:
            return
        ghost: tuple[Layer, ...] = ()
        if held is not None:
            ghost = tuple(Layer(x.name, x.data, (0.7, 0.7, 0.7), GHOST_OPACITY) for x in held.moving)
        views.scene.set_layers(MOVING, () if held is None else held.moving)
        views.scene.set_layers(REST, () if held is None else held.rest)
        views.scene.set_layers(GHOST, ghost)
        model.set_outlined(() if held is None else held.moving, MOVING)
        for group in views.scene.groups.names:
            if group == "bone" or group.startswith("segment:"):
                views.scene.show_group(group, held is None)

    def _refresh(self) -> None:
        self._hands.refresh()
        self.changed.emit()

    # ---- mouse --------------------------------------------------------------------------------------

    def press(self, event: ViewEvent) -> bool:
        """Take a grip of the cut, or a handle of the fragment."""
        if event.double or self.cut is None:
            return False
        screen, start = screen_of(event.view, event.where), np.asarray(event.pixel, float)
        if self.held is not None:
            gizmo = self.held.gizmo(self.matrix)
            handle = hit(gizmo, screen, event.pixel)
            if handle is None:
                return False
            self._drag, self._at_press = Drag(gizmo, handle, screen, start), self.matrix
            self._hands.set_active(handle.name)
            return True
        grip = hit_cut(self.cut, screen, event.pixel)
        if grip is None or self.state != "cut":
            return False
        self._drag, self._at_press = CutDrag(self.cut, grip, screen, start), self.cut
        self._hands.set_active(grip)
        return True

    def move(self, event: ViewEvent) -> None:
        """Follow the mouse."""
        steps = COARSE if event.modifiers.ctrl else FREELY
        if isinstance(self._drag, CutDrag):
            self.cut = self._drag.to(event.pixel, steps)
            self._show_cut()
        elif isinstance(self._drag, Drag) and isinstance(self._at_press, np.ndarray):
            self.set_matrix(self._drag.to(event.pixel, steps).matrix @ self._at_press)
            if self.held is not None:
                self._desk.say(f"Fragment moved {moved_words(self.matrix, self.held.axes.pivot_mm)}")

    def release(self, event: ViewEvent) -> None:
        """Leave it there."""
        self.move(event)
        self._drag = self._at_press = None
        self._hands.set_active("")

    def hover(self, event: ViewEvent) -> None:
        """Light up what a press would take."""
        screen, name = screen_of(event.view, event.where), ""
        if self.held is not None:
            handle = hit(self.held.gizmo(self.matrix), screen, event.pixel)
            name = "" if handle is None else handle.name
        elif self.cut is not None:
            name = hit_cut(self.cut, screen, event.pixel) or ""
        self._hands.set_active(name)

    def cancel(self) -> None:
        """Put back what the drag under way moved."""
        before, self._drag, self._at_press = self._at_press, None, None
        self._hands.set_active("")
        if isinstance(before, Cut):
            self.cut = before
            self._show_cut()
        elif before is not None:
            self.set_matrix(before)

    def key(self, event: KeyPress) -> bool:
        """Esc: gives a drag up, then lets the fragment go, then ends the tool."""
        if event.key != "Escape":
            return False
        if self._drag is not None:
            self.cancel()
            return True
        if self.state != "cut":
            self.put_back()
            return True
        return False

    # ---- drawing ------------------------------------------------------------------------------------

    def marks(self, screen: Screen, active: str) -> Sequence[Mark]:
        """Grips in a slice."""
        if self.held is not None:
            return gizmo_marks(self.held.gizmo(self.matrix), screen, active)
        return () if self.cut is None else cut_marks(self.cut, screen, active)

    def placed(self, screen: Screen, active: str) -> Sequence[Placed]:
        """Grips in 3D."""
        if self.held is not None:
            return gizmo_placed(self.held.gizmo(self.matrix), screen, active)
        return () if self.cut is None else cut_placed(self.cut, screen, active)

    def paint(self, view: Any, painter: QPainter) -> None:
        """Grips over a slice."""
        self._hands.paint(view, painter)
