"""A nail in the coarse phantom under the three contact models, from the plan to the metrics."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from small_case import SmallCase, coarse_meshes
from surgitwin.core.metric import MetricValue
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.problem import Solution
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.plans.step import context_of
from surgitwin.planning.solving.build import plan_model
from surgitwin.planning.solving.contact_models import MODELS, model_runs, own_model, under_model
from surgitwin.planning.solving.inputs import SolveOptions, result_hash, settle_inputs
from surgitwin.planning.solving.results import result_state
from surgitwin.procedures.base import Solved
from surgitwin.procedures.registry import get

pytestmark = pytest.mark.e2e
LOADS = ("stance_full", "stance_partial", "axial")


@cache
def _solved(path: str, model: str) -> tuple[Solution, list[MetricValue]]:
    case = Case.open(path)
    plan = under_model(case.plans()["nail"], model)
    with pytest.MonkeyPatch.context() as patch:
        coarse_meshes(patch)
        case, made = plan_model(case, plan, settle_inputs(case, SolveOptions()))
    problem = replace(made.problem, loads=tuple(c for c in made.problem.loads if c.name in LOADS))
    solution = solve([problem])[0]
    run = Solved(solution, problem.bone, made.solids, (), problem.surfaces)
    return solution, get(plan.procedure).metrics(context_of(case), plan, run)


def value(metrics: list[MetricValue], metric: str, load: str, part: str = "") -> float:
    found = [m.value for m in metrics if (m.id, m.load_case) == (metric, load) and part in m.part]
    assert found
    assert found[0] is not None
    return float(found[0])


@pytest.mark.slow
def test_the_overlap_is_gone(solved_case: SmallCase) -> None:
    without, leaning = (_solved(str(solved_case.path), m)[1] for m in ("none", "contact"))
    passed = value(without, "contact_overlap", "stance_full", "nail")
    assert passed > 0.1, "without contact the nail passes through bone, or the test shows nothing"
    assert value(leaning, "contact_overlap", "stance_full", "nail") <= 0.05 + 1e-6
    assert value(leaning, "contact_force", "stance_full") > 0
    force, area = (value(leaning, f"contact_{k}", "stance_full") for k in ("force", "area"))
    assert value(leaning, "contact_pressure", "stance_full") == pytest.approx(force / area)


@pytest.mark.slow
def test_glued_is_stiffer_than_contact_is_stiffer_than_none(solved_case: SmallCase) -> None:
    stiffness = [
        value(_solved(str(solved_case.path), m)[1], "axial_stiffness", "axial")
        for m in ("none", "contact", "glued")
    ]
    assert stiffness[0] < stiffness[1] < stiffness[2]


@pytest.mark.slow
def test_forces_and_moments_balance(solved_case: SmallCase) -> None:
    for model in MODELS:
        for s in _solved(str(solved_case.path), model)[0].loads:
            assert np.linalg.norm(s.applied_N + s.reaction_N) <= 1e-6 * np.linalg.norm(s.applied_N)
            assert s.moment_imbalance <= 1e-6
            assert s.rel_residual <= 1e-8 * (1 + 1e-9) or model == "contact"


@pytest.mark.slow
def test_loads_are_not_proportional_with_contact(solved_case: SmallCase) -> None:
    solution, metrics = _solved(str(solved_case.path), "contact")
    assert solution.facts["derived_from"] == {}
    assert not solution.facts["contact"]["proportional"]
    half, full = (value(metrics, "ifm_shear", x) for x in ("stance_partial", "stance_full"))
    assert abs(full / half - 2) > 1e-3, "contact is not linear"
    linear = _solved(str(solved_case.path), "none")[0]
    assert "stance_partial" in linear.facts["derived_from"]


def test_results_belong_to_their_model(solved_case: SmallCase) -> None:
    case = Case.open(solved_case.path)
    plan = case.plans()["nail"]
    inputs = settle_inputs(case, SolveOptions())
    assert len({result_hash(case, under_model(plan, m), inputs) for m in MODELS}) == 3
    assert result_state(case, "nail") == "current"
    changed = case.with_content(case.state, {**case.plans(), "nail": under_model(plan, "glued")})
    assert result_state(changed, "nail") == "out of date"
    own = own_model(plan)
    assert set(model_runs(case, "nail")) == {own}
    compared = compare_case(case)
    rows = {p["name"]: p for p in compared["plans"]}
    assert rows["nail"]["contact"] == own
    assert "contact" in rows["nail"]["level"]
    assert compared["contact_models"] == []
