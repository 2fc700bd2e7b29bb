"""Pictures of a case from fixed views in the bone frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.plan import Plan
from surgitwin.core.resources import load_table
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.solving.fields import has_result, plan_results
from surgitwin.planning.solving.results import last_inputs
from surgitwin.planning.titles import names_of, short_title
from surgitwin.report.words import sentence, uncapital
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import (
    Layer,
    PlanResult,
    Scene,
    anatomy_layers,
    deformation_words,
    fracture_layer,
    result_layers,
    scale_over,
    solids_layers,
    surface_layer,
)
from surgitwin.scene.page import png
from surgitwin.scene.picture import picture
from surgitwin.scene.reslice import bone_axes
from surgitwin.scene.sliceimage import slice_picture

PLAN_VIEWS = ("anterior", "lateral")
FIELDS = ("risk_factor", "displacement", "stress_vm")
LOAD_CASE = "stance_full"
SIZE = (520, 900)
GHOST = 0.35
"""Opacity of the bone through which implants are seen (display only)."""
MARGIN_MM = 15.0


@dataclass(frozen=True)
class Picture:
    """A PNG with its file name, title and description."""

    name: str
    title: str
    png: bytes
    alt: str
    plan: str = ""


def case_pictures(case: Case) -> list[Picture]:
    """Anatomy and every plan with its fields under full stance; one colour scale and one size over plans."""
    plans = case.plans()
    virtual = any(p.fracture is not None and p.fracture.virtual for p in plans.values())
    stated = (("Virtual fracture",) if virtual else ()) + (("uncalibrated",) if _uncalibrated(case) else ())
    captions = (sentence(", ".join(stated)),) if stated else ()
    out = [_slices(case, plane, captions) for plane in ("coronal", "sagittal")]
    out.append(_anatomy(case, captions))
    placed = {plan.name: _placed(case, plan) for plan in plans.values()}
    held = np.vstack([case.surface.points_mm, *(_points(layers) for layers in placed.values())])
    for name, layers in placed.items():
        for view in PLAN_VIEWS:
            title = f"{short_title(plans[name])}, {view} view"
            image = picture(
                _scene(case, layers, (short_title(plans[name]), *captions)), view, SIZE, hold_mm=held
            )
            out.append(Picture(f"plan_{name}_{view}", title, png(image), title, name))
    solved = {n: plan_results(case, n, (LOAD_CASE,))[LOAD_CASE] for n in plans if has_result(case, n)}
    for field in FIELDS:
        if solved:
            out += _fields(case, plans, solved, field, captions)
    return out


def write_pictures(case: Case, folder: Path) -> list[Path]:
    """Write `case_pictures` as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for one in case_pictures(case):
        path = folder / f"{one.name}.png"
        path.write_bytes(one.png)
        files.append(path)
    return files


def _uncalibrated(case: Case) -> bool:
    """Whether the stiffness came from HU without a density phantom; False before anything was solved."""
    inputs = last_inputs(case)
    return inputs is not None and not inputs.calibration.calibrated


def _slices(case: Case, plane: str, stated: tuple[str, ...]) -> Picture:
    """A reformat through the shaft axis."""
    frame = case.anatomy.frame
    local = frame.from_lps(case.surface.points_mm)
    low, high = local.min(axis=0), local.max(axis=0)
    centre = (low + high) / 2
    centre[1 if plane == "coronal" else 0] = 0.0
    per_px = float((high - low)[2] + 2 * MARGIN_MM) / (SIZE[1] - 80)
    title = f"{plane.capitalize()}, along the shaft axis"
    image = slice_picture(
        case.volume,
        case.labels,
        plane,
        frame.to_lps(centre),
        bone_axes(frame.axes, case.volume.grid),
        SIZE,
        per_px,
        captions=(f"{case.anatomy.side.upper()} femur", title, *stated),
        bone=(frame, case.anatomy.side),
    )
    return Picture(f"image_{plane}", f"{title}, with segments", png(image), title)


def _scene(
    case: Case, layers: Sequence[Layer], captions: Sequence[str], scale: ColourScale | None = None
) -> Scene:
    return Scene(tuple(layers), case.anatomy.frame, case.anatomy.side, scale, tuple(captions))


def _anatomy(case: Case, stated: tuple[str, ...]) -> Picture:
    layers: list[Layer] = [surface_layer("femur", case.surface, GHOST), *anatomy_layers(case.anatomy)]
    image = picture(_scene(case, layers, stated), "anterior", SIZE)
    title = "Anatomy: shaft axis, cuts, landmarks"
    return Picture("anatomy", title, png(image), title)


def _placed(case: Case, plan: Plan) -> list[Layer]:
    """The bone as glass, its implants and its fracture."""
    layers = [surface_layer("femur", case.surface, GHOST)]
    for placed in plan.implants:
        layers += solids_layers(build(placed))
    if plan.fracture is not None:
        layers.append(fracture_layer(plan.fracture))
    return layers


def _points(layers: Sequence[Layer]) -> FloatArray:
    """(n, 3) LPS points of all layers."""
    return np.vstack([np.asarray(x.data.points, float) for x in layers])


def _fields(
    case: Case,
    plans: Mapping[str, Plan],
    solved: dict[str, PlanResult],
    field: str,
    captions: tuple[str, ...],
) -> list[Picture]:
    """One field of every plan on one colour scale and in one size."""
    scale = scale_over(list(solved.values()), field)
    factor = _deformation(case, solved) if field == "displacement" else 0.0
    view = "lateral" if field == "stress_vm" else "anterior"
    load = names_of(plans.values())[LOAD_CASE]
    drawn = {name: result_layers(result, field, factor) for name, result in solved.items()}
    held = np.vstack([_points(layers) for layers in drawn.values()])
    left_out = (_left_out(),) if field == "risk_factor" else ()
    said = (*left_out, *captions)
    out = []
    for name, layers in drawn.items():
        words = (f"{short_title(plans[name])}, {uncapital(load)}", deformation_words(factor), *said)
        image = picture(_scene(case, layers, words, scale), view, SIZE, hold_mm=held)
        title = ". ".join((f"{scale.label}, {uncapital(load)}", *left_out))
        out.append(Picture(f"result_{name}_{field}", title, png(image), title, name))
    return out


def _left_out() -> str:
    """Which bone of the risk picture the metrics do not count."""
    near = load_table("metrics")["settings"]["end_distance_mm"]
    return f"Not in the metrics: bone within {near:g} mm of loads and cut ends"


def _deformation(case: Case, solved: dict[str, PlanResult]) -> float:
    """A round factor of at least 1 that draws the largest displacement as some 5 % of the bone's length."""
    most = max(float(np.linalg.norm(r.bone.displacement_mm, axis=1).max()) for r in solved.values())
    length = float(np.ptp(case.anatomy.frame.from_lps(case.surface.points_mm)[:, 2]))
    wanted = 0.05 * length / max(most, 1e-9)
    steps = [f * 10.0**e for e in range(5) for f in (1, 2, 5)]
    return min(steps, key=lambda s: abs(np.log(s / wanted)))
