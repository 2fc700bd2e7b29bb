"""What the Compare page of a vessel case shows, read in a worker: results, table, chart, 3D. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.comparison import Compared
from surgitwin.planning.comparing.rows import TableRow, table_rows
from surgitwin.planning.titles import metric_titles, names_of, plan_title, short_title
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy
from surgitwin.planning.vessels.compare import compare_vessel
from surgitwin.planning.vessels.grid import Matrix, matrix_of
from surgitwin.planning.vessels.plans import procedure_of, vessel_context
from surgitwin.planning.vessels.results import Deployed, best_level, deployed, result_state
from surgitwin.procedures.vessel import Chart
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer
from surgitwin.scene.readout import Reading
from surgitwin.scene.vessel_fields import VESSEL_FIELDS, vessel_scale
from surgitwin.scene.vessel_layers import (
    calcium_layer,
    face_layer,
    lumen_face,
    on_nodes,
    painted_layer,
    strut_layer,
    tube_layers,
)
from surgitwin.scene.vessel_picture import opened, side_view
from surgitwin.viewer.comparing.model import Pane, Request, Shown
from surgitwin.viewer.vessel.device_ghost import SEEN, device_ghost

WORDS = {"sizing": "L0, geometry", "deployment": "L1", "deployment_L2": "L2"}
MOST_PANES = 4
NEAR_MM = 2.0
"""The probe reads the wall's nearest node when it is not farther away than this."""


@dataclass(frozen=True, eq=False)
class VesselComparison:
    """Everything that was read. plans: in the case's order. found: results of the best level of each plan."""

    anatomy: RootAnatomy | ArteryAnatomy
    plans: tuple[Compared, ...]
    found: Mapping[str, Deployed]
    ghosts: Mapping[str, Layer]
    compare: Mapping[str, Any]
    rows: tuple[TableRow, ...]
    names: Mapping[str, str]
    titles: Mapping[str, str]
    matrix: Matrix | None
    chart: Chart | None

    def find(self, name: str) -> Compared:
        """The plan called `name`; KeyError when there is none."""
        for plan in self.plans:
            if plan.name == name:
                return plan
        raise KeyError(name)

    def values(self, name: str, field: str) -> FloatArray | None:
        """(n,) a field on the nodes of a plan's wall; None without a result."""
        one = self.found.get(name)
        if one is None or field not in VESSEL_FIELDS:
            return None
        if field == "wall_stress":
            return on_nodes(one.task.wall, one.result.stress_MPa)
        return one.result.pressure_MPa if field == "contact_pressure" else one.result.gap_mm

    def scale(self, field: str) -> ColourScale | None:
        """One scale over all current results, so that every picture of the page can be compared."""
        names = [p.name for p in self.plans if not p.stale and p.name in self.found] or list(self.found)
        values = [v for n in names if (v := self.values(n, field)) is not None]
        return vessel_scale(field, values) if values else None


def read_comparison(case: Case) -> VesselComparison | None:
    """Read all results of a case; None without a plan. For a worker."""
    plans = case.plans()
    if not plans or not case.state.get("vessel"):
        return None
    anatomy, context = vessel_anatomy(case), vessel_context(case)
    found = {n: d for n in plans if (d := deployed(case, n)) is not None}
    compare = compare_vessel(case)
    procedure = procedure_of(case, next(iter(plans.values())).procedure)
    chart = procedure.chart(context, {n: (d.plan, d.tasks, d.results) for n, d in found.items()})
    return VesselComparison(
        anatomy,
        tuple(_compared(case, name) for name in plans),
        found,
        {n: g for n in plans if n not in found and (g := _ghost(case, n, anatomy)) is not None},
        compare,
        table_rows(compare),
        {**names_of(plans.values()), **metric_titles(plans.values()), **WORDS},
        {n: short_title(p) for n, p in plans.items()},
        matrix_of(case),
        chart,
    )


def _compared(case: Case, name: str) -> Compared:
    plan = case.plans()[name]
    state = result_state(case, name, best_level(case, name) or "L1")
    reasons = ("the plan, the anatomy or an answer was changed",) if state == "out of date" else ()
    return Compared(name, plan_title(plan), short_title(plan), state, reasons)


def _ghost(case: Case, name: str, anatomy: RootAnatomy | ArteryAnatomy) -> Layer | None:
    """The device of a plan that was not deployed; None where it leaves the vessel (the checks say so)."""
    plan = case.plans()[name]
    if not plan.implants:
        return None
    try:
        return device_ghost(anatomy, plan, procedure_of(case, plan.procedure).device(plan)).frame
    except GeometryError:
        return None


