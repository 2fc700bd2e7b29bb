"""`surgitwin solve PROBLEM.toml`: what it prints, and how each failure ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import meshio
import psutil
import pytest
import pyvista as pv

from surgitwin.cli.main import main

BEAM = """
name = "beam"
[[parts]]
name = "beam"
[parts.mesh]
shape = "box"
low = [0, 0, 0]
high = [10, 1, 1]
counts = [8, 2, 2]
[parts.material]
law = "isotropic"
E_MPa = 1000
nu = 0.3
[[supports]]
kind = "fixed"
name = "wall"
part = "beam"
on = "x0"
[[loads]]
kind = "traction"
name = "push"
part = "beam"
on = "x1"
force_N = [0, 0, 1]
[[outputs]]
name = "tip"
kind = "mean_displacement"
part = "beam"
on = "x1"
component = "z"
"""
SMALL_STEPS = "large = true\n[stepping]\nfirst = 0.0005\nlargest = 0.0005\n"
LONG = BEAM.replace("[8, 2, 2]", "[4, 1, 1]").replace("[[parts]]", SMALL_STEPS + "[[parts]]", 1)
"""Two thousand increments: there is time to stop it."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["solve", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "problem.toml"
    file.write_text(text)
    return str(file)


def test_a_problem_is_solved_and_said_in_the_words_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = tmp_path / "fields"
    code, data = run(capsys, written(tmp_path, BEAM), "--fields", str(fields))
    assert code == 0
    (row,) = data["runs"]
    wanted = {
        "load_case", "parts", "dofs", "n_cells", "iterations", "rel_residual", "applied_N", "reaction_N",
        "moment_imbalance", "energy_mJ", "wall_s", "peak_rss_MB", "ranks", "solver", "input_hash", "cached",
    }  # fmt: skip
    assert wanted <= set(row)
    assert set(row["wall_s"]) >= {"mesh", "assemble", "setup", "solve", "total"}
    assert row["applied_N"] == pytest.approx([0, 0, 1], abs=1e-9)
    assert row["reaction_N"] == pytest.approx([0, 0, -1], abs=1e-9)
    assert row["moment_imbalance"] < 1e-9
    # Euler-Bernoulli F L^3 / (3 E I) = 4.0 mm, shear adds 1.5 %.
    assert row["outputs"]["tip"] == pytest.approx(4.0, rel=0.03)
    assert row["energy_mJ"] == pytest.approx(row["outputs"]["tip"] / 2)
    assert row["parts"][0]["min_scaled_jacobian"] == pytest.approx(1.0)
    grid = pv.read(fields / "beam.vtu")
    assert {"displacement", "stress", "stress_vm"} <= set(grid.point_data)
    assert "units: displacement mm, stress MPa, points mm (undeformed)" in grid.field_data
    assert meshio.read(fields / "beam.vtu").point_data["displacement"].shape == (grid.n_points, 3)


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "code"),
    [
        ('on = "x0"', 'on = "x0"\ncomponents = "x"', 5, "solver.not_held"),
        ("E_MPa = 1000", "E_MPa = 2e11", 3, "model.faults"),
        ("force_N", "forse_N", 3, "model.faults"),
        ("[[parts]]", "[[parts", 3, "model.unreadable"),
        ('name = "beam"\n', 'name = "beam"\nkind = "quantum"\n', 3, "model.faults"),
    ],
)
def test_a_failure_has_its_code_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, exit_code: int, code: str
) -> None:
    file = written(tmp_path, BEAM.replace(old, new, 1))
    before = Path(file).read_text()
    ended, data = run(capsys, file)
    assert (ended, data["error"]["code"]) == (exit_code, code)
    assert data["error"]["hint"]
    assert Path(file).read_text() == before


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended, data = run(capsys, str(tmp_path / "none.toml"))
    assert (ended, data["error"]["code"]) == (3, "problem.missing")


def test_time_limit_then_going_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Solved in one increment first, so that compiling the law is not what the limit cuts off.
    code, _ = run(capsys, written(tmp_path, LONG.replace("0.0005", "1.0")))
    assert code == 0
    file, restart = written(tmp_path, LONG), tmp_path / "restart.npz"
    ended, data = run(capsys, file, "--restart", str(restart), "--time-limit", "12")
    assert (ended, data["error"]["code"]) == (5, "solver.time_limit")
    assert "restart" in data["error"]["message"]
    assert restart.exists()


def test_a_killed_worker_is_told_and_the_terminal_is_free_again(tmp_path: Path) -> None:
    file = written(tmp_path, LONG)
    command = [sys.executable, "-m", "surgitwin", "solve", file, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def kill_the_worker() -> None:
        for _ in range(400):
            for child in psutil.Process(process.pid).children(recursive=True):
                if "surgitwin.jobs.worker" in " ".join(child.cmdline()):
                    os.kill(child.pid, signal.SIGKILL)
                    return
            time.sleep(0.05)

    thread = threading.Thread(target=kill_the_worker)
    thread.start()
    out, _ = process.communicate(timeout=60)
    thread.join()
    assert process.returncode == 5
    error = json.loads(out)["error"]
    assert error["code"] == "job.died"
    assert "SIGKILL" in error["message"]


PULSE = """
kind = "flow"
name = "pulse"
axisymmetric = true
[mesh]
shape = "pipe_section"
radius_m = 1.5e-3
length_m = 3e-3
cells = [3, 1]
[fluid]
preset = "blood"
[boundaries.inlet]
kind = "flow"
flow_m3_s = { times_s = [0.0, 0.2, 0.4, 0.6], values = [1e-6, 2e-6, 1e-6, 0.5e-6], period_s = 0.8 }
[boundaries.outlet]
kind = "pressure"
[boundaries.wall]
kind = "wall"
[boundaries.axis]
kind = "symmetry"
[stepping]
kind = "pulsatile"
dt_s = 0.1
end_s = 0.8
start = "steady"
"""


def test_a_flow_is_told_in_its_own_columns_and_one_line_a_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", written(tmp_path, PULSE)]) == 0
    said = capsys.readouterr()
    head = said.out.splitlines()[0]
    assert all(word in head for word in ("Reynolds", "residual", "mass imbalance"))
    assert "increments" not in head
    assert "energy" not in head
    words = said.out.splitlines()
    (inlet,) = [line.split() for line in words if line.startswith("inlet")]
    assert float(inlet[1]) == pytest.approx(-1e-6)
    assert float(inlet[2]) > 0
    for start in ("wall shear stress on wall: mean", "cycle on wall: TAWSS"):
        assert sum(line.startswith(start) for line in words) == 1
    steps = [line for line in said.err.splitlines() if "Step " in line]
    assert len(steps) == 8
    assert "Step 8 of 8, 0.8 s: Newton" in steps[-1]
