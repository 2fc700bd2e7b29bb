"""What the window needs and what takes longer than a blink: made in a worker before the views open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surgitwin.core.frame import Frame
from surgitwin.core.progress import SILENT, Progress
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import (
    Layer,
    anatomy_layers,
    fracture_layer,
    labels_layers,
    result_layers,
    solids_layers,
    surface_layer,
)
from surgitwin.viewer.case_view import CaseView
from surgitwin.viewer.fields_store import FieldsStore, LoadFields
from surgitwin.viewer.model import ViewModel

GLASS = 0.4
"""Opacity of bone round implants, so that a nail in its canal is seen (display only)."""

DEFORMED_SHARE = 0.08
"""Share of the bone's length at which the largest displacement is drawn to begin with (display only)."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A case with its view model and 3D layers. model None: no image. base: anatomy and surfaces.
    gap: the fracture.

    plans: implant layers by plan. fields: load cases in memory. field_names: what the results hold.
    factor: deformation factor to begin with.
    """

    case: CaseView
    model: ViewModel | None
    frame: Frame
    base: tuple[Layer, ...]
    gap: tuple[Layer, ...]
    plans: dict[str, tuple[Layer, ...]]
    fields: FieldsStore
    field_names: tuple[str, ...]
    factor: float


def prepare(source: CaseView | Callable[[Progress], CaseView], progress: Progress = SILENT) -> Prepared:
    """Load the case when `source` is a loader, then everything that the views draw."""
    case = source if isinstance(source, CaseView) else source(progress.part(0, 0.6))
    progress("Preparing slices", 0.6)
    model = _model(case)
    progress("Preparing surfaces", 0.7)
    gap = (fracture_layer(case.fracture),) if case.fracture is not None else ()
    base = (*_base(case), *gap)
    progress("Preparing plans", 0.85)
    plans = {p.name: tuple(x for s in p.solids for x in solids_layers(s)) for p in case.plans}
    frame = case.anatomy.frame if case.anatomy is not None else _body_frame(model)
    store, first = FieldsStore(case.fields_of), None
    if case.first_load and any(p.solved for p in case.plans):
        progress("Preparing results", 0.9)
        first = store.compute(case.first_load, progress.part(0.9, 1.0))
        store.put(case.first_load, first)
    names = tuple(first.scales) if first is not None else ()
    return Prepared(case, model, frame, base, gap, plans, store, names, _factor(first))


def _model(case: CaseView) -> ViewModel | None:
    """Slices of the case, ready to be drawn; None without an image."""
    if case.volume is None:
        return None
    model = ViewModel(case.volume)
    model.set_labels(case.labels)
    model.set_anatomy(case.anatomy)
    model.set_fracture(case.fracture)
    for plane in model.planes:
        model.pixels(plane, (64, 64))
    return model


def _base(case: CaseView) -> tuple[Layer, ...]:
    layers = [surface_layer(name, mesh, GLASS if case.plans else 1.0) for name, mesh in case.surfaces.items()]
    if not layers and case.labels is not None:
        layers = labels_layers(case.labels)
    if case.anatomy is not None:
        layers += anatomy_layers(case.anatomy)
    return tuple(layers)


def _body_frame(model: ViewModel | None) -> Frame:
    """Before the bone is measured the 3D view stands in the body: z to the head, y anterior."""
    origin = model.centre_mm if model is not None else np.zeros(3)
    return Frame(origin, np.diag([-1.0, -1.0, 1.0]))


def _factor(first: LoadFields | None) -> float:
    """A round factor that makes the largest displacement visible, at least 1; 0 without results."""
    results = [] if first is None else list(first.results.values())
    largest = max((float(np.linalg.norm(r.bone.displacement_mm, axis=1).max()) for r in results), default=0.0)
    if largest <= 0:
        return 0.0
    length = float(np.ptp(results[0].bone.mesh.points_mm, axis=0).max())
    raw = DEFORMED_SHARE * length / largest
    if raw < 1:
        return 1.0
    nice = 10 ** np.floor(np.log10(raw))
    return float(max(n * nice for n in (1, 2, 5) if n * nice <= raw))


def scene_layers(
    prepared: Prepared, plan: str, load: str, field: str, factor: float
) -> tuple[tuple[Layer, ...], ColourScale | None]:
    """Layers and scale for one plan ("" none), load and field ("" shows implants without results).

    While the load case is not in memory the anatomy and the implants are shown.
    """
    fields = prepared.fields.get(load) if field else None
    if fields is not None and plan in fields.results and field in fields.scales:
        return tuple(result_layers(fields.results[plan], field, factor)), fields.scales[field]
    return (*prepared.base, *prepared.plans.get(plan, ())), None
