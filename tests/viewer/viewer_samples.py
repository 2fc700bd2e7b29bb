"""The hand-made femur of tests/scene as a case for the window, with results and a comparison."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from surgitwin.viewer.case_view import CaseView, PlanView


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
volume, anatomy, surface, fracture, plate, result = (
    getattr(_scene, n) for n in ("volume", "anatomy", "surface", "fracture", "plate", "result")
)


def case(side: str = "left", tied: bool = False) -> CaseView:
    """Everything: image, labels, anatomy, two plans with results, comparison."""
    image, labels = volume(side)
    plans = (
        PlanView("lateral_plate", "Lateral locking plate", (plate(side),), True),
        PlanView("nail", "Antegrade nail", (plate(side),), True, True),
    )
    share = {"full_stance": 1.0, "half_stance": 0.5, "axial_1000N": 0.3}

    def fields(load: str) -> dict[str, object]:
        return {"lateral_plate": result(side, share[load]), "nail": result(side, 0.7 * share[load])}

    return CaseView(
        "sample.twin", image, labels, anatomy(side), {"femur": surface(side)}, fracture(side), plans,
        _report.compare(tied), {k: t for k, (t, _) in _report.IDS.items()} | {"full_stance": "Full stance"},
        tuple(share), "full_stance", fields,
        ("Uncalibrated CT: relative statements only.",), 70.0,
    )  # fmt: skip
