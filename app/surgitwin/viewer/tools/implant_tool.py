"""Drag an implant by its handles in slices and in 3D, on the bone or freely; one undo step for each drag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal
from PySide6.QtGui import QPainter

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.planning.plans.implant_drag import MIDDLE, HeldImplant
from surgitwin.planning.plans.implant_follow import ImplantPreview, Step, follow, words
from surgitwin.scene.drags import COARSE, FREELY, Drag, Motion
from surgitwin.scene.handle_layers import Mark, Placed, gizmo_marks, gizmo_placed
from surgitwin.scene.handles import Gizmo, Handle, hit
from surgitwin.scene.screens import Screen
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.hands import Hands, screen_of
from surgitwin.viewer.tools.implant_hold import ImplantHold
from surgitwin.viewer.tools.nudger import Nudger
from surgitwin.viewer.tools.nudges import nudge

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

__all__ = ["ImplantPreview", "ImplantTool"]

UNMOVED = 0.005
"""mm and degrees: less is no step (the bone held the implant where it was)."""
MOVED_PX = 3.0
"""A press and release within this distance selects and moves nothing (handling only)."""


@dataclass(eq=False)
class _Grabbed:
    """What is in the hand. matrix: how far the drawn implant is from where it was taken. answer: place of the
    mouse and the plan that belongs to it, the last that the worker gave."""

    held: HeldImplant
    drag: Drag
    matrix: Any
    moved: bool = False
    answer: tuple[Any, Plan] | None = None


class ImplantTool(Tool):
    """Works on the plan in hand. `hold` knows the selected implant; `previewed` gives an `ImplantPreview`
    while dragging and None when that is over."""

    title = "Move the implant"
    words = (
        "Drag a handle. The implant stays on the bone; hold Shift to drag it freely. Ctrl: steps of 1 mm and "
        "5 degrees. Arrow keys: 1 mm, with Alt 1 degree, with Ctrl a tenth. Esc gives up."
    )
    cursor = "hand"
    hovers_in_scene = True
    previewed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        assert desk.views is not None
        self._desk = desk
        self.hold = ImplantHold(desk)
        self._hands = Hands(desk.views, self)
        self._latest = Latest(desk, desk.say_error)
        self._grabbed: _Grabbed | None = None
        self._snap = True
        self._chain: tuple[int, HeldImplant] | None = None
        self._chains = 0
        self._last: Plan | None = None
        self._nudger = Nudger(desk, self.hold, self._nudged)
        desk.closing.connect(self._latest.stop)

    @property
    def snap_to_bone(self) -> bool:
        """Whether plates stay on the bone and nails in the canal."""
        return self._snap

    @snap_to_bone.setter
    def snap_to_bone(self, on: bool) -> None:
        self._snap = on
        self._hands.refresh()

    # ---- life ---------------------------------------------------------------------------------------

    def activated(self) -> None:
        """Handles appear, if there is something to hold."""
        self.hold.changed.connect(self._held_changed)
        self.hold.listen(True)
        self._hands.show()
        self._desk.say(self.hold.why_not() or self.words)

    def deactivated(self) -> None:
        """Handles go."""
        self.hold.changed.disconnect(self._held_changed)
        self.hold.listen(False)
        self._hands.hide()

    def _held_changed(self) -> None:
        self.cancel()
        if self._chain is not None and (self.hold.held is None or self.hold.held.plan is not self._last):
            self._chain = None
        self._hands.refresh()

    # ---- mouse --------------------------------------------------------------------------------------

    def press(self, event: ViewEvent) -> bool:
        """Take a handle, or select the implant under the mouse and drag it."""
        if event.double:
            return False
        reason = self.hold.why_not()
        if reason:
            self._desk.say(reason)
            return False
        screen = screen_of(event.view, event.where)
        found = self._hit(screen, event)
        if found is None:
            index = self.hold.under(event)
            if index is None:
                return False
            self.hold.select(index)
            if self.hold.held is None:
                return True
            found = self.hold.held.gizmos[0], MIDDLE
        if self.hold.held is None:
            return False
        self._chain = None
        drag = Drag(found[0], found[1], screen, np.asarray(event.pixel, float))
        self._grabbed = _Grabbed(self.hold.held, drag, np.eye(4))
        self._hands.set_active(found[1].name)
        return True

    def _hit(self, screen: Screen, event: ViewEvent) -> tuple[Gizmo, Handle] | None:
        found = [(g, hit(g, screen, event.pixel)) for g in self._gizmos()]
        return next(((g, h) for g, h in found if h is not None), None)

    def _gizmos(self) -> tuple[Gizmo, ...]:
        """The handles where they are drawn now."""
        grabbed = self._grabbed
        if grabbed is not None:
            return tuple(g.moved(grabbed.matrix) for g in grabbed.held.shown(self._snap))
        return () if self.hold.held is None else self.hold.held.shown(self._snap)

    def move(self, event: ViewEvent) -> None:
        """Follow the mouse: at once when it is free, as the bone wants it a moment later."""
        grabbed = self._grabbed
        if grabbed is None:
            return
        if not grabbed.moved:
            away = np.asarray(event.pixel, float) - grabbed.drag.start_px
            if float(np.linalg.norm(away)) < MOVED_PX:
                return
            grabbed.moved = True
        motion, snap = self._motion(grabbed, event)
        if not snap:
            self._draw(motion.matrix)
        step = Step(grabbed.drag.handle.name, motion, snap)
        place = (*event.pixel, snap, event.modifiers.ctrl)
        held = grabbed.held
        self._latest.ask(lambda: (place, follow(held, step)), self._arrived)

    def _motion(self, grabbed: _Grabbed, event: ViewEvent) -> tuple[Motion, bool]:
        steps = COARSE if event.modifiers.ctrl else FREELY
        return grabbed.drag.to(event.pixel, steps), self._snap and not event.modifiers.shift

    def _arrived(self, answer: tuple[Any, ImplantPreview | SurgiTwinError]) -> None:
        grabbed = self._grabbed
        if grabbed is None:
            return
        place, preview = answer
        if isinstance(preview, SurgiTwinError):
            self._desk.say(f"{preview.message} {preview.hint}")
            return
        grabbed.answer = place, preview.plan
        self._draw(grabbed.held.matrix_to(preview.plan))
        self._desk.say(words(grabbed.held, preview))
        self.previewed.emit(preview)

    def _draw(self, matrix: Any) -> None:
        """Move the drawn implant and its outlines; None: where they belong."""
        views, model, index = self._desk.views, self._desk.model, self.hold.selected
        if self._grabbed is not None:
            self._grabbed.matrix = np.eye(4) if matrix is None else matrix
        if views is not None and model is not None and index is not None:
            views.scene.move_group(f"implant:{index}", matrix)
            model.move_outlined(f"implant:{index}", matrix)
            self._hands.refresh()

    def release(self, event: ViewEvent) -> None:
        """One undo step with what the mouse shows now, as soon as the bone has said where that is."""
        grabbed, self._grabbed = self._grabbed, None
        self._hands.set_active("")
        if grabbed is None or not grabbed.moved:
            return
        motion, snap = self._motion(grabbed, event)
        held, step = grabbed.held, Step(grabbed.drag.handle.name, motion, snap)
        if grabbed.answer is not None and grabbed.answer[0] == (*event.pixel, snap, event.modifiers.ctrl):
            self._commit(held, grabbed.answer[1])
        else:
            self._latest.ask(lambda: follow(held, step), lambda found: self._released(held, found))

    def _released(self, held: HeldImplant, found: ImplantPreview | SurgiTwinError) -> None:
        if isinstance(found, SurgiTwinError):
            self._draw(None)
            self._desk.say_error(found)
            self.previewed.emit(None)
        elif held.plan is self._desk.plan:  # nothing else changed the plan meanwhile
            self._commit(held, found.plan)

    def _commit(self, held: HeldImplant, plan: Plan) -> None:
        """Change the plan; steps of one chain of key presses grow into one."""
        session = self._desk.session
        if session is None:
            return
        self._last = plan
        unmoved = max(held.moved(plan)) < UNMOVED
        self._draw(None if unmoved else held.matrix_to(plan))
        if not unmoved:
            number, first = self._chain or (0, held)
            merge = f"nudge {number}" if self._chain else ""
            title, plans = first.step_name(plan), {plan.name: plan}
            self._desk.attempt(lambda: session.edit(title, plans=plans, merge=merge))
        self.previewed.emit(None)

    def hover(self, event: ViewEvent) -> None:
        """Light up what a press would take."""
        found = self._hit(screen_of(event.view, event.where), event)
        self._hands.set_active("" if found is None else found[1].name)

    def cancel(self) -> None:
        """Put the implant back where it was."""
        if self._grabbed is not None:
            self._draw(None)
            self._grabbed = None
            self._hands.set_active("")
            self.previewed.emit(None)

    # ---- keys ---------------------------------------------------------------------------------------

    def key(self, event: KeyPress) -> bool:
        """Esc gives the drag up; arrows nudge the selected implant, presses after each other are one step."""
        if event.key == "Escape" and self._grabbed is not None:
            self.cancel()
            return True
        held = self.hold.held
        if held is None or self._grabbed is not None:
            return False
        screen = screen_of(event.view, event.where)
        found = nudge(held.gizmos[0], held.gizmos[2], screen, event.key, event.modifiers)
        if found is None:
            return False
        if self._chain is None:
            self._chains += 1
            self._chain = self._chains, held
        self._nudger.add(Step(found.handle, found.motion, self._snap and not event.modifiers.shift))
        return True

    def _nudged(self, held: HeldImplant, plan: Plan) -> None:
        if held.plan is self._desk.plan:
            self._commit(held, plan)

    # ---- drawing ------------------------------------------------------------------------------------

    def marks(self, screen: Screen, active: str) -> Sequence[Mark]:
        """Handles in a slice."""
        return [m for gizmo in self._gizmos() for m in gizmo_marks(gizmo, screen, active)]

    def placed(self, screen: Screen, active: str) -> Sequence[Placed]:
        """Handles in 3D."""
        return [p for gizmo in self._gizmos() for p in gizmo_placed(gizmo, screen, active)]

    def paint(self, view: Any, painter: QPainter) -> None:
        """Handles over a slice."""
        self._hands.paint(view, painter)
