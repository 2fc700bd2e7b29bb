"""The samples of a valve and of stents, from DICOM to compared plans, as `surgitwin demo` runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from surgitwin.cli.main import main

pytestmark = pytest.mark.e2e


def demo(name: str, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = main(["demo", name, "--headless", "--out", str(out), "--json"])
    files = json.loads(capsys.readouterr().out)
    assert code == 0, files
    assert Path(files["report"]).stat().st_size > 100_000
    assert len(files["pictures"]) > 3
    found: dict[str, Any] = json.loads(Path(files["compare"]).read_text(encoding="utf-8"))
    return found


def value(plan: dict[str, Any], metric: str, part: str = "") -> float:
    here = [
        m for m in plan["metrics"] if m["id"] == metric and part in ("", m["part"]) and m["level"] == "L1"
    ]
    assert here, (plan["name"], metric)
    assert here[0]["value"] is not None, here[0]["reason"]
    return float(here[0]["value"])


def well_formed(compare: dict[str, Any]) -> None:
    for plan in compare["plans"]:
        assert plan["level"].startswith("L1")
        assert not plan["stale"]
        assert {m["level"] for m in plan["metrics"]} == {"L0", "L1"}
        for m in plan["metrics"]:
            assert m["unit"]
            assert m["value"] is not None or m["reason"]
            assert m["band"] is None or m["band"][0] <= m["value"] <= m["band"][1]


def test_a_valve_in_nine_cells_of_size_and_depth(tmp_path, capsys):
    compare = demo("tavi", tmp_path, capsys)
    plans = {p["name"]: p for p in compare["plans"]}
    assert len(plans) >= 9
    well_formed(compare)
    sizes = [value(plans[f"be-{s}-d4"], "valve_diameter", "annulus") for s in (23, 26, 29)]
    assert sizes == sorted(sizes)
    # Diameter of the truth's annulus by area: 24.8 mm. A valve within its range opens it by little.
    assert sizes[1] == pytest.approx(25.5, abs=0.7)
    leaks = [value(plans[f"be-{s}-d4"], "valve_leak_high") for s in (23, 26)]
    assert leaks[0] > 5 * leaks[1]
    depths = [value(plans[f"be-26-d{d}"], "valve_contact_index") for d in (2, 4, 6)]
    assert depths == sorted(depths)
    assert value(plans["be-29-d6"], "valve_contact_index") > depths[-1]
    assert len({p["input_hash"] for p in plans.values()}) == len(plans)


def test_stents_open_the_narrowing(tmp_path, capsys):
    compare = demo("stent", tmp_path, capsys)
    assert len(compare["plans"]) >= 2
    well_formed(compare)
    for plan in compare["plans"]:
        assert value(plan, "stent_min_area") > 1.5 * value(plan, "stent_min_area_before")
        assert 0 < value(plan, "stent_residual_stenosis") < 40
        assert value(plan, "stent_drop_after") < 4
