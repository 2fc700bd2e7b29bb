"""Compare with a stored study: its bands, where they come from, who is first; and nothing of a stale one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from small_case import SmallCase
from stage_samples import SOFT, changed, wider, with_result
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.comparison import load_comparison
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.solving.inputs import SolveOptions, result_hash, settle_inputs
from surgitwin.planning.uncertainty.inputs import uncertain_inputs
from surgitwin.planning.uncertainty.pool import Pool, settled
from surgitwin.planning.uncertainty.study import Study, StudyOptions, make_study
from surgitwin.planning.uncertainty.summary import summarise
from surgitwin.report.summary import band_words, verdict


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Case:
    """Two solved plans, and a study in which the nail's stress is 80 to 119 and the plate's 90 to 129 MPa."""
    made = Case.open(meshed_case.copy(tmp_path / "a.twin"))
    for name in ("nail", "plate"):
        made = with_result(made, name, value=100.0)
    return _studied(made)


def _row(plan: str, value: float, healing: str) -> dict[str, Any]:
    first = ["implant_stress_surface", "x", "stance_full", healing, value, 500.0, "<="]
    return {"metrics": [first], "wall_s": 1.0}


def _studied(case: Case, samples: int = 40) -> Case:
    study = make_study(case, StudyOptions(samples=samples))
    start = {"nail": 80.0, "plate": 90.0}
    rows = {}
    for name in study.plans:
        fracture = case.plans()[name].fracture
        assert fracture is not None
        rows[name] = [_row(name, start[name] + k, fracture.healing) for k in range(samples)]
    summary = summarise(study, rows, {"implant_stress_surface": "MPa"})
    folder = case.folder.path / "studies" / study.id
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(summary))
    entry = {"plans": dict(study.plans), "samples": samples, "when": study.when}
    return changed(case, studies={study.id: entry})


def _origin(case: Case, samples: int = 40) -> str:
    (id_,) = (k for k, row in case.state["studies"].items() if row["samples"] == samples)
    return f"study {id_[:8]}, {samples} samples"


def _metric(found: dict[str, Any], plan: str) -> dict[str, Any]:
    row = next(p for p in found["plans"] if p["name"] == plan)
    out: dict[str, Any] = row["metrics"][0]
    return out


def test_bands_come_from_the_study_and_say_so(case: Case) -> None:
    found = compare_case(case)
    nail = _metric(found, "nail")
    assert nail["band"] == pytest.approx([80 + 0.05 * 39, 80 + 0.95 * 39])
    assert nail["band_from"] == _origin(case)
    assert "40 samples" in band_words(found)
    assert "5th to 95th percentile" in band_words(found)


def test_the_largest_complete_study_counts_whichever_is_newer(case: Case) -> None:
    small = _studied(case, 5)
    both = changed(case, studies={**case.state["studies"], **small.state["studies"]})
    found = compare_case(both)
    assert _metric(found, "nail")["band_from"] == _origin(case)
    assert found["robustness"]["samples"] == 40
    large = both.folder.path / "studies" / found["robustness"]["study"] / "summary.json"
    cut_short = json.loads(large.read_text())
    cut_short["plans"][0]["missing"] = 1
    large.write_text(json.dumps(cut_short))
    found = compare_case(both)
    bands = {p["name"]: _metric(found, p["name"])["band_from"] for p in found["plans"]}
    assert bands == {
        cut_short["plans"][0]["name"]: _origin(small, 5),
        cut_short["plans"][1]["name"]: _origin(case),
    }
    assert found["robustness"]["samples"] == 5


def test_the_band_holds_the_computed_value(case: Case) -> None:
    low = with_result(case, "nail", value=50.0)
    assert _metric(compare_case(low), "nail")["band"][0] == 50.0


def test_the_ranking_says_how_firm_it_is(case: Case) -> None:
    found = compare_case(case)
    firm = found["robustness"]
    assert firm["samples"] == 40
    assert (
        firm["first"]["nail"]["share"] == 1.0
    )  # 10 MPa lower in every single sample, although bands overlap
    assert firm["ahead"]["nail"]["plate"]["share"] == 1.0
    assert firm["first"]["nail"]["low"] < 1.0
    assert any("nail is first in 40 of 40 samples" in x.lower() for x in verdict(found))
    comparison = load_comparison(case)
    both, alone = comparison.chosen(["nail", "plate"]), comparison.chosen(["nail"])
    assert both is not None
    assert alone is not None
    assert both["robustness"] is not None
    assert alone["robustness"] is None
    assert any("uncertain inputs" in t.title for t in comparison.studies)


def test_a_changed_plan_has_no_study(case: Case) -> None:
    plan = wider(case.plans()["nail"])
    after = with_result(changed(case, plans={"nail": plan}), "nail", value=100.0)
    found = compare_case(after)
    assert _metric(found, "nail")["band_from"] is None
    assert _metric(found, "plate")["band_from"] == _origin(case)
    assert found["robustness"] is None
    assert any("study of nail" in w and "out of date" in w for w in found["warnings"])


def test_a_study_counts_by_content_whatever_the_plan_is_called(case: Case) -> None:
    plans = case.plans()
    renamed = Case(
        case.folder, case.state, {"pin": replace(plans["nail"], name="pin"), "plate": plans["plate"]}
    )
    found = compare_case(renamed)
    assert _metric(found, "pin")["band_from"] == _origin(case)
    assert set(found["robustness"]["first"]) == {"pin", "plate"}


def test_further_stages_keep_their_own_bands(case: Case) -> None:
    after = with_result(case, "nail", SOFT, value=100.0)
    row = next(p for p in compare_case(after)["plans"] if p["name"] == "nail")
    assert [m["band_from"] for m in row["metrics"]] == [_origin(case), None]


def test_a_study_is_read_back_as_it_was(case: Case) -> None:
    study = make_study(case, StudyOptions(samples=8, inputs=("hu_shift=-5:5",)))
    again = Study.from_dict(json.loads(json.dumps(study.as_dict())))
    assert again.id == study.id
    assert again.keys("nail") == study.keys("nail")
    assert set(study.keys("nail")).isdisjoint(study.keys("plate"))
    inputs = settle_inputs(case, SolveOptions())
    assert study.plans["nail"] == result_hash(case, case.plans()["nail"], inputs)


def test_a_pool_survives_a_line_that_was_cut_short(case: Case) -> None:
    pool = Pool(case, "f" * 64)
    pool.add([{"key": "a", "metrics": []}, {"key": "b", "error": {"code": "sweep.timeout"}}])
    with pool.path.open("ab") as stream:
        stream.write(b'{"key": "c", "metr')
    pool.add([{"key": "d", "error": {"code": "mesh.gap_width"}}])
    rows = pool.rows()
    assert sorted(rows) == ["a", "b", "d"]
    assert [settled(rows.get(k)) for k in "abcd"] == [True, False, False, True]


def test_sobol_indices_failed_samples_and_what_must_be_known(case: Case) -> None:
    vary = ("modulus_scale", "hu_shift")
    fixed = [
        f"{i.name}={i.choices[0] if i.choices else i.nominal}"
        for i in uncertain_inputs()
        if i.name not in vary
    ]
    study = make_study(case, StudyOptions(plans=("nail",), method="sobol", samples=64, inputs=tuple(fixed)))
    assert study.design.names == vary
    healing = case.plans()["nail"].fracture.healing  # type: ignore[union-attr]
    values = 100 + 30 * study.design.shares[:, 0] + 10 * study.design.shares[:, 1]
    rows: list[dict[str, Any]] = [_row("nail", float(v), healing) for v in values]
    rows[6] = {"error": {"code": "mesh.gap_width", "message": "Too narrow."}, "wall_s": 1.0}
    found = summarise(study, {"nail": rows}, {"implant_stress_surface": "MPa"})
    (plan,) = found["plans"]
    assert (plan["done"], plan["failed"], plan["missing"]) == (255, 1, 0)
    assert plan["errors"] == [{"code": "mesh.gap_width", "message": "Too narrow.", "count": 1}]
    assert any("1 of 256 samples failed" in w for w in found["warnings"])
    assert found["samples"] == 128  # A and B of every base sample; the other rows are not independent of them
    (one,) = plan["metrics"]
    assert one["n"] == 128
    assert one["sobol"]["total"]["modulus_scale"][0] == pytest.approx(0.9, abs=0.05)
    assert one["sobol"]["first"]["hu_shift"][0] == pytest.approx(0.1, abs=0.05)
    assert one["linear_q2"] == pytest.approx(1.0)
    assert one["tornado"][0]["input"] == "modulus_scale"
    assert one["tornado"][0]["high"] - one["tornado"][0]["low"] == pytest.approx(30.0)
    assert one["limit_met"]["share"] == 1.0
