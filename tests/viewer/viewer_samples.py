"""The hand-made femur of tests/scene as a case for the window, and a comparison with results."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from surgitwin.planning.comparing.comparison import Compared, Comparison
from surgitwin.scene.model import PlanResult


def _load(folder: str, name: str) -> ModuleType:
    """A sample module of a sister test folder (the folders are not packages)."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_scene = _load("scene", "scene_samples")
_report = _load("report", "report_samples")
volume, anatomy, surface, fracture, plate, result, point = (
    getattr(_scene, n) for n in ("volume", "anatomy", "surface", "fracture", "plate", "result", "point")
)


SHARE = {"axial_1000N": 0.3, "stance_partial": 0.5, "stance_full": 1.0}
FACTOR = {"lateral_plate": 1.0, "nail": 0.7, "intact": 0.5}
NAMES = {k: t for k, (t, _) in _report.IDS.items()} | {
    "stance_full": "Full stance", "stance_partial": "Half stance", "soft": "Soft callus",
    "initial_connective": "Initial tissue",
}  # fmt: skip


class SampleResults:
    """Fields of hand-made results; counts how often they are read."""

    def __init__(self, side: str = "left") -> None:
        self.side = side
        self.reads: list[tuple[str, str, str]] = []

    def key(self, plan: str, load: str, stage: str = "") -> tuple[str, str] | None:
        return (f"{plan}@{stage}", load)

    def read(self, plan: str, load: str, stage: str = "") -> PlanResult:
        self.reads.append((plan, load, stage))
        factor = FACTOR.get(plan, 1.2) * SHARE[load] * (0.4 if stage == "soft" else 1.0)
        made = result(self.side, factor)
        return PlanResult(made.bone) if plan == "intact" else made


def comparison(
    stale: tuple[str, ...] = ("nail",),
    more: int = 0,
    staged: bool = False,
    solved: bool = True,
    plans: bool = True,
    alike: bool = False,
) -> Comparison:
    """Two hand-made plans (and `more` further ones), results, numbers. staged: a second healing stage.

    alike: the nail's numbers lie within the plate's bands."""
    compare = json.loads(json.dumps(_report.compare()).replace("full_stance", "stance_full"))
    one, nail = compare["plans"]
    if alike:
        nail["metrics"] = [{**m, "value": m["value"] and 1.01 * m["value"]} for m in one["metrics"]]
    compare["plans"] += [{**one, "name": f"extra_{n}"} for n in range(more)]
    stages = ("initial_connective", "soft") if staged else ("initial_connective",)
    for plan in compare["plans"]:
        plan["stale"] = plan["name"] in stale
        plan["healing"], plan["healing_stages"] = "initial_connective", list(stages)
        if staged:
            plan["metrics"] = plan["metrics"] + [
                {**m, "healing": "soft", "value": m["value"] and 0.4 * m["value"],
                 "band": m["band"] and [0.4 * b for b in m["band"]]}
                for m in plan["metrics"]
            ]  # fmt: skip
    made = tuple(
        Compared(
            p["name"], p["name"].replace("_", " ").title() + " with screws",
            p["name"].replace("_", " ").capitalize(),
            ("out of date" if p["stale"] else "current") if solved else "none",
            ("the plan was changed",) if p["stale"] else (), "initial_connective", stages if solved else (),
            (plate("left"),),
        )
        for p in compare["plans"]
    )  # fmt: skip
    return Comparison(
        "sample", _scene.frame("left"), "left", surface("left"), made if plans else (),
        Compared("intact", "Intact bone", "Intact bone", "current"), compare if solved else None, NAMES,
        tuple(SHARE) if solved else (), SampleResults(),
    )  # fmt: skip
