"""The runner judges rightly, hides nothing, and can fail."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from surgitwin.core.errors import Cancelled, UsageError
from surgitwin.core.progress import Event, Progress
from surgitwin.verification import runner
from surgitwin.verification.case import Measured
from surgitwin.verification.outcome import accepted, judge, without_value
from surgitwin.verification.references import parse_references
from surgitwin.verification.registry import CaseFile, case_files, load_case

TABLE = """
[row.7]
title = "Seven"
setup = "S"
source = "closed form"
mark = "C"
values = [
  { id = "7a", what = "stress", reference = 2.0, unit = "MPa", tolerance = 0.01, measure = "relative" },
  { id = "7b", what = "lift", low = 1.0, high = 3.0, unit = "1", measure = "bounds" },
]
[row.19]
title = "Nineteen"
setup = "S"
source = "a formula"
mark = "GK"
kind = "rule"
values = [{ id = "19", what = "force", reference = 5.0, unit = "N", tolerance = 0.1, measure = "absolute" }]
"""

CASE = '''"""What {row} solves."""
import os, time
from surgitwin.verification.case import Case, Measured

def run(wrong):
    {body}

CASE = Case("{row}", "Row {row}", run, "a wrong number", quick={quick}, blocked="{blocked}")
'''

SEVEN = """
    stress = Measured(4.0 if wrong else 2.001, ((1, 2.1), (2, 2.001)))
    return {"7a": stress, "7b": Measured(9.0 if wrong else 2.5)}"""
NINETEEN = "return {'19': Measured(6.0 if wrong else 5.05)}"


class Planted:
    """Case files in a folder of their own, with a table of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.files: list[CaseFile] = []
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setenv("PYTHONPATH", str(folder))
        monkeypatch.setattr(runner, "case_files", lambda: self.files)
        monkeypatch.setattr(runner, "load_references", lambda: parse_references(TABLE))

    def add(self, row: str, body: str, *, quick: bool = True, blocked: str = "") -> None:
        # A name of its own in each test: imported modules stay.
        module = f"planted_{self.folder.name}_{row}".replace("-", "_")
        text = CASE.format(row=row, body=body, quick=quick, blocked=blocked)
        (self.folder / f"{module}.py").write_text(text)
        self.files.append(CaseFile(row, module))


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    return Planted(tmp_path, monkeypatch)


def verdicts(runs: list[runner.RowRun]) -> dict[str, str]:
    return {o.reference.id: o.verdict for run in runs for o in run.outcomes}


def test_good_cases_pass_and_rules_are_no_pass(planted: Planted) -> None:
    planted.add("7", SEVEN)
    planted.add("19", NINETEEN)
    lines: list[str] = []
    runs = runner.run_cases(progress=Progress(lambda e: lines.append(e.message)))
    assert verdicts(runs) == {"7a": "pass", "7b": "pass", "19": "rule"}
    first = runs[0].outcomes[0]
    assert first.error == pytest.approx(0.0005)
    assert first.study == ((1.0, 2.1), (2.0, 2.001))
    assert first.wall_s > 0
    assert first.peak_rss_MB > 10
    assert (runs[0].text, runs[0].wrong) == ("What 7 solves.", "a wrong number")
    assert len(lines) == 2
    assert accepted([o for r in runs for o in r.outcomes], mutated=False)
    json.dumps([o.as_dict() for r in runs for o in r.outcomes], allow_nan=False)


def test_wrong_inputs_are_found_out(planted: Planted) -> None:
    planted.add("7", SEVEN)
    planted.add("19", NINETEEN)
    runs = runner.run_cases(mutated=True)
    assert set(verdicts(runs).values()) == {"fail"}
    assert accepted([o for r in runs for o in r.outcomes], mutated=True)


