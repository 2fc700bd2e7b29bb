"""Problems and solutions survive their folders; the solver also from other processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mechanics.mechanics_cases import bone_of, faces_where, rod_through_tube, tube
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import StorageError
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import LoadCase, Problem, RemoteLoad, SolverSettings


def problems():
    mesh = tube(cells=(2, 16, 8))
    bone = bone_of(mesh)
    patch = faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], 60))
    load = LoadCase("axial", (RemoteLoad(patch, np.array([5.0, 0, 60]), np.array([0, 0, -1000.0])),))
    settings = SolverSettings(rtol=1e-9)
    return [
        Problem("intact", bone, (), (load,), settings, 0.8),
        Problem("rod", bone, (rod_through_tube(),), (load,)),
    ]


def test_problems_come_back_equal_and_share_one_bone_file(tmp_path):
    made = problems()
    for p in made:
        serial.save_problem(p, tmp_path / p.name)
    assert len(list(tmp_path.glob("bone-*.npz"))) == 1
    back = serial.load_problems([tmp_path / p.name for p in made])
    assert back[0].bone is back[1].bone
    for a, b in zip(made, back, strict=True):
        assert content_hash(a) == content_hash(b)


def test_missing_and_damaged_files_are_named(tmp_path):
    serial.save_problem(problems()[0], tmp_path / "p")
    (tmp_path / "p" / "problem.npz").write_bytes(b"not a zip")
    with pytest.raises(StorageError, match=r"problem\.npz") as error:
        serial.load_problem(tmp_path / "p")
    assert error.value.code == "storage.damaged"
    (tmp_path / "p" / "problem.npz").unlink()
    with pytest.raises(StorageError) as error:
        serial.load_problem(tmp_path / "p")
    assert error.value.code == "storage.blob_missing"


def test_solution_comes_back_equal(tmp_path):
    pytest.importorskip("dolfinx_solver")
    from surgitwin.mechanics.fenicsx import solve

    solution = solve(problems()[1:])[0]
    serial.save_solution(solution, tmp_path)
    assert content_hash(serial.load_solution(tmp_path)) == content_hash(solution)


RANKS = """
import sys
from pathlib import Path
from surgitwin.mechanics import serial
from surgitwin.mechanics.fenicsx import solve
folder = Path(sys.argv[1])
for k, solution in enumerate(solve(serial.load_problems(sorted(folder.glob("p*"))))):
    serial.save_solution(solution, folder / f"s{k}")
"""


def test_two_ranks_give_the_answers_of_one(tmp_path):
    pytest.importorskip("dolfinx_solver")
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if not mpiexec.exists():
        pytest.skip("no mpiexec beside the interpreter")
    from surgitwin.mechanics.fenicsx import solve

    made = problems()
    for k, p in enumerate(made):
        serial.save_problem(p, tmp_path / f"p{k}")
    command = [str(mpiexec), "-n", "2", sys.executable, "-c", RANKS, str(tmp_path)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    for k, one in enumerate(solve(made)):
        two = serial.load_solution(tmp_path / f"s{k}")
        a, b = one.loads[0], two.loads[0]
        assert np.allclose(a.bone_displacement_mm, b.bone_displacement_mm, atol=1e-8)
        assert np.allclose(a.reaction_N, b.reaction_N, atol=1e-3)
        assert b.moment_imbalance < 1e-6
        assert two.facts["ranks"] == (2 if not made[k].implants else 1)


def test_without_a_compiler_the_error_says_what_to_install(tmp_path):
    pytest.importorskip("dolfinx_solver")
    direct = replace(problems()[0], settings=SolverSettings(method="mumps"))  # the fast way needs no forms
    serial.save_problem(direct, tmp_path / "p")
    run = "from surgitwin.mechanics.fenicsx import solve; solve(serial.load_problems([Path(sys.argv[1])]))"
    script = f"""
import sys
from pathlib import Path
from surgitwin.core.errors import SolverError
from surgitwin.mechanics import serial
from surgitwin.mechanics.fenicsx.warm import main
assert main() == 5
try:
    {run}
except SolverError as error:
    assert error.code == "solver.no_compiler", error.code
    sys.exit(0)
sys.exit("no error")
"""
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "CC": "no-such-cc"}
    command = [sys.executable, "-c", script, str(tmp_path / "p")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Install a C compiler" in done.stderr
