"""The real thigh CT from DICOM to two compared plans, as a user runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from small_case import run_cli

pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.timeout(3000)]


def done(*words: object) -> dict[str, Any]:
    said = run_cli(*words)
    assert said.code == 0, (said.out, said.err)
    return said.data


def test_real_ct_to_two_compared_plans(shared_data: Path, tmp_path: Path) -> None:
    case, report = tmp_path / "real.twin", tmp_path / "r.html"
    done("new", case, "--dicom", shared_data / "femur_ct", "--body-weight", 70)
    assert done("segment", case)["side"] == "left"
    done("mesh", case, "--size", 5)
    proposal = done("plan", "propose", case, "--procedure", "fracture_fixation")
    assert len(proposal["plans"]) == 2
    assert any("irtual fracture" in w for w in proposal["warnings"])
    runs = done("solve", case)["runs"]
    assert {r["plan"] for r in runs} == {"intact", *proposal["plans"]}
    assert all(r["rel_residual"] <= 1e-8 and r["moment_imbalance"] < 1e-6 for r in runs)
    compared = done("compare", case)
    assert {p["name"] for p in compared["plans"]} == set(proposal["plans"])
    assert any("irtual fracture" in w for w in compared["warnings"])
    assert not any(p["stale"] for p in compared["plans"])
    done("report", case, "--out", report)
    text = report.read_text()
    assert "irtual fracture" in text
    for name in proposal["plans"]:
        assert name in text
