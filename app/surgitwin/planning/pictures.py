"""Pictures of a case from fixed views in the bone frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgitwin.core.plan import Plan
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.fields import has_result, plan_results
from surgitwin.scene.model import (
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
from surgitwin.scene.reslice import SliceAxes
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
    """Anatomy and every plan with its fields under full stance, one colour scale over all plans."""
    plans = case.plans()
    virtual = any(p.fracture is not None and p.fracture.virtual for p in plans.values())
    captions = ("Virtual fracture",) if virtual else ()
    out = [_slices(case, plane) for plane in ("coronal", "sagittal")]
    out.append(_anatomy(case))
    for plan in plans.values():
        out += [_placed(case, plan, view, captions) for view in PLAN_VIEWS]
    solved = {n: plan_results(case, n, (LOAD_CASE,))[LOAD_CASE] for n in plans if has_result(case, n)}
    for field in FIELDS:
        if solved:
            out += _fields(case, solved, field, captions)
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


def _slices(case: Case, plane: str) -> Picture:
    frame = case.anatomy.frame
    local = frame.from_lps(case.surface.points_mm)
    low, high = local.min(axis=0), local.max(axis=0)
    axes = SliceAxes(frame.axes, np.ones(3))
    per_px = float((high - low)[2] + 2 * MARGIN_MM) / (SIZE[1] - 80)
    title = f"{plane.capitalize()} reformat along the bone axis with segments"
    image = slice_picture(
        case.volume,
        case.labels,
        plane,
        frame.to_lps((low + high) / 2),
        axes,
        SIZE,
        per_px,
        captions=(title,),
        bone=(frame, case.anatomy.side),
    )
    return Picture(f"image_{plane}", title, png(image), title)


def _scene(case: Case, layers: Sequence[object], captions: Sequence[str], scale: object = None) -> Scene:
    return Scene(tuple(layers), case.anatomy.frame, case.anatomy.side, scale, tuple(captions))  # type: ignore[arg-type]


def _anatomy(case: Case) -> Picture:
    layers = [surface_layer("femur", case.surface, GHOST), *anatomy_layers(case.anatomy)]
    image = picture(_scene(case, layers, ()), "anterior", SIZE)
    title = "Anatomy: shaft axis, cuts, landmarks"
    return Picture("anatomy", title, png(image), title)


def _placed(case: Case, plan: Plan, view: str, captions: tuple[str, ...]) -> Picture:
    layers = [surface_layer("femur", case.surface, GHOST)]
    for placed in plan.implants:
        layers += solids_layers(build(placed))
    if plan.fracture is not None:
        layers.append(fracture_layer(plan.fracture))
    title = f"Plan {plan.name}, {view} view"
    image = picture(_scene(case, layers, (f"Plan {plan.name}", *captions)), view, SIZE)
    return Picture(f"plan_{plan.name}_{view}", title, png(image), title, plan.name)


def _fields(
    case: Case, solved: dict[str, PlanResult], field: str, captions: tuple[str, ...]
) -> list[Picture]:
    scale = scale_over(list(solved.values()), field)
    factor = _deformation(case, solved) if field == "displacement" else 0.0
    out = []
    for name, result in solved.items():
        layers = result_layers(result, field, factor)
        words = (f"Plan {name}, {LOAD_CASE.replace('_', ' ')}", deformation_words(factor), *captions)
        image = picture(
            _scene(case, layers, words, scale), "anterior" if field != "stress_vm" else "lateral", SIZE
        )
        title = f"{scale.label}, plan {name}"
        out.append(Picture(f"result_{name}_{field}", title, png(image), title, name))
    return out


def _deformation(case: Case, solved: dict[str, PlanResult]) -> float:
    """A round factor that draws the largest displacement of all plans as some 5 % of the bone's length."""
    most = max(float(np.linalg.norm(r.bone.displacement_mm, axis=1).max()) for r in solved.values())
    length = float(np.ptp(case.anatomy.frame.from_lps(case.surface.points_mm)[:, 2]))
    wanted = 0.05 * length / max(most, 1e-9)
    steps = [f * 10.0**e for e in range(-1, 5) for f in (1, 2, 5)]
    return min(steps, key=lambda s: abs(np.log(s / wanted)))
