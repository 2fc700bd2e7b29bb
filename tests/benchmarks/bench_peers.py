"""scikit-fem with its usual solvers on the case of bench_solver.py, beside ours.

    python tests/benchmarks/bench_peers.py --peers-python PATH [--unknowns 30000] [--case CASE.twin]

PATH: the Python of an environment of its own that has scikit-fem (`pip install scikit-fem`). One thread
each; equal mesh, stiffness and loads; the true residual and the displacement of the load point are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_solver import make_problem, run_child

from surgitwin.mechanics import serial
from surgitwin.mechanics.patches import nodal_forces, patch_quadrature, rigid_motion

LIMIT_S = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", type=Path, required=True)
    parser.add_argument("--unknowns", type=int, default=30_000)
    parser.add_argument("--case", type=Path)
    options = parser.parse_args()
    problem = make_problem(options.unknowns, options.case)
    mesh, load = problem.bone.mesh.with_midside_nodes(), problem.loads[0].loads[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "problem"
        serial.save_problem(problem, folder)
        ours = run_child("ours", folder, 1)
        used, cells = np.unique(mesh.corners, return_inverse=True)
        np.savez(
            folder / "peer.npz", corners=mesh.points_mm[used], cells=cells.reshape(-1, 4),
            points=mesh.points_mm, modulus=problem.bone.modulus_MPa[:, 0], poisson=problem.bone.poisson,
            fixed=np.unique(patch_quadrature(mesh, problem.bone.support).nodes),
            forces=nodal_forces(mesh, load),
        )  # fmt: skip
        print(f"{ours['dofs']} unknowns, one thread each, load average {os.getloadavg()}")
        print(f"ours                          wall {ours['time_s']:8.2f} s  processor {ours['cpu_s']:8.2f} s")
        child = Path(__file__).with_name("peer_scikit_fem.py")
        for way in ("direct", "pcg"):
            command = [str(options.peers_python), str(child), str(folder), way]
            env = dict(os.environ, OMP_NUM_THREADS="1")
            try:
                done = subprocess.run(
                    command, env=env, check=True, capture_output=True, text=True, timeout=LIMIT_S
                )
            except subprocess.TimeoutExpired:
                print(f"scikit-fem {way:20s} did not finish in {LIMIT_S} s")
                continue
            r = json.loads(done.stdout.strip().splitlines()[-1])
            shift, _ = rigid_motion(mesh, load.patch, np.load(folder / "peer_u.npy"), load.point_mm)
            difference = np.linalg.norm(shift - ours["u"]) / np.linalg.norm(ours["u"])
            print(
                f"{r['version']:16s} {way:12s} wall {r['time_s']:8.2f} s  processor {r['cpu_s']:8.2f} s  "
                f"ratio {r['cpu_s'] / ours['cpu_s']:6.1f}  peak {r['rss_MB']:6.0f} MB  "
                f"residual {r['residual']:.1e}  u differs {difference:.1e}"
            )


if __name__ == "__main__":
    main()
