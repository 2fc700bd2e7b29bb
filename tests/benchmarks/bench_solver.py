"""Solver benchmark: ours against CalculiX (SPOOLES, iterative Cholesky) and DOLFINx CG with default GAMG.

    python tests/benchmarks/bench_solver.py --unknowns 150000 [--case CASE.twin] [--ranks 2] [--json FILE]

Equal mesh, equal true residual where the solver has one, displacement of the load point compared. Each
contender runs in its own process; times are assembly + setup + solution (CalculiX: its whole run, reading
included, which it does not report apart). Wall time, processor time of all its processes, peak memory: on a
machine that others use, compare processor times of --ranks 1 (a rank that waits for another one spins).
--case takes the intact bone of a meshed case (its `mesh --size` sets the unknowns: 4 mm gives 170,000 on the
real CT); without it a tube with the stiffness of a femur's wall is used. CalculiX's iterative solver has no
residual to set: its displacement is compared.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import resource
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
CHILD = (  # runs a program and tells its own peak memory, kB, on stderr
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
    "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(code)"
)


def unit_loads(problem: Problem) -> tuple[LoadCase, ...]:
    """Six independent loads of the first case's patch: forces of 1 kN, moments of 30 N m."""
    load = problem.loads[0].loads[0]
    unit = np.eye(6) * np.repeat([1000.0, 30000.0], 3)
    return tuple(
        LoadCase(f"unit {k}", (RemoteLoad(load.patch, load.point_mm, u[:3], u[3:]),))
        for k, u in enumerate(unit)
    )


def bone_of_case(path: Path) -> Bone:
    from surgitwin.planning.case import Case
    from surgitwin.planning.solving.build import intact_model
    from surgitwin.planning.solving.inputs import SolveOptions, settle_inputs

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
    from surgitwin.mechanics.fenicsx.warm import _warm_kernels

    problem = serial.load_problem(folder)
    _warm_kernels()  # compiled by setup.sh; read from the disk once a process
    one = dataclasses.replace(problem, loads=problem.loads[:1])
    walls, cpus = [], []
    solutions = []
    for p in (one, dataclasses.replace(one, loads=unit_loads(problem))):
        started, busy = time.perf_counter(), time.process_time()
        solutions = solve([p])
        walls.append(time.perf_counter() - started)
        cpus.append(time.process_time() - busy)
        if p is one:
            first_solutions = solutions
    for solution in first_solutions:
        first = solution.loads[0]
        wall = solution.facts["wall_s"]
        report = {
            "mesh_s": wall["mesh"],
            "time_s": wall["assemble"] + wall["setup"] + wall["solve"],
            "cpu_s": cpus[0] * (1 - wall["mesh"] / walls[0]),
            "six_s": walls[1],
            "six_ratio": walls[1] / walls[0],
            "six_cpu_ratio": cpus[1] / cpus[0],
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
    from surgitwin.mechanics.fenicsx.runtime import peak_rss_MB

    import dolfinx.fem.petsc  # isort: skip
    from petsc4py import PETSc  # isort: skip

    problem = serial.load_problem(folder)
    model = bone_module.BoneModel(problem.bone, MPI.COMM_WORLD)
    forces = nodal_forces(model.body.tets, problem.loads[0].loads[0])
    started, busy = time.perf_counter(), time.process_time()
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
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    residual = (matrix * x - b).norm() / b.norm()
    parts = model.split(x.array)
    if parts:
        load = problem.loads[0].loads[0]
        shift, _ = rigid_motion(model.body.tets, load.patch, parts[0], load.point_mm)
        report = {
            "time_s": seconds,
            "cpu_s": busy,
            "rss_MB": peak_rss_MB() * MPI.COMM_WORLD.size,
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


def run_ccx(problem: Problem, folder: Path, solver: str, threads: int, limit: float) -> dict:
    name = "ccx"
    write_ccx(problem, folder / f"{name}.inp", solver)
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), CCX_NPROC_EQUATION_SOLVER=str(threads))
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        command = ["/usr/bin/env", "python3", "-c", CHILD, "ccx", name]
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"did not finish in {limit:.0f} s"}
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
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
    memory = int(done.stderr.split()[-1]) / 1024
    return {"time_s": seconds, "cpu_s": busy, "rss_MB": memory, "u": shift.tolist()}


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
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for each run of CalculiX")
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
                results[solver] = run_ccx(
                    problem, folder, solver.replace("CHOLESKY", " CHOLESKY"), a.ranks, a.limit
                )
    ours = results["ours"]
    for name, r in results.items():
        if "failed" in r:
            print(f"{name:18s} {r['failed']}")
            continue
        difference = np.linalg.norm(np.subtract(r["u"], ours["u"])) / np.linalg.norm(ours["u"])
        r["ratio"], r["difference"] = r["time_s"] / ours["time_s"], difference
        facts = f"residual {r.get('residual', float('nan')):.1e}, iterations {r.get('iterations', '-')}"
        r["cpu_ratio"] = r["cpu_s"] / ours["cpu_s"]
        print(
            f"{name:18s} wall {r['time_s']:7.2f} s  ratio {r['ratio']:5.1f}  processor {r['cpu_s']:7.2f} s  "
            f"ratio {r['cpu_ratio']:5.1f}  peak {r['rss_MB']:6.0f} MB  u differs {difference:.1e}, {facts}"
        )
    print(f"unknowns {ours['dofs']}, ranks or threads {a.ranks}, load average {os.getloadavg()}")
    print(
        f"six loads {ours['six_s']:.2f} s, everything: {ours['six_ratio']:.2f} times one load "
        f"(processor time {ours['six_cpu_ratio']:.2f})"
    )
    print(versions())
    from surgitwin.mechanics import aggregation
    from surgitwin.mechanics.fenicsx.two_level import STEPS

    print(
        f"ours: matrix-free CG, P2-P1 cycle (Chebyshev {STEPS}; P1: aggregation, Chebyshev "
        f"{aggregation.STEPS}), MPI ranks {a.ranks}; gamg: CG, rigid modes, GAMG defaults, MPI ranks "
        f"{a.ranks}; ccx: threads {a.ranks}"
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
