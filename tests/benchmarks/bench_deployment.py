"""Deployment of rings in a wall (level L1): one plan from the beginning, and a matrix of plans.

    .venv/bin/python tests/benchmarks/bench_deployment.py [--factors 1,2]

One plan: a balloon-expandable stent in an eccentric narrowing of 70 % of the area, at 9 thousand unknowns
times each factor. Matrix: three sizes at three depths of a self-expanding device in an oval tube of some 7
thousand unknowns, each from the most similar one before. Seconds of the clock and of the processor; the
claims are 15 s for a plan and 60 s for the matrix on one of two cores that nothing else uses.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from surgitwin.core.device import DeviceFrame, ZigzagRing
from surgitwin.core.progress import SILENT
from surgitwin.core.vessel import LumenTube
from surgitwin.mechanics.devices.place import place_rings
from surgitwin.mechanics.devices.problem import ContactLaw, Deployment, WallMaterial
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.mechanics.fenicsx.deployment import solve_deployment, solve_deployments
from surgitwin.meshing.vessels.tube import tube_wall
from surgitwin.verification.vessel_cases import narrowed_artery, straight

PLAN_UNKNOWNS, MATRIX_UNKNOWNS = 9000, 7000


def matrix() -> list[Deployment]:
    """Frames of 26, 29 and 32 mm at three depths in an oval tube of 28 by 22 mm."""
    course = straight(44.0, 1.0)
    angle = 2 * np.pi * np.arange(72) / 72
    oval = 14 * 11 / np.hypot(11 * np.cos(angle), 14 * np.sin(angle))
    tube = LumenTube(course, np.tile(oval, (len(course.s_mm), 1)))
    wall = tube_wall(tube, 2.0, unknowns=MATRIX_UNKNOWNS)
    law = WallMaterial("wall", 0.67)
    tasks = []
    for size in (26.0, 29.0, 32.0):
        rings = tuple(ZigzagRing(3.0 + 6 * i, 12, 8.0, 0.25, 0.35, size - 0.35) for i in range(5))
        device = DeviceFrame("self_expanding", "Nitinol", rings, size, 6.0, 0, 30.0)
        for depth in (6.0, 8.0, 10.0):
            placed = place_rings(course, device, depth, tube)
            name, contact = f"{size:g} at {depth:g}", ContactLaw(20.0, 0.05)
            tasks.append(Deployment(name, wall, {"wall": law}, law, device, placed, None, contact=contact))
    return tasks


def clocks() -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def plan(factor: float) -> None:
    """One stent from the beginning; kernels are compiled before."""
    task = narrowed_artery(round(PLAN_UNKNOWNS * factor))
    began = clocks()
    result, _ = solve_deployment(task)
    wall, cpu = (b - a for a, b in zip(began, clocks(), strict=True))
    f = result.facts
    print(
        f"plan    {f['unknowns']:6d} unknowns  {wall:6.2f} s  {cpu:6.2f} s cpu"
        f"  {f['iterations']:3d} iterations  {f['factorisations']:3d} factorisations"
        f"  throat {result.ring_diameter_mm.min():.3f} mm  force {f['force_N']:.2f} N"
    )


def many() -> None:
    """The matrix, one line a plan."""
    tasks = matrix()
    began = clocks()

    def done(i: int, r: DeploymentResult) -> None:
        kind = "warm" if r.facts["warm_start"] else "cold"
        print(
            f"  {tasks[i].name:10s} {kind}  {r.facts['wall_s']:5.2f} s  {r.facts['iterations']:3d} iterations"
            f"  {r.ring_diameter_mm.mean():.2f} mm  {r.facts['force_N']:.2f} N"
        )

    solve_deployments(tasks, SILENT, done)
    wall, cpu = (b - a for a, b in zip(began, clocks(), strict=True))
    print(f"matrix  {tasks[0].wall.n_unknowns:6d} unknowns of the wall  {wall:6.2f} s  {cpu:6.2f} s cpu")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factors", default="1,2", help="factors on the unknowns of one plan")
    chosen = parser.parse_args()
    solve_deployment(narrowed_artery(6000))
    for factor in chosen.factors.split(","):
        plan(float(factor))
    many()


if __name__ == "__main__":
    main()
