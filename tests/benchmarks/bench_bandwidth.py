"""How far the solver is from the machine: bytes that one cycle must move against a STREAM-like triad.

    python tests/benchmarks/bench_bandwidth.py [--unknowns 1000000] [--case CASE.twin]

One process, processor time, least of several runs. The same product with an assembled matrix is shown
beside it: it is the one that memory bounds; the matrix-free one moves so little that arithmetic bounds it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_solver import make_problem

from surgitwin.mechanics.fenicsx.bone import BoneModel

from mpi4py import MPI  # isort: skip
from surgitwin.mechanics.aggregation import Hierarchy
from surgitwin.mechanics.block_sparse import Blocks
from surgitwin.mechanics.fenicsx.matrix_free import coarse_ends
from surgitwin.mechanics.fenicsx.two_level import STEPS, TwoLevel
from surgitwin.mechanics.vector_jit import compiled

OPERATIONS = 616
"""Multiplications, additions and fused pairs of them for one cell (elastic_kernel)."""


@compiled
def triad(a, b, c, s):
    for i in range(len(a)):
        a[i] = b[i] + s * c[i]


def least(run, times=6) -> float:
    """Processor seconds of the fastest run."""
    run()
    out = []
    for _ in range(times):
        started = time.process_time()
        run()
        out.append(time.process_time() - started)
    return min(out)


def measured_bandwidth(count=20_000_000) -> float:
    """Bytes per processor second of a = b + s c."""
    a, b, c = (np.ones(count) for _ in range(3))
    return 24 * count / least(lambda: triad(a, b, c, 2.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unknowns", type=int, default=1_000_000)
    parser.add_argument("--case", type=Path)
    options = parser.parse_args()
    bandwidth = measured_bandwidth()
    print(f"triad {bandwidth / 1e9:.1f} GB/s, one core")
    bone = BoneModel(make_problem(options.unknowns, options.case).bone, MPI.COMM_SELF)
    data = bone.cell_data(1.0)
    fine, linear = bone.fine_operator(data), bone.linear_level(data, 1.0)
    hierarchy = Hierarchy(linear, bone.points(1))
    fixed = bone.body.dofs_of_nodes(bone.fixed, 2)
    two = TwoLevel(
        fine, coarse_ends(bone.body, fixed, bone.coarse_number()), hierarchy.cycle, bone.body.owned(1)
    )
    b = np.random.default_rng(1).standard_normal((1, fine.nodes, 3))
    r, below = b.astype(np.float32), np.ones((1, linear.shape[0]), np.float32)
    products = 2 * STEPS  # STEPS - 1 before the coarse level, one for its residual, STEPS after it
    vectors = (2 * STEPS * 8 + 6) * r.nbytes + (2 * STEPS) * two.inverse.nbytes
    cycle_bytes = products * fine.bytes_moved() + vectors + hierarchy_bytes(hierarchy)
    single = Blocks(linear)
    for name, seconds, moved in (
        ("product, single precision", least(lambda: fine.apply(r)), fine.bytes_moved()),
        ("product, double precision", least(lambda: fine.apply(b)), fine.bytes_moved(np.float64)),
        ("product with the linear level", least(lambda: single.times(below)), single.nbytes),
        ("coarse cycle", least(lambda: hierarchy.cycle(below)), hierarchy_bytes(hierarchy)),
        ("whole cycle", least(lambda: two.cycle(b)), cycle_bytes),
    ):
        share = 100 * moved / seconds / bandwidth
        print(f"{name:30s} {1e3 * seconds:7.2f} ms  {moved / 1e6:7.1f} MB  {share:4.0f} % of the triad")
    rate = OPERATIONS * fine.cells / least(lambda: fine.apply(r)) / 1e9
    print(
        f"{3 * fine.nodes} unknowns, {fine.cells} cells; product {rate:.1f} G operations/s, single precision"
    )
    entries = 3 * 9 * 8 * fine.nodes * 9
    print(f"an assembled matrix would move about {entries / 1e6:.0f} MB a product (27 blocks a node, double)")


def hierarchy_bytes(hierarchy: Hierarchy) -> int:
    """Least bytes of a coarse cycle: each smoother and residual reads its matrix, both transfers theirs."""
    from surgitwin.mechanics.aggregation import STEPS as SMOOTHING

    return sum(
        2 * SMOOTHING * (x.matrix.nbytes + x.inverse.nbytes) + x.up.nbytes + x.down.nbytes
        for x in hierarchy.levels
    )


if __name__ == "__main__":
    main()