def test_a_wrong_input_that_changes_nothing_is_not_accepted(planted: Planted) -> None:
    planted.add("19", "return {'19': Measured(5.0)}")
    (run,) = runner.run_cases(mutated=True)
    assert verdicts([run]) == {"19": "rule"}
    assert not accepted(run.outcomes, mutated=True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no such thing')", "no such thing"),
        ("os._exit(9)", "ended without a result"),
        ("return {'7a': Measured(2.0)}", "gave no value"),
        ("return {'7a': Measured(2.0), '7b': Measured(float('nan'))}", "not a finite number"),
        ("return {'7a': Measured(2.0), '7b': Measured(2.0), '7c': Measured(2.0)}", "without a reference: 7c"),
    ],
)
def test_what_breaks_is_a_failure_with_its_reason(planted: Planted, body: str, reason: str) -> None:
    planted.add("7", body)
    (run,) = runner.run_cases()
    last = run.outcomes[-1]
    assert last.verdict == "fail"
    assert last.value is None
    assert reason in last.reason
    assert not accepted(run.outcomes, mutated=False)
    assert not accepted(run.outcomes, mutated=True), "a crash says nothing about the comparison"


def test_a_file_that_cannot_be_imported_fails_its_row_only(planted: Planted) -> None:
    planted.add("7", SEVEN)
    planted.add("19", NINETEEN)
    (planted.folder / f"{planted.files[0].module}.py").write_text("import nothing_of_that_name")
    assert verdicts(runner.run_cases()) == {"7a": "fail", "7b": "fail", "19": "rule"}


def test_a_case_that_takes_too_long_is_a_failure(planted: Planted) -> None:
    planted.add("7", "time.sleep(60)")
    start = time.monotonic()
    (run,) = runner.run_cases(time_out_s=1.5)
    assert time.monotonic() - start < 20
    assert run.outcomes[0].verdict == "fail"
    assert "not done after 1.5 s" in run.outcomes[0].reason


def test_blocked_cases_are_told_with_their_reason_and_never_run(planted: Planted) -> None:
    planted.add("7", "os._exit(9)", blocked="needs data that are not free")
    for mutated in (False, True):
        (run,) = runner.run_cases(mutated=mutated)
        assert {o.verdict for o in run.outcomes} == {"blocked"}
        assert run.outcomes[0].as_dict()["reason"] == "needs data that are not free"
        assert run.outcomes[0].as_dict()["value"] is None
        assert accepted(run.outcomes, mutated=mutated)


def test_quick_and_ids_choose(planted: Planted) -> None:
    planted.add("7", SEVEN, quick=False)
    planted.add("19", NINETEEN)
    assert [r.row for r in runner.run_cases(quick=True)] == ["19"]
    assert [r.row for r in runner.run_cases(["7b"])] == ["7"]
    with pytest.raises(UsageError) as caught:
        runner.run_cases(["8"])
    assert caught.value.code == "verify.unknown_case"


def test_stop_ends_the_run(planted: Planted) -> None:
    planted.add("7", "time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(Cancelled):
        runner.run_cases(progress=Progress(_ignore, lambda: time.monotonic() - start > 1))
    assert time.monotonic() - start < 20


def _ignore(event: Event) -> None:
    del event


def test_judging_without_processes() -> None:
    refs = parse_references(TABLE)["7"]
    outcomes = judge(refs, {"7a": Measured(2.03), "7b": Measured(3.0)}, 1.0, 2.0)
    assert [o.verdict for o in outcomes] == ["fail", "pass"]
    assert not accepted(outcomes, mutated=False)
    assert not accepted(outcomes, mutated=True)
    assert accepted(without_value(refs, "blocked", "why"), mutated=False)


# ---- the cases of the program -------------------------------------------------------------------


@pytest.mark.parametrize("file", case_files(), ids=lambda f: f.module.rpartition(".")[2])
def test_every_case_says_what_it_is(file: CaseFile) -> None:
    case, text = load_case(file.module)
    assert case.row == file.row
    assert len(text) > 80, "the docstring is the text of the sheet"
    assert case.title
    assert case.wrong
