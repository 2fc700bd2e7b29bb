"""Place an object by its handles in slices and in 3D; one undo step for each drag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal
from PySide6.QtGui import QPainter

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.objects.edit import with_object
from surgitwin.planning.objects.record import KEY, OwnObject, objects_of
from surgitwin.scene.drags import COARSE, FREELY, Drag
from surgitwin.scene.handle_layers import Mark, Placed, gizmo_marks, gizmo_placed
from surgitwin.scene.handles import Gizmo, all_handles, hit
from surgitwin.scene.screens import Screen
from surgitwin.viewer.objects.scene import PREFIX, ObjectScene
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.hands import Hands, screen_of
from surgitwin.viewer.tools.nudges import nudge

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk


class ObjectTool(Tool):
    """`chosen`: id of the object that has the handles, "" none. `chosen_changed` tells of a click on
    another.
    """

    title = "Place an object"
    words = (
        "Drag or turn the object by its handles; click another one to take it. Arrow keys: 1 mm, with Alt "
        "1 degree, with Ctrl a tenth. Ctrl while dragging: steps of 1 mm and 5 degrees. Esc gives up."
    )
    cursor = "hand"
    hovers_in_scene = True
    chosen_changed = Signal(str)

    def __init__(self, desk: Desk, scene: ObjectScene) -> None:
        assert desk.views is not None
        self._desk, self._scene = desk, scene
        self._hands = Hands(desk.views, self)
        self._drag: Drag | None = None
        self._matrix: FloatArray | None = None
        self._nudges = 0
        self.chosen = ""

    @property
    def own(self) -> OwnObject | None:
        """The object in hand."""
        session = self._desk.session
        known = () if session is None else objects_of(session.case.state)
        return next((o for o in known if o.id == self.chosen and o.visible), None)

    def choose(self, key: str) -> None:
        """Take another object in hand."""
        if key != self.chosen:
            self.cancel()
            self.chosen = key
            self._nudges += 1
            self._hands.refresh()

    def activated(self) -> None:
        """Show the handles."""
        if self._desk.session is not None:
            self._desk.session.changed.connect(self._session_changed)
        self._hands.show()
        self._desk.say(self.words)

    def deactivated(self) -> None:
        """Put them away."""
        self.cancel()
        if self._desk.session is not None:
            self._desk.session.changed.disconnect(self._session_changed)
        self._hands.hide()

    def _session_changed(self, topics: frozenset[str]) -> None:
        if KEY in topics:
            self._hands.refresh()

    def _gizmo(self) -> Gizmo | None:
        own = self.own
        if own is None:
            return None
        matrix = own.matrix if self._matrix is None else self._matrix
        at = matrix[:3, :3] @ np.array(own.centre_mm) + matrix[:3, 3]
        return Gizmo(at, matrix[:3, :3], all_handles())

    # ---- mouse --------------------------------------------------------------------------------------

    def press(self, event: ViewEvent) -> bool:
        """Take a handle, or the object under the mouse."""
        session = self._desk.session
        if event.double or session is None or session.read_only:
            return False
        screen, gizmo = screen_of(event.view, event.where), self._gizmo()
        handle = None if gizmo is None else hit(gizmo, screen, event.pixel)
        if gizmo is None or handle is None:
            group = event.picked[0]
            if group.startswith(PREFIX) and group != f"{PREFIX}{self.chosen}":
                self.choose(group.removeprefix(PREFIX))
                self.chosen_changed.emit(self.chosen)
                return True
            return False
        self._drag = Drag(gizmo, handle, screen, np.asarray(event.pixel, float))
        self._hands.set_active(handle.name)
        return True

    def move(self, event: ViewEvent) -> None:
        """Follow the mouse."""
        own = self.own
        if self._drag is None or own is None:
            return
        motion = self._drag.to(event.pixel, COARSE if event.modifiers.ctrl else FREELY)
        self._matrix = motion.matrix @ own.matrix
        self._scene.move(own, self._matrix)
        self._hands.refresh()
        self._desk.say(f"{own.name}: {motion.words}")

    def release(self, event: ViewEvent) -> None:
        """One undo step."""
        self.move(event)
        own, matrix = self.own, self._matrix
        self._drag = self._matrix = None
        self._hands.set_active("")
        if own is not None and matrix is not None and not np.allclose(matrix, own.matrix, atol=1e-9):
            self._keep(own.placed(matrix))

    def _keep(self, own: OwnObject, merge: str = "") -> None:
        session = self._desk.session
        if session is not None:
            state = with_object(session.case.state, own)
            self._desk.attempt(lambda: session.edit(f"Move {own.name}", state=state, merge=merge))

    def hover(self, event: ViewEvent) -> None:
        """Light up what a press would take."""
        gizmo = self._gizmo()
        found = None if gizmo is None else hit(gizmo, screen_of(event.view, event.where), event.pixel)
        self._hands.set_active("" if found is None else found.name)

    def cancel(self) -> None:
        """Put the object back where it was."""
        own = self.own
        if self._drag is not None and own is not None:
            self._scene.move(own, own.matrix)
        self._drag = self._matrix = None
        self._hands.set_active("")

    def key(self, event: KeyPress) -> bool:
        """Esc gives a drag up; arrow keys move the object, presses after each other are one step."""
        if event.key == "Escape" and self._drag is not None:
            self.cancel()
            return True
        own, gizmo, session = self.own, self._gizmo(), self._desk.session
        if own is None or gizmo is None or self._drag is not None or session is None or session.read_only:
            return False
        found = nudge(gizmo, gizmo, screen_of(event.view, event.where), event.key, event.modifiers)
        if found is None:
            return False
        self._keep(own.placed(found.motion.matrix @ own.matrix), f"object {own.id} {self._nudges}")
        return True

    # ---- drawing ------------------------------------------------------------------------------------

    def marks(self, screen: Screen, active: str) -> Sequence[Mark]:
        """Handles in a slice."""
        gizmo = self._gizmo()
        return () if gizmo is None else gizmo_marks(gizmo, screen, active)

    def placed(self, screen: Screen, active: str) -> Sequence[Placed]:
        """Handles in 3D."""
        gizmo = self._gizmo()
        return () if gizmo is None else gizmo_placed(gizmo, screen, active)

    def paint(self, view: Any, painter: QPainter) -> None:
        """Handles over a slice."""
        self._hands.paint(view, painter)
