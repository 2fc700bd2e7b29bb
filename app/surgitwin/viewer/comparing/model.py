"""What the linked views of Compare show, made from a request in a worker. Without Qt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane
from surgitwin.core.solids import ImplantSolids
from surgitwin.planning.comparing.comparison import Compared, Comparison
from surgitwin.planning.comparing.difference_field import Difference, difference
from surgitwin.planning.solving.results import INTACT
from surgitwin.report.words import name_text, sentence, uncapital
from surgitwin.scene.clipping import clip_plane
from surgitwin.scene.deformation import visible_factor
from surgitwin.scene.difference import COMPARED, difference_name, difference_scale
from surgitwin.scene.fields import FIELDS, ColourScale
from surgitwin.scene.model import (
    Layer,
    PlanResult,
    has_field,
    result_layers,
    scale_over,
    solids_layers,
    surface_layer,
)
from surgitwin.scene.readout import Reading
from surgitwin.viewer.fields_store import FieldsStore

GLASS = 0.4
"""Opacity of bone round implants when no result is painted (display only)."""
FADED = 0.35
"""Opacity of a result that is out of date (display only)."""


@dataclass(frozen=True)
class Request:
    """What the user asked for. plans: names, the intact bone may be among them. field "": implants only.

    reference: name of the plan whose difference is shown, "" for none. clip: direction and share removed.
    """

    plans: tuple[str, ...]
    field: str = "risk_factor"
    load: str = ""
    stage: str = ""
    reference: str = ""
    clip: tuple[str, float] | None = None


@dataclass(frozen=True, eq=False)
class Pane:
    """One view. painted: name of what is painted, "" for nothing. words: what only this view must say, the
    plan's name first. stale: what is painted is out of date, by the plan or by the one it is compared with.

    result: for the probe, with the differences when they are painted. read: name of what the probe reads.
    reader: reads the painted field at a place (LPS) where `result` cannot (a vessel's wall).
    """

    plan: Compared
    layers: tuple[Layer, ...]
    painted: str
    words: tuple[str, ...]
    result: PlanResult | None
    read: str = ""
    stale: bool = False
    reader: Callable[[FloatArray], Reading | None] | None = None


class Differences:
    """The last few differences, so that another field of the same two plans costs nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], tuple[PlanResult, PlanResult, Difference]] = OrderedDict()

    def of(self, first: PlanResult, second: PlanResult, solids: tuple[ImplantSolids, ...]) -> Difference:
        """`first` minus `second`."""
        key = (id(first), id(second))
        found = self._kept.get(key)
        if found is None or found[0] is not first or found[1] is not second:
            found = (first, second, difference(first, second, solids))
        self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_DIFFERENCES:
            self._kept.popitem(last=False)
        return found[2]


KEPT_DIFFERENCES = 6
"""Differences in memory (setting): one for every view."""


@dataclass(frozen=True, eq=False)
class Shown:
    """Everything for the views at once: one scale for all. factor: deformation to begin with.

    words: what holds for all views (load, healing stage).
    """

    request: Request
    panes: tuple[Pane, ...]
    words: str
    scale: ColourScale | None
    factor: float
    clip: Plane | None
    fields: tuple[str, ...]


def make_shown(comparison: Comparison, store: FieldsStore, kept: Differences, request: Request) -> Shown:
    """Read (or recall) the fields and prepare all layers, undeformed; for a worker."""
    found = {name: _result(comparison, store, request, name) for name in request.plans}
    results = {n: r for n, r in found.items() if r is not None}
    offered = tuple(f for f in FIELDS if any(has_field(r, f) for r in results.values()))
    clip = _clip(comparison, request)
    compared: Mapping[str, Difference] = {}
    if request.reference and request.field in COMPARED:
        compared = _differences(comparison, store, kept, request, results)
    array = difference_name(request.field) if compared else request.field
    scale = _scale(comparison, results, compared, array)
    panes = tuple(
        _pane(comparison, comparison.find(n), found[n], compared.get(n), request, array, clip, bool(compared))
        for n in request.plans
    )
    words = _common(comparison, request) if request.field else ""
    return Shown(request, panes, words, scale, visible_factor(results.values()), clip, offered)


def _result(comparison: Comparison, store: FieldsStore, request: Request, name: str) -> PlanResult | None:
    """Fields of a plan; None without a result under this load at this stage."""
    stage = "" if name == INTACT else request.stage
    one = comparison.find(name)
    if not one.solved or not request.load or (stage and stage not in one.stages):
        return None
    key = comparison.results.key(name, request.load, stage)
    if key is None:
        return None
    return store.get(key, lambda: comparison.results.read(name, request.load, stage))


def _clip(comparison: Comparison, request: Request) -> Plane | None:
    if request.clip is None:
        return None
    points = comparison.surface.points_mm
    return clip_plane(comparison.frame, comparison.side, points, *request.clip)


