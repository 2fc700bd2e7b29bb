"""Speed of meshing against named alternatives in one run: python tests/benchmarks/bench_mesh_speed.py

Femur tetrahedra at 2 mm against Netgen on the same STL (8 times, worst angle 15 degrees or better), and the
thorax's bone surface against scikit-image's marching cubes (5 times). Both sides run in turn, equally often;
the best time on the clock counts. The machine should have nothing else to do: the surface is made by all
cores, marching cubes by one.
Exit 1 when a ratio or the angle is missed. Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
from mesher_surfaces import femur_stl, image
from skimage.measure import marching_cubes

from surgitwin.meshing.meshers.measure import dihedral_angles
from surgitwin.meshing.meshers.mesher import get_mesher
from surgitwin.meshing.surface import isosurface

TETS, ANGLE_DEG, SURFACE = 8.0, 15.0, 5.0
THORAX_HU = 200.0


def best(repeats, *works):
    """Of each work, run in turn: least seconds on the clock, and the last result."""
    seconds, made = [[] for _ in works], [None] * len(works)
    for _ in range(repeats):
        for k, work in enumerate(works):
            start = time.perf_counter()
            made[k] = work()
            seconds[k].append(time.perf_counter() - start)
    return [(min(s), m) for s, m in zip(seconds, made, strict=True)]


def tetrahedra(repeats):
    """Both femora: seconds of both meshers, ratio, angles."""
    for side in ("l", "r"):
        surface = femur_stl(side)
        (ours, mesh), (theirs, other) = best(
            repeats,
            lambda s=surface: get_mesher("stuffing").fill(s, 2.0),
            lambda s=surface: get_mesher("netgen").fill(s, 2.0),
        )
        yield {
            "what": f"femur {side}, 2 mm", "s": ours, "netgen_s": theirs, "ratio": theirs / ours,
            "tets": len(mesh.cells), "netgen_tets": len(other.cells),
            "min_dihedral_deg": float(dihedral_angles(mesh.points_mm, mesh.cells)[0].min()),
            "netgen_min_dihedral_deg": float(dihedral_angles(other.points_mm, other.cells)[0].min()),
        }  # fmt: skip


def surface(repeats):
    """The thorax: seconds of both, ratio, triangles."""
    volume = image("thorax_ct")
    array = np.asarray(volume.array)
    (ours, mesh), (theirs, other) = best(
        2 * repeats + 1,
        lambda: isosurface(array, volume.grid, THORAX_HU),
        lambda: marching_cubes(array, THORAX_HU),
    )
    return {
        "what": "thorax surface", "s": ours, "skimage_s": theirs, "ratio": theirs / ours,
        "triangles": len(mesh.triangles), "skimage_triangles": len(other[1]),
    }  # fmt: skip


def main():
    """Print one line each; exit 1 when a bound is missed."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--repeats", type=int, default=2)
    given = ask.parse_args()
    missed = []
    for row in (*tetrahedra(given.repeats), surface(given.repeats)):
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}), flush=True)
        if "tets" in row and not (row["ratio"] >= TETS and row["min_dihedral_deg"] >= ANGLE_DEG):
            missed.append(row["what"])
        if "triangles" in row and row["ratio"] < SURFACE:
            missed.append(row["what"])
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
