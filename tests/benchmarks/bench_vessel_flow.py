"""Seconds of a vessel's flow: the reduced model with its band, and the same narrowing in 3D on three meshes.

Run: python tests/benchmarks/bench_vessel_flow.py (some minutes). Target (issue 5): 0D under 1 s, 3D under
10 minutes on 2 cores.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from surgitwin.mechanics.flow.vessel_demand import demand
from surgitwin.mechanics.flow.vessel_reduced import reduced_band, reduced_flow
from surgitwin.mechanics.flow.vessel_shape import Narrowing, VesselShape
from surgitwin.meshing.vessels.lumen_rings import COARSE, FINE, MEDIUM
from surgitwin.verification.cases.row_57_measured_tube import straight_tube, tube_flow

LENGTH_MM, THROAT_MM, HALF_MM, FLOW_ML_MIN = 60.0, 25.0, 6.0, 150.0


def main() -> None:
    """One line for each model and depth of the narrowing."""
    for depth in (0.3, 0.5):
        s = np.linspace(0, LENGTH_MM, 241)
        bump = np.where(
            np.abs(s - THROAT_MM) < HALF_MM, (1 + np.cos(np.pi * (s - THROAT_MM) / HALF_MM)) / 2, 0
        )
        radius = 1.5 * (1 - depth * bump)
        narrowing = Narrowing(THROAT_MM - HALF_MM, THROAT_MM + HALF_MM, 3.0)
        shape = VesselShape(s, np.pi * radius**2, (narrowing,))
        started = time.perf_counter()
        wanted = demand(3.0, flow_mL_min=40.0, vessel="coronary")
        zero, band = reduced_flow(shape, wanted), reduced_band(shape, wanted)
        spent = time.perf_counter() - started
        ratios = [b.ratio for b in band]
        say(f"{depth:.0%} 0D {spent:.3f} s FFR {zero.ratio:.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
        for name, sizes in (("coarse", COARSE), ("medium", MEDIUM), ("fine", FINE)):
            started = time.perf_counter()
            result = tube_flow(straight_tube(radius, LENGTH_MM), sizes, (FLOW_ML_MIN,))
            run = result.runs[-1]
            drop = float(np.interp(shape.distal_mm(20.0), result.s_mm, run.drop_Pa)) / 133.322
            spent = time.perf_counter() - started
            say(f"{depth:.0%} 3D {name} {run.facts['unknowns']} unknowns {spent:.0f} s drop {drop:.3f} mmHg")


def say(text: str) -> None:
    """One line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
