"""Solver benchmark: ours against CalculiX (SPOOLES, iterative Cholesky) and DOLFINx CG with default GAMG.

    python tests/benchmarks/bench_solver.py --unknowns 150000 [--case CASE.twin] [--ranks 2] [--json FILE]

Equal mesh, equal true residual where the solver has one, displacement of the load point compared. Each
contender runs in its own process; times are assembly + setup + solution (CalculiX: whole run less the
mesh reading that it cannot report apart). --case takes the intact bone of a meshed case (its `mesh --size`
sets the unknowns: 4 mm gives 170,000 on the real CT); without it a tube with the stiffness of a femur's
wall is used. CalculiX's iterative solver has no residual to set: its displacement is compared.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mechanics.mechanics_cases import bone_of, faces_where, tube
from surgitwin.mechanics import serial
from surgitwin.mechanics.patches import nodal_forces, patch_quadrature, rigid_motion
from surgitwin.mechanics.problem import Bone, LoadCase, Patch, Problem, RemoteLoad

LIMIT_S = 1800


def bone_of_case(path: Path) -> Bone:
    from surgitwin.planning.build import intact_model
    from surgitwin.planning.case import Case
    from surgitwin.planning.inputs import SolveOptions, settle_inputs

    case = Case.open(path)
    return intact_model(case, settle_inputs(case, SolveOptions())).problem.bone


def make_problem(unknowns: int, case: Path | None) -> Problem:
    if case is None:
        k = (unknowns / 132000) ** (1 / 3)
        mesh = tube(7, 14, 160, (round(3 * k), round(26 * k), round(60 * k)))
        bone = bone_of(mesh)
        r = np.hypot(*mesh.points_mm[mesh.corners].mean(axis=1)[:, :2].T)
        bone = dataclasses.replace(bone, modulus_MPa=bone.modulus_MPa * (0.02 + 0.98 * (r - 7) / 7)[:, None])
        top = faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], 160))
        point = np.array([40.0, 10, 170])
    else:
        bone = bone_of_case(case)
        faces, _ = bone.mesh.boundary_faces()
        centre = bone.mesh.points_mm[faces].mean(axis=1)
        base = bone.mesh.points_mm[bone.support.triangles].mean(axis=(0, 1))
        away = np.linalg.norm(centre - base, axis=1)
        top = Patch("far end", faces[away > 0.94 * away.max()])
        point = bone.mesh.points_mm[top.triangles].mean(axis=(0, 1))
    # One modulus per cell: CalculiX takes materials by cell.
    mean = bone.modulus_MPa.mean(axis=1)
    mean = np.exp(np.round(np.log(mean) * 50) / 50)
    bone = dataclasses.replace(bone, modulus_MPa=np.repeat(mean[:, None], 4, axis=1))
    loads = tuple(
        LoadCase(name, (RemoteLoad(top, point, np.array(force)),))
        for name, force in (("first", (-300.0, -200, -1600)), ("further", (-100.0, 50, -1000)))
    )
    return Problem("bench", bone, (), loads)


def run_ours(folder: Path) -> None:
    from surgitwin.mechanics.fenicsx import solve

    problem = serial.load_problem(folder)
    for solution in solve([problem]):
        first, further = solution.loads
        wall = solution.facts["wall_s"]
        report = {
            "mesh_s": wall["mesh"],
            "time_s": wall["assemble"] + wall["setup"] + first.solve_s,
            "further_s": further.solve_s,
            "iterations": first.iterations,
            "residual": first.rel_residual,
            "u": first.remote_displacement_mm.tolist(),
            "dofs": solution.facts["dofs"],
            "rss_MB": solution.facts["peak_rss_MB"],
        }
        (folder / "ours.json").write_text(json.dumps(report))


def run_gamg(folder: Path) -> None:
    """The textbook DOLFINx way: assembled AIJ, rigid near-null space, CG, GAMG as it comes."""
    from mpi4py import MPI

    from surgitwin.mechanics.fenicsx import bone as bone_module
    from surgitwin.mechanics.fenicsx.null_space import near_null_space

    import dolfinx.fem.petsc  # isort: skip
    from petsc4py import PETSc  # isort: skip

    problem = serial.load_problem(folder)
    model = bone_module.BoneModel(problem.bone, MPI.COMM_WORLD)
    forces = nodal_forces(model.body.tets, problem.loads[0].loads[0])
    started = time.perf_counter()
    matrix = dolfinx.fem.petsc.assemble_matrix(model._form(2, 1.0), bcs=model._clamp(2))
    matrix.assemble()
    matrix.setNearNullSpace(near_null_space(matrix, model.points(2)))
    ksp = PETSc.KSP().create(matrix.comm)
    ksp.setOperators(matrix)
    ksp.setType("cg")
    ksp.getPC().setType("gamg")
    ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
    ksp.setTolerances(rtol=1e-8, max_it=2000)
    x, b = matrix.createVecs()
    b.array[:] = model.local_load(forces)
    ksp.setUp()
    ksp.solve(b, x)
    seconds = time.perf_counter() - started
    residual = (matrix * x - b).norm() / b.norm()
    parts = model.split(x.array)
    if parts:
        load = problem.loads[0].loads[0]
        shift, _ = rigid_motion(model.body.tets, load.patch, parts[0], load.point_mm)
        report = {
            "time_s": seconds,
            "iterations": ksp.getIterationNumber(),
            "residual": residual,
            "u": shift.tolist(),
        }
        (folder / "gamg.json").write_text(json.dumps(report))


def write_ccx(problem: Problem, path: Path, solver: str) -> None:
    mesh, bone = problem.bone.mesh.with_midside_nodes(), problem.bone
    fixed = np.unique(patch_quadrature(mesh, bone.support).nodes)
    forces = nodal_forces(mesh, problem.loads[0].loads[0])
    lines = ["*NODE"]
    lines += [f"{k + 1},{x[0]:.12g},{x[1]:.12g},{x[2]:.12g}" for k, x in enumerate(mesh.points_mm)]
    values, group = np.unique(bone.modulus_MPa[:, 0], return_inverse=True)
    for g in range(len(values)):
        lines.append(f"*ELEMENT,TYPE=C3D10,ELSET=E{g}")
        lines += [",".join(map(str, [c + 1, *(mesh.cells[c] + 1)])) for c in np.flatnonzero(group == g)]
    for g, E in enumerate(values):
        lines += [
            f"*MATERIAL,NAME=M{g}",
            "*ELASTIC",
            f"{E:.12g},0.3",
            f"*SOLID SECTION,ELSET=E{g},MATERIAL=M{g}",
        ]
    lines += ["*NSET,NSET=FIX", *(str(n + 1) for n in fixed), "*BOUNDARY", "FIX,1,3"]
    lines += [
        "*NSET,NSET=ALL,GENERATE",
        f"1,{len(mesh.points_mm)}",
        "*STEP",
        f"*STATIC,SOLVER={solver}",
        "*CLOAD",
    ]
    loaded = np.flatnonzero((forces != 0).any(axis=1))
    lines += [f"{n + 1},{d + 1},{forces[n, d]:.12g}" for n in loaded for d in range(3)]
    lines += ["*NODE PRINT,NSET=ALL", "U", "*END STEP"]
    path.write_text("\n".join(lines) + "\n")


def run_ccx(problem: Problem, folder: Path, solver: str, threads: int) -> dict:
    name = "ccx"
    write_ccx(problem, folder / f"{name}.inp", solver)
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), CCX_NPROC_EQUATION_SOLVER=str(threads))
    started = time.perf_counter()
    try:
        done = subprocess.run(
            ["ccx", name], cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"did not finish in {LIMIT_S} s"}
    seconds = time.perf_counter() - started
    if done.returncode != 0 or not (folder / f"{name}.dat").exists():
        return {"failed": f"exit {done.returncode}: {done.stdout[-200:]}"}
    printed = (folder / f"{name}.dat").read_text().splitlines()
    numbers = [line.split() for line in printed if re.match(r"^\s+\d+\s+[-\d.]", line)]
    rows = np.array(numbers, float)
    mesh = problem.bone.mesh.with_midside_nodes()
    u = np.zeros_like(mesh.points_mm)
    u[rows[:, 0].astype(int) - 1] = rows[:, 1:4]
    load = problem.loads[0].loads[0]
    shift, _ = rigid_motion(mesh, load.patch, u, load.point_mm)
    return {"time_s": seconds, "u": shift.tolist()}


def run_child(kind: str, folder: Path, ranks: int) -> dict:
    command = [sys.executable, __file__, "--child", kind, "--folder", str(folder)]
    if ranks > 1:
        command = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(ranks), *command]
    env = dict(os.environ, OMP_NUM_THREADS="1")
    subprocess.run(command, env=env, check=True, timeout=LIMIT_S)
    return json.loads((folder / f"{kind}.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unknowns", type=int, default=150_000)
    parser.add_argument("--case", type=Path)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--skip", nargs="*", default=[], choices=["SPOOLES", "ITERATIVECHOLESKY", "gamg"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child")
    parser.add_argument("--folder", type=Path)
    a = parser.parse_args()
    if a.child:
        {"ours": run_ours, "gamg": run_gamg}[a.child](a.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "problem"
        problem = make_problem(a.unknowns, a.case)
        serial.save_problem(problem, folder)
        results = {"ours": run_child("ours", folder, a.ranks)}
        if "gamg" not in a.skip:
            results["gamg"] = run_child("gamg", folder, a.ranks)
        for solver in ("SPOOLES", "ITERATIVECHOLESKY"):
            if solver not in a.skip and shutil.which("ccx"):
                results[solver] = run_ccx(problem, folder, solver.replace("CHOLESKY", " CHOLESKY"), a.ranks)
    ours = results["ours"]
    for name, r in results.items():
        if "failed" in r:
            print(f"{name:18s} {r['failed']}")
            continue
        difference = np.linalg.norm(np.subtract(r["u"], ours["u"])) / np.linalg.norm(ours["u"])
        r["ratio"], r["difference"] = r["time_s"] / ours["time_s"], difference
        facts = f"residual {r.get('residual', float('nan')):.1e}, iterations {r.get('iterations', '-')}"
        print(
            f"{name:18s} {r['time_s']:8.2f} s  ratio {r['ratio']:5.1f}  u differs {difference:.1e}, {facts}"
        )
    share = 100 * ours["further_s"] / ours["time_s"]
    print(f"unknowns {ours['dofs']}, ranks or threads {a.ranks}, load average {os.getloadavg()}")
    print(f"further load {ours['further_s']:.2f} s = {share:.0f} % of the first")
    print(versions())
    from surgitwin.mechanics.fenicsx.cycle import CHEBYSHEV_STEPS, GAMG_THRESHOLD

    print(
        f"ours: CG, P2-P1 cycle (Chebyshev {CHEBYSHEV_STEPS}, GAMG {GAMG_THRESHOLD} on P1), MPI ranks "
        f"{a.ranks}; gamg: CG, rigid modes, GAMG defaults, MPI ranks {a.ranks}; ccx: threads {a.ranks}"
    )
    if a.json:
        a.json.write_text(json.dumps(results, indent=1))


def versions() -> str:
    import importlib.metadata as metadata

    ccx = "no ccx"
    if shutil.which("ccx"):
        ccx = subprocess.run(["ccx", "-v"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{ccx}; dolfinx-solver-real {metadata.version('dolfinx-solver-real')}; true residual 1e-8"


if __name__ == "__main__":
    main()
