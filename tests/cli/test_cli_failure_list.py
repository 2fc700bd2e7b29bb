"""Failures of a problem file: each ends with its code, names cause and remedy, and leaves the file alone.

The list of all failures and their tests stands in packaging/docs/verification.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_cli_problem import BEAM

from surgitwin.cli.main import main
from surgitwin.core.errors import SolverError
from surgitwin.core.progress import SILENT
from surgitwin.jobs import problem_task
from surgitwin.mechanics import memory_estimate

STIFF_PUSH = "force_N = [0, 0, 5000]"
LARGE = "large = true\n[stepping]\nsmallest = 0.5\nmax_iterations = 4\n[[parts]]"
FLAT = "low = [0, 0, 0]\nhigh = [-10, 1, 1]"


def run(capsys: pytest.CaptureFixture[str], file: Path) -> tuple[int, dict[str, Any]]:
    code = main(["solve", str(file), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("change", "code", "exit_code", "cause", "remedy"),
    [
        ([('on = "x0"', 'on = "x0"\ncomponents = "yz"')], "solver.not_held", 5, "move", "support"),
        ([("[[parts]]", LARGE), ("force_N = [0, 0, 1]", STIFF_PUSH)], "solver.step_failed", 5, "increment",
         "lower the load"),
        ([("E_MPa = 1000", "E_MPa = 2e11")], "model.faults", 3, "Pa", "Correct"),
    ],
)  # fmt: skip
def test_a_failure_names_cause_and_remedy_and_leaves_the_file_alone(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: list[tuple[str, str]],
    code: str,
    exit_code: int,
    cause: str,
    remedy: str,
) -> None:
    text = BEAM
    for old, new in change:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "problem.toml"
    file.write_text(text)
    ended, data = run(capsys, file)
    assert (ended, data["error"]["code"]) == (exit_code, code), data
    assert cause in data["error"]["message"], data
    assert remedy.lower() in data["error"]["hint"].lower(), data
    assert file.read_text() == text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["problem.toml"]


def test_memory_is_estimated_before_anything_is_assembled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(BEAM)
    monkeypatch.setattr(memory_estimate, "free_MB", lambda: 100.0)
    with pytest.raises(SolverError) as refused:
        problem_task.run({"problem": str(file)}, SILENT)
    assert refused.value.code == "solver.too_large"
    assert "100 MB are free" in refused.value.message
    assert "larger elements" in refused.value.hint
    assert file.read_text() == BEAM


def test_a_locked_mesh_is_solved_and_warned_of_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "problem.toml"
    locked = BEAM.replace("nu = 0.3", "nu = 0.4999").replace("[parts.material]", "[parts.material]", 1)
    file.write_text(
        locked.replace('name = "beam"\n[parts.mesh]', 'name = "beam"\ndegree = 1\n[parts.mesh]', 1)
    )
    code, data = run(capsys, file)
    assert code == 0
    (warning,) = [w for w in data["warnings"] if "locking" in w]
    assert "Locking, beam" in warning
    assert "mixed" in warning
    checks = {c["id"]: c for c in data["runs"][0]["numerics"]}
    assert checks["locking"]["verdict"] == "bad"
    assert main(["solve", str(file)]) == 0
    said = capsys.readouterr().out
    assert "checks, load:" in said
    assert "Not met in load: locking, beam" in said
