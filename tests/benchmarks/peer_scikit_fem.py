"""Child of bench_peers.py, run by the Python that has scikit-fem: arrays in, time and displacement out.

scikit-fem's documented way: vector-valued P2 elements, `condense`, `solve` with its default direct solver
(SciPy's SuperLU), and beside it `solver_iter_pcg` with the diagonal preconditioner that it builds itself.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import skfem
from scipy.spatial import cKDTree
from skfem.helpers import ddot, eye, sym_grad, trace


@skfem.BilinearForm
def stiffness(u, v, w):
    strain = sym_grad(u)
    return ddot(2 * w["mu"] * strain + eye(w["lam"] * trace(strain), 3), sym_grad(v))


def main(folder: Path, way: str) -> None:
    data = np.load(folder / "peer.npz")
    mesh = skfem.MeshTet(data["corners"].T.copy(), data["cells"].T.copy())
    started, busy = time.perf_counter(), time.process_time()
    basis = skfem.Basis(mesh, skfem.ElementVector(skfem.ElementTetP2()), intorder=2)
    E, nu = data["modulus"], data["poisson"]
    ones = np.ones((1, basis.X.shape[1]))
    lam, mu = ((c[:, None] * ones) for c in (E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))))
    K = stiffness.assemble(basis, lam=lam, mu=mu)
    distance, node = cKDTree(data["points"]).query(basis.doflocs.T)
    assert distance.max() < 1e-6
    component = np.zeros(K.shape[0], int)
    for table in (basis.nodal_dofs, basis.edge_dofs):
        component[table] = np.arange(3)[:, None]
    load = data["forces"][node, component]
    held = np.flatnonzero(np.isin(node, data["fixed"]))
    load[held] = 0
    solver = (
        skfem.solver_direct_scipy() if way == "direct" else skfem.solver_iter_pcg(rtol=1e-8, maxiter=5000)
    )
    x = skfem.solve(*skfem.condense(K, load, D=held), solver=solver)
    report = {"time_s": time.perf_counter() - started, "cpu_s": time.process_time() - busy}
    rest = load - K @ x
    rest[held] = 0
    u = np.zeros_like(data["points"])
    u[node, component] = x
    np.save(folder / "peer_u.npy", u)
    report["residual"] = float(np.linalg.norm(rest) / np.linalg.norm(load))
    report["rss_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report["version"] = f"scikit-fem {skfem.__version__}"
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
