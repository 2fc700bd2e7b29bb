"""A stent of beams in a tube: against rings, with friction, on a bend, interrupted and continued."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.errors import Cancelled, GeometryError, InputError, SolverError
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.mechanics.devices import frame_path
from surgitwin.mechanics.devices.frame_solve import diverged
from surgitwin.mechanics.devices.problem import ContactLaw, Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.fenicsx.deployment import solve_deployment
from surgitwin.mechanics.fenicsx.frame import solve_frame
from surgitwin.verification.cases.row_56_rings_and_struts import task

pytestmark = [pytest.mark.fe, pytest.mark.slow]


@pytest.fixture(scope="module")
def case() -> Deployment:
    return task(unknowns=1200)


@pytest.fixture(scope="module")
def rings(case: Deployment) -> DeploymentResult:
    return solve_deployment(case)[0]


@pytest.fixture(scope="module")
def struts(case: Deployment, rings: DeploymentResult) -> DeploymentResult:
    return solve_frame(case, start=rings)


def test_struts_stand_where_the_rings_stood(rings: DeploymentResult, struts: DeploymentResult) -> None:
    assert struts.level == "L2"
    assert struts.ring_diameter_mm == pytest.approx(rings.ring_diameter_mm, rel=0.03)
    assert struts.facts["force_N"] == pytest.approx(rings.facts["force_N"], rel=0.25)
    assert struts.facts["balance"] < 0.01
    assert struts.facts["peak_plastic_strain"] > 0.05
    assert struts.facts["recoil_percent"] > 0.5
    assert struts.displacement_mm.shape == case_shape(rings)
    assert np.nanmin(struts.gap_mm) > -0.1
    assert any("isotropic" in w for w in struts.warnings)
    assert np.linalg.norm(np.diff(struts.struts_mm[0], axis=0), axis=1).sum() == pytest.approx(1.0, rel=0.1)


def case_shape(rings: DeploymentResult) -> tuple[int, ...]:
    return rings.displacement_mm.shape


def test_an_interrupted_run_goes_on_where_it_stopped(
    case: Deployment, rings: DeploymentResult, struts: DeploymentResult, tmp_path: Path
) -> None:
    file, heard = tmp_path / "frame.npz", []

    def listen(event: Event) -> None:
        heard.append(event.message)

    stopping = Progress(listen, lambda: sum("in the wall" in m for m in heard) >= 2)
    with pytest.raises(Cancelled):
        solve_frame(case, stopping, start=rings, restart=file)
    assert file.is_file()
    first = len(heard)
    heard.clear()
    again = solve_frame(case, Progress(listen), start=rings, restart=file)
    assert not any("crimping" in m for m in heard)
    assert len(heard) < first + 3
    np.testing.assert_allclose(again.ring_diameter_mm, struts.ring_diameter_mm, rtol=1e-6)
    with pytest.raises(InputError) as caught:
        solve_frame(replace(case, foundation_MPa_per_mm=2e-3), start=rings, restart=file)
    assert caught.value.code == "frame.other_task"
    once_more = solve_frame(case, SILENT, start=rings, restart=file)
    np.testing.assert_allclose(once_more.ring_diameter_mm, struts.ring_diameter_mm, rtol=1e-4)


def test_opening_in_the_wall_gives_nearly_the_same_and_friction_does_work(
    case: Deployment, struts: DeploymentResult
) -> None:
    rough = replace(case, contact=ContactLaw(friction=0.2))
    opened = solve_frame(rough)
    assert opened.ring_diameter_mm == pytest.approx(struts.ring_diameter_mm, rel=0.03)
    assert opened.facts["friction_work_Nmm"] > 0
    assert 0 < opened.facts["axial_force_N"] < opened.facts["force_N"]
    assert opened.facts["foreshortening_percent"] > 1.0


def test_a_frame_without_a_balance_names_its_plan_and_what_to_do(
    case: Deployment, rings: DeploymentResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_path, "relax", lambda *_, **__: (_ for _ in ()).throw(diverged("as told")))
    with pytest.raises(SolverError) as caught:
        solve_frame(case, start=rings)
    assert caught.value.where == case.name
    assert "as told" in caught.value.message
    assert "L1" in caught.value.hint


def test_a_frame_that_does_not_fit_is_refused(case: Deployment) -> None:
    wide = replace(case.device, crimped_diameter_mm=2.8)
    rings = tuple(replace(r, rest_diameter_mm=2.8) for r in wide.rings)
    with pytest.raises(GeometryError) as caught:
        solve_frame(replace(case, device=replace(wide, rings=rings)))
    assert caught.value.code == "frame.too_tight"