def chosen_rows(
    comparison: VesselComparison, names: Sequence[str]
) -> tuple[tuple[TableRow, ...], list[Mapping[str, Any]]]:
    """Rows and plans of the table: of the named plans when there are more than fit beside each other."""
    plans = list(comparison.compare["plans"])
    if len(plans) <= MOST_PANES or not names:
        return comparison.rows, plans
    at = [n for n, p in enumerate(plans) if p["name"] in names]
    rows = tuple(
        replace(r, cells=tuple(r.cells[n] for n in at), merits=tuple(r.merits[n] for n in at))
        for r in comparison.rows
    )
    return rows, [plans[n] for n in at]


# ---- 3D -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VesselRequest:
    """plans: names, four at most. field: of `VESSEL_FIELDS`, "" for the wall as glass. opened: the front half
    of the wall is taken away."""

    plans: tuple[str, ...]
    field: str = "contact_pressure"
    opened: bool = True
    calcium: bool = True


def axis_of(anatomy: RootAnatomy | ArteryAnatomy) -> FloatArray:
    """Up on the screen: towards the aorta in a root, towards the head along an artery."""
    if isinstance(anatomy, RootAnatomy):
        return np.array(anatomy.annulus.normal)
    points = anatomy.tube.course.points_mm
    axis = points[-1] - points[0]
    return np.array(axis if axis[2] >= 0 else -axis)


def make_shown(comparison: VesselComparison, request: VesselRequest) -> Shown:
    """Layers of all panes, on one colour scale. For a worker."""
    scale = comparison.scale(request.field) if request.field else None
    panes = tuple(_pane(comparison, n, request, scale) for n in request.plans[:MOST_PANES])
    words = "Wall opened at the front" if request.opened else ""
    return Shown(Request(request.plans, request.field), panes, words, scale, 0.0, None, tuple(VESSEL_FIELDS))


def _pane(comparison: VesselComparison, name: str, request: VesselRequest, scale: ColourScale | None) -> Pane:
    plan, one = comparison.find(name), comparison.found.get(name)
    if one is None:
        more = _calcium(comparison, request, None)
        ghost = comparison.ghosts.get(name)
        layers = [*tube_layers(comparison.anatomy.tube, 0.35), *([ghost] if ghost is not None else []), *more]
        return Pane(plan, tuple(layers), "", (plan.short, "Not deployed: as planned"), None)
    face = lumen_face(one.task.wall, one.result.displacement_mm)
    eye, _ = side_view(axis_of(comparison.anatomy))
    clip = opened(eye, face.points_mm.mean(0)) if request.opened else None
    more = _calcium(comparison, request, clip, one)
    values = comparison.values(name, request.field) if request.field else None
    painted = values is not None and scale is not None
    wall = (
        painted_layer(face, request.field, values, clip)
        if values is not None and painted
        else face_layer(face, clip=clip)
    )
    device = one.task.device
    bar = max(device.rings[0].strut_width_mm / 2, SEEN * device.nominal_diameter_mm)
    struts = strut_layer(one.result.struts_mm, bar)
    layers = [wall, *([struts] if struts is not None else []), *more]
    old = ["OUT OF DATE: " + "; ".join(plan.reasons)] if plan.stale else []
    reader: Callable[[FloatArray], Reading | None] | None = None
    if painted and values is not None:
        reader = partial(_read_wall, cKDTree(face.points_mm), values[face.nodes], request.field)
    return Pane(
        plan, tuple(layers), request.field if painted else "", (plan.short, one.level, *old), None,
        request.field if painted else "", plan.stale, reader,
    )  # fmt: skip


def _calcium(
    comparison: VesselComparison, request: VesselRequest, clip: Plane | None, one: Deployed | None = None
) -> list[Layer]:
    """The calcium that the request shows: moved with the deployed wall, none in front of an opened one."""
    if not request.calcium:
        return []
    found = comparison.anatomy.calcium
    if one is not None and len(found.points_mm):
        _, node = cKDTree(one.task.wall.points_mm).query(found.points_mm)
        found = replace(found, points_mm=found.points_mm + one.result.displacement_mm[node])
    if clip is not None:
        found = replace(found, points_mm=found.points_mm[clip.distance(found.points_mm) <= 0])
    made = calcium_layer(found)
    return [] if made is None else [made]


def _read_wall(tree: cKDTree, values: FloatArray, field: str, place_mm: FloatArray) -> Reading:
    """The painted value at the node of the deformed lumen that is nearest to a place."""
    away, node = tree.query(place_mm)
    unit = VESSEL_FIELDS[field].unit
    if away > NEAR_MM:
        return Reading(field, None, unit, float(away), "wall", "not on the wall of this plan")
    value = float(values[node])
    if not np.isfinite(value):
        return Reading(field, None, unit, float(away), "wall", "no value here: beyond the device")
    return Reading(field, value, unit, float(away), "wall")
