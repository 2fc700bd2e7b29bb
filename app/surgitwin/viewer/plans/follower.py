"""Keeps the slices' axes along the implant, and their fracture, in step with the plan in hand."""

from __future__ import annotations

from surgitwin.core.frame import Frame
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import tables
from surgitwin.viewer.desk import Desk


class PlanFollower:
    """Follows the desk until `release`. Of several implants the first one gives the axes."""

    def __init__(self, desk: Desk) -> None:
        assert desk.session is not None
        assert desk.model is not None
        self._desk, self._session, self._model = desk, desk.session, desk.model
        self._shown: PlacedImplant | None = None
        self._session.changed.connect(self._changed)
        desk.active_plan_changed.connect(self._follow)
        self._follow()

    def _changed(self, topics: frozenset[str]) -> None:
        if "plans" in topics:
            self._follow()

    def _follow(self, _name: str = "") -> None:
        plan, model = self._desk.plan, self._model
        fracture = plan.fracture if plan is not None else None
        if fracture is not model.fracture:
            model.set_fracture(fracture)
        placed = plan.implants[0] if plan is not None and plan.implants else None
        if placed is self._shown:
            return
        self._shown = placed
        if placed is None:
            model.set_implant_axes(None)
        else:
            model.set_implant_axes(Frame.from_matrix(placed.pose), tables.item(placed.catalogue_id).title)

    def release(self) -> None:
        """Stop following."""
        self._session.changed.disconnect(self._changed)
        self._desk.active_plan_changed.disconnect(self._follow)
