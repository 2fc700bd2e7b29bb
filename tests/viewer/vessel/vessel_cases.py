"""Vessel cases for the window, written without DICOM and segmentation; results made by hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import vessel_samples as samples

from surgitwin.core import codec
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.mechanics.devices.files import save_task
from surgitwin.mechanics.devices.result import save_result
from surgitwin.planning.case import Case, now
from surgitwin.planning.plans.step import propose_plans
from surgitwin.planning.site import SITES
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.plans import procedure_of, vessel_context
from surgitwin.planning.vessels.records import record_run
from surgitwin.planning.vessels.results import result_file, result_hash, result_key, task_file
from surgitwin.storage import CaseFolder


def _load(path: Path, name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


by_hand = _load(Path(__file__).parents[2] / "planning" / "vessels" / "conftest.py", "vessel_by_hand")


def bare_case(path: Path, site: str) -> Case:
    """A case of the hand-made image, nothing segmented."""
    anatomy = samples.root() if site == "aortic_root" else samples.artery()
    volume = samples.image_of(anatomy.tube, 1.0 if site == "aortic_root" else 0.5)
    state: dict[str, Any] = {
        "created": now(), "patient": {}, "series": {"modality": "CT", "shape": list(volume.array.shape)},
        "header": {}, "body_weight_kg": None, "history": [],
    }  # fmt: skip
    folder = CaseFolder.create(path, state)
    state["image"] = folder.put(".nrrd", lambda p: write_volume(volume, p))
    state["image_hash"] = volume.hash
    state["site"] = site
    folder.commit(state)
    return Case(folder, state)


def measured_case(path: Path, site: str) -> Case:
    """The same with its anatomy."""
    case = bare_case(path, site)
    anatomy = samples.root() if site == "aortic_root" else samples.artery()
    blob = case.folder.put(".npz", lambda p: codec.save(anatomy, p))
    marks = anatomy.landmarks if site == "aortic_root" else {}
    moved = {k: m.corrected_mm.tolist() for k, m in marks.items() if m.corrected_mm is not None}
    found = {"blob": blob, "input_hash": f"hand {site}", "clicks": {}, "corrections": moved}
    return case.updated("measure", **{KEY: found})


def planned_case(path: Path, site: str) -> Case:
    """The same with proposed plans."""
    case = measured_case(path, site)
    propose_plans(case, SITES[site].procedure, None, {})
    return Case.open(path)


def deploy(case: Case, names: list[str] | None = None) -> Case:
    """Results made by hand for the plans: the wall opened to 96 % of the device's diameter."""
    context, results = vessel_context(case), dict(case.state.get("results") or {})
    for name in names or list(case.plans()):
        plan = case.plans()[name]
        tasks = procedure_of(case, plan.procedure).deployments(context, plan)
        one = {"nominal": tasks["nominal"]}
        key = result_hash(case, plan, "L1", 1.0)
        folder = case.folder.result_dir(key)
        folder.mkdir(parents=True, exist_ok=True)
        device = one["nominal"].device
        wide = 0.96 * (one["nominal"].balloon_diameter_mm or device.nominal_diameter_mm)
        save_task(one["nominal"], folder / task_file("nominal"))
        save_result(by_hand.opened_wall(one["nominal"], wide), folder / result_file("nominal"))
        record_run(case, plan, "L1", key, one, {}, 0.1)
        results[result_key(name, "L1")] = {"input_hash": key, "level": "L1", "size": 1.0}
    return case.updated("deploy", results=results)
