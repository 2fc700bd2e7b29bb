"""The same case on one and two MPI ranks: integral quantities agree as far as the method promises."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("dolfinx_solver")

from mechanics.mechanics_cases import bone_of, faces_where, tube
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import LoadCase, Problem, RemoteLoad, SolverSettings

RUN = """
import json, sys
from pathlib import Path
from surgitwin.mechanics import serial
from surgitwin.mechanics.fenicsx import solve
folder = Path(sys.argv[1])
problem = serial.load_problem(folder)
for s in solve([problem]):
    load = s.loads[0]
    numbers = [load.energy_mJ, *load.remote_displacement_mm, *load.remote_rotation_rad, *load.reaction_N]
    print(json.dumps({"numbers": numbers, "ranks": s.facts["ranks"], "solver": s.facts["solver"]}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("method", "rtol", "agreement"), [("mumps", 1e-8, 1e-8), ("cg", 1e-10, 1e-6)])
def test_integral_quantities_are_the_same_on_one_and_two_ranks(tmp_path, method, rtol, agreement):
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if not mpiexec.exists() and shutil.which("mpiexec") is None:
        pytest.skip("no mpiexec")
    mesh = tube(cells=(3, 24, 20))
    bone = bone_of(mesh)
    patch = faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], 60))
    load = RemoteLoad(patch, np.array([20.0, 0, 60]), np.array([100.0, -50, -1000]))
    settings = SolverSettings(method=method, rtol=rtol, fallback_to_direct=False)
    problem = Problem("ranks", bone, (), (LoadCase("load", (load,)),), settings)
    serial.save_problem(problem, tmp_path / "p")
    found = []
    for ranks in (1, 2):
        command = [str(mpiexec), "-n", str(ranks), sys.executable, "-c", RUN, str(tmp_path / "p")]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        assert found[-1]["ranks"] == ranks
        assert found[-1]["solver"].startswith(method)
    a, b = (np.array(f["numbers"]) for f in found)
    for group in (slice(0, 1), slice(1, 4), slice(4, 7), slice(7, 10)):
        assert np.linalg.norm(a[group] - b[group]) < agreement * np.linalg.norm(a[group])
