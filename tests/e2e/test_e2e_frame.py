"""Level L2 of the sample root: interrupted from the keyboard, gone on with, and compared with L1."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from surgitwin.planning.case import Case
from surgitwin.planning.demo import sample_study
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.plans.step import propose_plans
from surgitwin.planning.vessels.answers import KEY as ANSWERS
from surgitwin.planning.vessels.demo import VESSEL_DEMOS, sample_clicks
from surgitwin.planning.vessels.segment_step import segment_vessel

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PLAN = "be-26-d4"
STOP_S, WAIT_S = 30.0, 3600.0
"""An interrupt must be followed within the first; the second only ends a test that hangs."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample root with proposed plans."""
    path = tmp_path_factory.mktemp("frame") / "root.twin"
    study, demo = sample_study("tavi"), VESSEL_DEMOS["tavi"]
    case = new_case(path, study / demo.series)
    case = segment_vessel(case, demo.site, sample_clicks(study / "clicks.toml", demo))
    case = case.updated("answers", **{ANSWERS: dict(demo.answers)})
    propose_plans(case, "valve", None, {})
    assert PLAN in Case.open(path).plans()
    return path


def start(case: Path) -> subprocess.Popen[str]:
    words = ["-m", "surgitwin", "solve", str(case), "--level", "L2", "--plan", PLAN, "--cores", "1", "--json"]
    return subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def compared(case: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "surgitwin", "compare", str(case), "--json"]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    return next(p for p in json.loads(said.stdout)["plans"] if p["name"] == PLAN)


def test_struts_in_the_sample_root_stop_go_on_and_agree_with_rings(root: Path) -> None:
    run = start(root)
    until = time.monotonic() + WAIT_S
    while not list(root.glob("results/*/*.restart.npz")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < until
        time.sleep(0.2)
    asked = time.monotonic()
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=WAIT_S)
    assert time.monotonic() - asked < STOP_S
    assert run.returncode == 130
    assert compared(root)["levels"] == ["L0", "L1"]

    run = start(root)
    out, said = run.communicate(timeout=WAIT_S)
    assert run.returncode == 0, said
    assert "frame in the wall" in said
    assert "frame by itself" not in said
    (row,) = json.loads(out)["runs"]
    assert row["level"] == "L2"
    assert row["balance"] < 0.01
    plan = compared(root)
    assert plan["levels"] == ["L0", "L1", "L2"]
    assert plan["level_agreement"]["value"] <= plan["level_agreement"]["limit"] == 0.1
