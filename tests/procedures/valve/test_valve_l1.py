"""Deployments at level L1 in the synthetic root: what must hold whatever the exact numbers are."""

import pytest
from synthetic_root import context, root

from surgitwin.core.progress import SILENT
from surgitwin.implants import valve
from surgitwin.mechanics.fenicsx.deployment import solve_deployments
from surgitwin.procedures.valve import PROCEDURE
from surgitwin.procedures.valve.place import valve_plan
from surgitwin.procedures.vessel import NOMINAL

pytestmark = pytest.mark.fe
COARSE = 1.0
NAMES = {"shallow": ("valve-be-26", 2.0), "deep": ("valve-be-26", 6.0), "large": ("valve-be-29", 6.0)}


@pytest.fixture(scope="module")
def deployed():
    """(metric, part) -> value for each plan, on a coarse wall."""
    found = root()
    plans = {n: valve_plan(found, valve(i), d, n) for n, (i, d) in NAMES.items()}
    tasks = {n: PROCEDURE.deployments(context(found), p, size=COARSE) for n, p in plans.items()}
    results = {}

    def done(i, result):
        results[list(plans)[i]] = result

    solve_deployments([tasks[n][NOMINAL] for n in plans], SILENT, done)
    out = {}
    for name, plan in plans.items():
        metrics = PROCEDURE.metrics(context(found), plan, tasks[name], {NOMINAL: results[name]})
        assert all(m.value is not None for m in metrics)
        out[name] = {(m.id, m.part): m.value for m in metrics}
    return out


def test_the_fitting_size_opens_to_nearly_its_nominal_area(deployed):
    """Published: 96.5 +/- 5.9 % of nominal in the middle of the frame (PMC5066339)."""
    for name in ("shallow", "deep"):
        assert 90.6 < deployed[name]["valve_expansion", "annulus"] < 102.4
        assert deployed[name]["valve_eccentricity", "annulus"] < 3 / 14 / 2  # rounder than the annulus was
        assert 0 < deployed[name]["valve_recoil", "annulus"] < 7


def test_depth_raises_the_contact_below_the_annulus(deployed):
    # Sizes are compared on the sample (tests/e2e/test_e2e_vessels.py): on this coarse wall the larger valve
    # touches the region at few places (4.7 against 27 %), on the default wall more of it (32 against 22 %).
    index = {n: deployed[n]["valve_contact_index", "conduction region"] for n in NAMES}
    assert index["shallow"] < index["deep"]
    assert index["deep"] > 3


def test_the_larger_valve_presses_harder_and_leaks_less(deployed):
    large, deep = deployed["large"], deployed["deep"]
    assert large["valve_contact_force", "valve"] > 2 * deep["valve_contact_force", "valve"]
    assert large["valve_gap_area", "skirt"] < deep["valve_gap_area", "skirt"] + 0.1
    assert large["valve_coronary_clearance", "left"] < deep["valve_coronary_clearance", "left"]
    assert large["valve_wall_stress", "root wall"] > deep["valve_wall_stress", "root wall"]
