"""Drag the cut of the fracture: along the shaft, tilted by its ends, wider or narrower at its gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal
from PySide6.QtGui import QPainter

from surgitwin.core.frame import Plane
from surgitwin.planning.plans.cut_drag import HeldCut, same
from surgitwin.scene.cut_handles import Cut, CutDrag, hit_cut
from surgitwin.scene.cut_layers import cut_marks, cut_placed
from surgitwin.scene.drags import COARSE, FREELY
from surgitwin.scene.handle_layers import Mark, Placed
from surgitwin.scene.screens import Screen
from surgitwin.viewer.tools.base import KeyPress, Tool, ViewEvent
from surgitwin.viewer.tools.hands import Hands, screen_of
from surgitwin.viewer.tools.nudges import FINE, STEP

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

GROUP = "gap"
"""Group of the fracture's layers in the views (see `scene_director`)."""


class CutTool(Tool):
    """Works on the fracture of the plan in hand. `previewed` gives the plan as it would be while dragging,
    None when that is over."""

    title = "Move the cut"
    words = (
        "Drag the cut along the shaft, tilt it by the balls at its ends, set the gap by the small grip. "
        "Ctrl: steps of 1 mm and 5 degrees. Up and down arrow: 1 mm, with Ctrl 0.1 mm. Esc gives up."
    )
    cursor = "hand"
    hovers_in_scene = True
    previewed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        assert desk.views is not None
        self._desk = desk
        self._hands = Hands(desk.views, self)
        self._held: HeldCut | None = None
        self._drag: CutDrag | None = None
        self._now: Cut | None = None

    def why_not(self) -> str:
        """Why the cut cannot be moved now, "" when it can."""
        session, plan = self._desk.session, self._desk.plan
        if session is None or session.read_only:
            return "The case is open for reading only."
        if plan is None:
            return "Choose a plan first."
        if plan.fracture is None:
            return "The plan has no fracture: add one under Fracture."
        if not session.case.state.get("anatomy"):
            return "Measure the bone first."
        return ""

    # ---- life ---------------------------------------------------------------------------------------

    def activated(self) -> None:
        """Grips appear."""
        session = self._desk.session
        if session is not None:
            session.changed.connect(self._changed)
        self._desk.active_plan_changed.connect(self._take)
        self._take()
        self._hands.show()
        self._desk.say(self.why_not() or self.words)

    def deactivated(self) -> None:
        """Grips go."""
        session = self._desk.session
        if session is not None:
            session.changed.disconnect(self._changed)
        self._desk.active_plan_changed.disconnect(self._take)
        self._hands.hide()

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & {"plans", "anatomy"}:
            self._take()

    def _take(self, _name: str = "") -> None:
        """Hold the cut as the plan has it now."""
        self.cancel()
        plan, session = self._desk.plan, self._desk.session
        self._held = self._now = None
        if plan is not None and session is not None and not self.why_not():
            self._held = HeldCut(plan, session.case.anatomy)
            self._now = self._held.cut
        self._hands.refresh()

    # ---- mouse --------------------------------------------------------------------------------------

    def press(self, event: ViewEvent) -> bool:
        """Take the grip under the mouse."""
        if event.double:
            return False
        if self._held is None:
            self._desk.say(self.why_not())
            return False
        screen, cut = screen_of(event.view, event.where), self._held.cut
        grip = hit_cut(cut, screen, event.pixel)
        if grip is None:
            return False
        self._drag = CutDrag(cut, grip, screen, np.asarray(event.pixel, float))
        self._hands.set_active(grip)
        return True

    def move(self, event: ViewEvent) -> None:
        """The cut follows the mouse."""
        if self._drag is None or self._held is None:
            return
        self._show(self._drag.to(event.pixel, COARSE if event.modifiers.ctrl else FREELY))
        assert self._now is not None
        self._desk.say(self._held.words(self._now))
        self.previewed.emit(self._held.with_cut(self._now))

    def release(self, event: ViewEvent) -> None:
        """One undo step."""
        drag, self._drag = self._drag, None
        self._hands.set_active("")
        if drag is None or self._held is None:
            return
        self._commit(drag.to(event.pixel, COARSE if event.modifiers.ctrl else FREELY))
        self.previewed.emit(None)

    def _commit(self, new: Cut, merge: str = "") -> None:
        held, session = self._held, self._desk.session
        if held is None or session is None:
            return
        if same(held.cut, new):
            self._show(None)
            return
        self._show(new)
        plan = held.with_cut(new)
        session.edit(held.step_name(new), plans={plan.name: plan}, merge=merge)

    def _show(self, new: Cut | None) -> None:
        """Draw the cut at another place; None: where it belongs. The gap's layer is moved, never rebuilt."""
        views, model = self._desk.views, self._desk.model
        if views is None or model is None or self._held is None:
            return
        old = self._held.cut
        self._now = old if new is None else new
        views.scene.move_group(GROUP, None if new is None else old.to_new(new))
        rigid = None if new is None else old.to_new(replace(new, gap_mm=old.gap_mm))
        model.move_outlined(GROUP, rigid)
        self._hands.refresh()

    def hover(self, event: ViewEvent) -> None:
        """Light up what a press would take."""
        screen = screen_of(event.view, event.where)
        grip = None if self._now is None else hit_cut(self._now, screen, event.pixel)
        self._hands.set_active(grip or "")

    def cancel(self) -> None:
        """Put the cut back where it was."""
        if self._drag is not None:
            self._drag = None
            self._show(None)
            self._hands.set_active("")
            self.previewed.emit(None)

    def key(self, event: KeyPress) -> bool:
        """Esc gives the drag up; up and down slide the cut along the shaft."""
        if event.key == "Escape" and self._drag is not None:
            self.cancel()
            return True
        if event.key not in ("Up", "Down") or self._held is None or self._drag is not None:
            return False
        way = (FINE if event.modifiers.ctrl else STEP) * (1 if event.key == "Up" else -1)
        cut = self._held.cut
        self._commit(replace(cut, plane=Plane(cut.plane.point_mm + way * cut.along, cut.plane.normal)))
        return True

    # ---- drawing ------------------------------------------------------------------------------------

    def marks(self, screen: Screen, active: str) -> Sequence[Mark]:
        """Grips in a slice."""
        return () if self._now is None else cut_marks(self._now, screen, active)

    def placed(self, screen: Screen, active: str) -> Sequence[Placed]:
        """Grips in 3D."""
        return () if self._now is None else cut_placed(self._now, screen, active)

    def paint(self, view: Any, painter: QPainter) -> None:
        """Grips over a slice."""
        self._hands.paint(view, painter)
