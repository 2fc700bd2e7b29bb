"""Memory told before a solution, and the refusal of what does not fit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mechanics.mechanics_cases import bone_of, box, faces_where
from surgitwin.core.errors import SolverError
from surgitwin.mechanics import memory_estimate as estimate
from surgitwin.mechanics.problem import LoadCase, Problem, RemoteLoad, SolverSettings

MEASURE = """
import sys
from mechanics.test_memory_estimate import beam
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.fenicsx.runtime import peak_rss_MB
from surgitwin.mechanics.problem import SolverSettings
import dataclasses
problem = dataclasses.replace(beam((8, 8, 80)), settings=SolverSettings(method=sys.argv[1]))
solution, = solve([problem])
print(solution.facts["dofs"], solution.facts["peak_rss_MB"])
"""


def beam(cells) -> Problem:
    mesh = box((10, 10, 100), cells)
    patch = faces_where(mesh, "top", lambda x: abs(x[:, 2] - 100) < 1e-6)
    return Problem(
        "beam", bone_of(mesh, 200e3), (), (LoadCase("tip", (RemoteLoad(patch, [5, 5, 100], [9.0, 0, 0]),)),)
    )


def test_estimates_grow_with_the_problem_and_rank_the_methods():
    one = [estimate.memory_MB(10**6, m) for m in estimate.METHODS]
    assert one == sorted(one)
    assert one[0] < one[2] / 3
    assert estimate.memory_MB(2 * 10**6, "mumps") > 2.2 * one[2] - estimate.PROGRAM_MB
    assert estimate.memory_MB(10**6, "cg", loads=6) > one[0]
    assert estimate.memory_MB(10**6, "cg", processes=2) > one[0] + estimate.PROGRAM_MB
    with pytest.raises(ValueError, match="no estimate"):
        estimate.memory_MB(1, "magic")


def test_plane_models_need_less_than_bodies_and_flow_more():
    above = {k: estimate.memory_MB(388_962, "mumps", dimension=k) - estimate.PROGRAM_MB for k in (2, 3)}
    assert above[2] == pytest.approx(1166.8 * 1.049, rel=0.05)  # measured in MiB, one load
    assert above[3] > 3 * above[2]
    assert estimate.memory_MB(90_000, "mumps-flow") - estimate.PROGRAM_MB == pytest.approx(2000.0)
    assert estimate.memory_MB(90_000, "mumps-flow", dimension=2) < 0.5 * estimate.memory_MB(
        90_000, "mumps-flow"
    )


def test_what_does_not_fit_is_refused_with_number_and_remedy():
    assert estimate.require_memory(1000, "cg", free=1000.0) < 1000
    with pytest.raises(SolverError) as error:
        estimate.require_memory(10**6, "mumps", where="femur", free=4000.0)
    assert error.value.code == "solver.too_large"
    assert "4000 MB are free" in error.value.message
    assert '"cg"' in error.value.hint
    assert error.value.where == "femur"


def test_solve_refuses_before_it_assembles(monkeypatch):
    pytest.importorskip("dolfinx_solver")
    from surgitwin.mechanics.fenicsx import solve

    monkeypatch.setattr(estimate, "free_MB", lambda: 100.0)
    with pytest.raises(SolverError) as error:
        solve([beam((2, 2, 8))])
    assert error.value.code == "solver.too_large"


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cg", "mumps"])
def test_estimate_is_within_a_factor_of_two_of_what_a_run_takes(method):
    pytest.importorskip("dolfinx_solver")
    from pathlib import Path

    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{MEASURE}", method]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    unknowns, peak = done.stdout.split()
    assert 0.5 < estimate.memory_MB(int(unknowns), method) / float(peak) < 2.0
    assert SolverSettings().method in estimate.METHODS