def _differences(
    comparison: Comparison,
    store: FieldsStore,
    kept: Differences,
    request: Request,
    results: Mapping[str, PlanResult],
) -> dict[str, Difference]:
    reference = results.get(request.reference) or _result(comparison, store, request, request.reference)
    if reference is None:
        return {}
    theirs = comparison.find(request.reference).solids
    out = {}
    for name, result in results.items():
        if name != request.reference:
            solids: tuple[ImplantSolids, ...] = (*comparison.find(name).solids, *theirs)
            found = kept.of(result, reference, solids)
            values = found.result.bone.values(difference_name(request.field))
            if values is not None and np.isfinite(values).any():
                out[name] = found
    return out


def _scale(
    comparison: Comparison,
    results: Mapping[str, PlanResult],
    compared: Mapping[str, Difference],
    array: str,
) -> ColourScale | None:
    """One scale over all plans that are shown; what is out of date does not stretch it beside what is not.

    Differences to a reference that is out of date are all out of date: see `_pane`."""
    if compared:
        fresh = [d for n, d in compared.items() if not comparison.find(n).stale] or list(compared.values())
        values = [d.result.bone.values(array) for d in fresh]
        return difference_scale(array, [v for v in values if v is not None])
    having = {n: r for n, r in results.items() if array and has_field(r, array)}
    current = [r for n, r in having.items() if not comparison.find(n).stale]
    return scale_over(current or list(having.values()), array) if having else None


def _pane(
    comparison: Comparison,
    plan: Compared,
    result: PlanResult | None,
    compared: Difference | None,
    request: Request,
    array: str,
    clip: Plane | None,
    differences: bool,
) -> Pane:
    words = [plan.short]
    if plan.stale:
        words.append(_old(plan))
    if result is None or not array:
        if request.field:
            words.append(_missing(comparison, plan, request))
        return Pane(plan, _plain(comparison, plan), "", tuple(words), None, stale=plan.stale)
    stage = _own_stage(comparison, plan, request)
    words += [stage] if stage else []
    if differences and compared is None:
        words.append("the others are compared with this one")
        layers = result_layers(result, "", clip=clip, ghost=False)
        return Pane(plan, _faded(layers, plan.stale), "", tuple(words), result, request.field, plan.stale)
    stale = plan.stale
    if compared is not None:
        reference = comparison.find(request.reference)
        stale = stale or reference.stale
        sign = "over" if request.field == "sed" else "minus"
        words.append(f"{sign} {uncapital(comparison.titles[request.reference])}")
        if reference.stale:
            words.append(f"{_old(reference)} ({uncapital(reference.short)}, which this is compared with)")
        words += [compared.words] if compared.words else []
        result = compared.result
    layers = result_layers(result, array, clip=clip)
    return Pane(plan, _faded(layers, stale), array, tuple(words), result, array, stale)


def _old(plan: Compared) -> str:
    """That a plan's result is out of date, and why."""
    return "OUT OF DATE: " + "; ".join(plan.reasons or ("simulate again",))


def _faded(layers: list[Layer], stale: bool) -> tuple[Layer, ...]:
    """Out of date: drawn as a shade, so that nobody takes it for current."""
    if not stale:
        return tuple(layers)
    return tuple(replace(x, opacity=min(x.opacity, FADED)) for x in layers)


def _plain(comparison: Comparison, plan: Compared) -> tuple[Layer, ...]:
    """Bone and implants without a result."""
    glass = GLASS if plan.solids else 1.0
    bone = surface_layer("bone", comparison.surface, glass)
    return (bone, *(x for s in plan.solids for x in solids_layers(s)))


def _common(comparison: Comparison, request: Request) -> str:
    """Load and healing stage that all views share."""
    names = comparison.names
    words = [sentence(name_text(request.load, names))]
    stages = {request.stage or comparison.find(n).own for n in request.plans if n != INTACT}
    if len(stages) == 1 and (stage := stages.pop()):
        words.append(uncapital(name_text(stage, names)))
    return ", ".join(words)


def _own_stage(comparison: Comparison, plan: Compared, request: Request) -> str:
    """The plan's healing stage where the plans' own ones differ."""
    stages = {comparison.find(n).own for n in request.plans if n != INTACT}
    if request.stage or len(stages) < 2 or not plan.own:
        return ""
    return uncapital(name_text(plan.own, comparison.names))


def _missing(comparison: Comparison, plan: Compared, request: Request) -> str:
    if not plan.solved:
        return "Not simulated yet"
    if request.stage and request.stage not in plan.stages:
        return f"Not simulated at this stage: {uncapital(name_text(request.stage, comparison.names))}"
    return "No result under this load"


def displace(layers: tuple[Layer, ...], factor: float) -> None:
    """Draw the motion of layers that carry one `factor` times as large, in place."""
    for layer in layers:
        if "u" in layer.data.point_data:
            start = np.asarray(layer.data.point_data["points0"])
            layer.data.points = start + factor * np.asarray(layer.data.point_data["u"])
