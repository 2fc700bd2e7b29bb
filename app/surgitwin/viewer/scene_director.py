"""What the 3D view and the outlines in the slices show of the case: bone, marks, fracture, implants.

Groups of layers: "bone", "marks", "gap", "implant:0", "implant:1", ... (those of the plan in hand). Pages and
tools add groups of their own, move "implant:n" while dragging, and may hide groups with `hide`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from surgitwin.core.arrays import content_hash
from surgitwin.core.frame import Frame
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.site import BONE, SITES, is_general, is_vessel, site_of
from surgitwin.planning.titles import plan_title
from surgitwin.scene.model import Layer, anatomy_layers, fracture_layer, solids_layers, surface_layer
from surgitwin.viewer.latest import Latest
from surgitwin.viewer.segments.tissue_recipes import tissue_recipes
from surgitwin.viewer.vessel.recipes import vessel_recipes

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk

GLASS = 0.4
"""Opacity of bone round implants, so that a nail in its canal is seen (display only)."""
Layers = tuple[Layer, ...]
Recipe = tuple[str, Callable[[], Layers]]


def recipes(case: Case, plan_name: str) -> dict[str, Recipe]:
    """Group -> key of what it is made from, and how to make it (in any thread)."""
    out: dict[str, Recipe] = {}
    if is_vessel(case):
        return vessel_recipes(case)
    if is_general(case):
        return tissue_recipes(case)
    state, plan = case.state, case.plans().get(plan_name)
    if state.get("mesh"):
        opacity = GLASS if plan is not None and plan.implants else 1.0
        out["bone"] = (
            f"{state['mesh']['surface']} {opacity}",
            lambda: (surface_layer("femur", case.surface, opacity),),
        )
    if state.get("anatomy"):
        out["marks"] = (content_hash(state["anatomy"]), lambda: tuple(anatomy_layers(case.anatomy)))
    if plan is not None and plan.fracture is not None:
        fracture = plan.fracture
        out["gap"] = (fracture.hash, lambda: (fracture_layer(fracture),))
    for n, placed in enumerate(() if plan is None else plan.implants):
        out[f"implant:{n}"] = (content_hash(placed), partial(_implant, placed))
    return out


def _implant(placed: PlacedImplant) -> Layers:
    return tuple(solids_layers(build(placed)))


class SceneDirector(QObject):
    """Keeps the shared views in step with the session and the plan in hand; layers are made in a worker."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        assert desk.session is not None
        self._desk, self._session = desk, desk.session
        self._made: dict[str, tuple[str, Layers]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._latest = Latest(self, desk.say_error)
        self._session.changed.connect(self._changed)
        desk.active_plan_changed.connect(self.refresh)
        self.refresh()

    def layers(self, group: str) -> Layers:
        """The layers of a group as they are shown, () when it is not there."""
        found = self._made.get(group)
        return () if found is None else found[1]

    def hide(self, groups: frozenset[str]) -> None:
        """Groups that are not drawn (a page shows something in their place); replaces the former set."""
        changed = self._hidden ^ groups
        self._hidden = groups
        for group in changed:
            self._draw(group)

    def _changed(self, topics: frozenset[str]) -> None:
        if topics & {"mesh", "anatomy", "plans", "site", "vessel"}:
            self.refresh()

    def refresh(self, _name: str = "") -> None:
        """Make what is new, drop what is gone."""
        case = self._session.case
        wanted = recipes(case, self._desk.active_plan)
        have = self._made
        todo = {g: r for g, r in wanted.items() if g not in have or have[g][0] != r[0]}
        self._latest.ask(partial(_make, todo), partial(self._arrived, frozenset(wanted)))

    def _arrived(self, wanted: frozenset[str], made: dict[str, tuple[str, Layers]]) -> None:
        gone = self._made.keys() - wanted
        for group in gone:
            del self._made[group]
        self._made.update(made)
        views, model = self._desk.views, self._desk.model
        if views is None or model is None:
            return
        case = self._session.case
        views.scene.set_subject(SITES[site_of(case)].title if site_of(case) != BONE else "")
        if case.state.get("anatomy"):
            views.scene.set_frame(case.anatomy.frame, case.anatomy.side, True)
        else:
            views.scene.set_frame(Frame(model.centre_mm, np.diag([-1.0, -1.0, 1.0])), "left", False)
        for group in (*gone, *made):
            self._draw(group)
        for group in (*gone, *made):
            if group == "gap" or group.startswith("implant:"):
                model.set_outlined(self.layers(group), group)
        plan = self._desk.plan
        views.scene.set_captions((plan_title(plan),) if plan is not None else ())

    def _draw(self, group: str) -> None:
        if self._desk.views is not None:
            shown = () if group in self._hidden else self.layers(group)
            self._desk.views.scene.set_layers(group, shown)

    def release(self) -> None:
        """Stop listening and computing."""
        self._session.changed.disconnect(self._changed)
        self._desk.active_plan_changed.disconnect(self.refresh)
        self._latest.stop()


def _make(todo: dict[str, Recipe]) -> dict[str, tuple[str, Layers]]:
    return {group: (key, make()) for group, (key, make) in todo.items()}
