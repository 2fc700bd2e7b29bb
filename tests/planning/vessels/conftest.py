"""A case of the sample artery, and results made by hand in place of the solver's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surgitwin import jobs
from surgitwin.core.errors import SolverError
from surgitwin.mechanics.devices.files import load_task
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult, save_result
from surgitwin.planning.case import Case
from surgitwin.planning.demo import sample_study
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.plans.step import propose_plans
from surgitwin.planning.vessels.demo import VESSEL_DEMOS, sample_clicks
from surgitwin.planning.vessels.segment_step import segment_vessel


@pytest.fixture(scope="session")
def measured_artery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample artery, segmented, measured and with proposed plans; do not change it."""
    study, demo = sample_study("stent"), VESSEL_DEMOS["stent"]
    path = tmp_path_factory.mktemp("artery") / "artery.twin"
    case = new_case(path, study / "dicom")
    case = segment_vessel(case, demo.site, sample_clicks(study / "clicks.toml", demo))
    propose_plans(case, "stent", None, {})
    return path


@pytest.fixture
def artery(measured_artery: Path, tmp_path: Path) -> Case:
    """A copy of the artery's case that a test may change."""
    shutil.copytree(measured_artery, tmp_path / "artery.twin")
    return Case.open(tmp_path / "artery.twin")


def opened_wall(task: Deployment, diameter_mm: float) -> DeploymentResult:
    """Every lumen node pushed out to one diameter by rings of that diameter, 0.05 MPa where they touch."""
    wall, place = task.wall, task.placement
    n, rings = len(wall.points_mm), len(task.device.rings)
    lumen = np.isfinite(wall.lumen_s_mm)
    angles = 32
    displacement = np.zeros((n, 3))
    ring = np.argmin(np.linalg.norm(wall.points_mm[:, None] - place.origin_mm[None], axis=-1), axis=1)
    arm = wall.points_mm - place.origin_mm[ring]
    arm -= place.axis[ring] * np.einsum("ij,ij->i", arm, place.axis[ring])[:, None]
    radius = np.linalg.norm(arm, axis=1)
    wanted = np.maximum(diameter_mm / 2 - radius, 0.0)
    displacement[lumen] = (arm / radius[:, None] * wanted[:, None])[lumen]
    touched = lumen & (wanted > 0)
    gap = np.where(lumen, np.maximum(radius - diameter_mm / 2, 0.0), np.nan)
    turn = 2 * np.pi * np.arange(angles + 1) / angles
    circles = [
        place.origin_mm[r]
        + diameter_mm / 2 * (np.cos(turn)[:, None] * place.e1[r] + np.sin(turn)[:, None] * place.e2[r])
        for r in range(rings)
    ]
    return DeploymentResult(
        "L1", place.origin_mm, place.e1, place.e2, place.axis, np.full((rings, angles), diameter_mm / 2),
        np.full(rings, diameter_mm), np.full(rings, diameter_mm * 1.05), displacement,
        np.where(touched, 0.05, 0.0), gap, np.full(len(wall.cells), 0.02),
        np.vstack(circles), np.arange(0, (rings + 1) * (angles + 1), angles + 1),
        facts={
            "force_N": 5.0, "balance": 1e-6, "iterations": 40, "unknowns": wall.n_unknowns, "wall_s": 1.0,
            "penetration_mm": 0.01, "volume_change": 1e-4, "energy_error": 1e-4, "converged": True,
            "residual": 1e-7,
        },
    )  # fmt: skip


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Deployments "solved" at once; `told["fail"]`: which task names cannot be; `told["names"]`: those
    asked for.
    """
    told: dict[str, Any] = {"fail": lambda name: False, "names": []}

    def run(task: str, folder: Path, arguments: dict[str, Any], **_: Any) -> dict[str, Any]:
        assert task == "deploy"
        for source, target in zip(arguments["tasks"], arguments["out"], strict=True):
            one = load_task(Path(source))
            told["names"].append(one.name)
            if told["fail"](one.name):
                raise SolverError(
                    "deployment.diverged", "It did not converge.", hint="Pre-dilate.", where=one.name
                )
            made = opened_wall(one, 6.0)
            if arguments["level"] == "L2":
                facts = {**made.facts, "foreshortening_percent": 2.0, "axial_force_N": 0.1}
                made = replace(made, level="L2", facts=facts)
            save_result(made, Path(target))
        return {}

    monkeypatch.setattr(jobs, "run", run)
    return told


@pytest.fixture
def opened() -> Callable[[Deployment, float], DeploymentResult]:
    """`opened_wall` for tests that play the worker's part themselves."""
    return opened_wall
