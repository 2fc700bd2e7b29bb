"""plan duplicate, rename, note, diff, check: what they write and what they say."""

from pathlib import Path

import pytest

from small_case import SmallCase, run_cli


@pytest.fixture
def case(meshed_case: SmallCase, tmp_path: Path) -> Path:
    return meshed_case.copy(tmp_path / "c.twin")


def done(*words: object) -> dict:
    said = run_cli(*words)
    assert said.code == 0, (said.out, said.err)
    return said.data


def names(data: dict) -> list[str]:
    return [p["name"] for p in data["plans"]]


def test_duplicate_takes_the_next_free_name_or_the_given_one(case: Path) -> None:
    assert names(done("plan", "duplicate", case, "plate")) == ["nail", "plate", "plate 2"]
    rows = done("plan", "duplicate", case, "plate", "--as", "Broad plate")["plans"]
    assert {r["name"] for r in rows} >= {"Broad plate"}
    hashes = {r["name"]: r["input_hash"] for r in rows}
    assert hashes["Broad plate"] == hashes["plate"]
    refused = run_cli("plan", "duplicate", case, "plate", "--as", "NAIL")
    assert (refused.code, refused.error["code"]) == (3, "plan.name_taken")


def test_rename_keeps_the_notes(case: Path) -> None:
    assert done("plan", "note", case, "plate", "thin cortex")["note"] == "thin cortex"
    assert names(done("plan", "rename", case, "plate", "first try")) == ["first try", "nail"]
    assert done("plan", "note", case, "first try")["note"] == "thin cortex"
    assert names(done("plan", "rename", case, "first try", "First try")) == ["First try", "nail"]
    assert sorted(p.name for p in (case / "plans").iterdir()) == ["First try.toml", "nail.toml"]
    assert run_cli("plan", "rename", case, "nail", "a/b").error["code"] == "plan.name"
    assert run_cli("plan", "rename", case, "gone", "x").error["code"] == "plan.unknown"


def test_a_removed_plan_takes_its_notes_along(case: Path) -> None:
    done("plan", "note", case, "plate", "thin cortex")
    done("plan", "remove", case, "plate")
    done("plan", "duplicate", case, "nail", "--as", "plate")
    assert done("plan", "note", case, "plate")["note"] == ""
    assert "No notes" in run_cli("plan", "note", case, "plate", json_too=False).out


def test_diff_says_what_differs(case: Path) -> None:
    found = done("plan", "diff", case, "plate", "nail")["differences"]
    assert {"topic", "what", "one", "other", "change", "value", "unit"} == set(found[0])
    assert any(d["other"].startswith("Femoral nail") for d in found)
    done("plan", "duplicate", case, "plate")
    assert done("plan", "diff", case, "plate", "plate 2")["differences"] == []
    text = run_cli("plan", "diff", case, "plate", "nail", json_too=False).out
    assert "Femoral nail" in text
    assert run_cli("plan", "diff", case, "plate", "gone").error["code"] == "plan.unknown"


def test_check_puts_faults_first_and_says_where(case: Path) -> None:
    findings = done("plan", "check", case, "plate")["findings"]
    order = ["error", "warning", "info"]
    ranks = [order.index(f["severity"]) for f in findings]
    assert ranks == sorted(ranks)
    assert any(f["code"] == "joint.distance" for f in findings)
    assert all(len(f["point_mm"]) == 3 for f in findings if f["point_mm"] is not None)
