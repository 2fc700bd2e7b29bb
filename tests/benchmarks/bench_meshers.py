"""Table of meshers over the surfaces of the shared data; each mesher runs in a process of its own.

    python tests/benchmarks/bench_meshers.py [--write] [--only SURFACE] [--mesher NAME] [--limit SECONDS]

--write puts the rows into tests/meshing/meshers/mesher_table.toml and packaging/docs/mesher_table.md. A
mesher that fails or takes longer than the limit is a row with the error and the remedy; one without a remedy
ends with exit 1.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import numpy as np
import tomli_w
from mesher_surfaces import SURFACES, Shape

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.meshers.measure import measure
from surgitwin.meshing.meshers.mesher import get_mesher

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "meshing" / "meshers" / "mesher_table.toml"
PAGE = ROOT / "packaging" / "docs" / "mesher_table.md"
MESHERS = ("stuffing", "stuffing-mmg3d", "netgen", "gmsh", "tetgen")
"""The last two are optional: install them (or name their folder in PYTHONPATH) to make their rows."""
REMEDY = "Use stuffing, which meshed this surface."
WARM = SurfaceMesh(
    np.array([[0.0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]]),
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
)


def work(file: str, mesher: str, size: float, queue) -> None:
    """In a process of its own: compile on a small surface, then mesh and measure."""
    held = np.load(file)
    surface = SurfaceMesh(held["points"], held["triangles"])
    try:
        if mesher.startswith("stuffing"):
            get_mesher(mesher).fill(WARM, 1.0)
        start = time.perf_counter()
        mesh = get_mesher(mesher).fill(surface, size)
        seconds = time.perf_counter() - start
        queue.put({"seconds": seconds, **measure(mesh, surface).as_dict()})
    except SurgiTwinError as error:
        remedy = error.hint if mesher == "stuffing" else REMEDY
        queue.put({"failure": f"{error.code}: {error.message}", "remedy": remedy})


def one(shape: Shape, surface: SurfaceMesh, mesher: str, limit: float) -> dict:
    """One row of the table."""
    row = {"surface": shape.name, "triangles": len(surface.triangles), "unit": shape.unit, "size": shape.size,
           "mesher": mesher}  # fmt: skip
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "surface.npz"
        np.savez(file, points=surface.points_mm, triangles=surface.triangles)
        job = context.Process(target=work, args=(str(file), mesher, shape.size, queue))
        job.start()
        start = time.perf_counter()
        found = None
        while found is None:
            if not queue.empty():
                found = queue.get()
            elif not job.is_alive():
                found = {"failure": f"the process ended with code {job.exitcode}.", "remedy": REMEDY}
            elif time.perf_counter() - start > limit:
                job.terminate()
                found = {"failure": f"not done after {limit:g} s.", "remedy": REMEDY}
            else:
                time.sleep(0.05)
        job.join()
    return row | found


def page(rows: list[dict]) -> str:
    """The table in words."""
    head = ["surface", "size", "mesher", "s", "tetrahedra", "scaled Jacobian worst / 1 %", "angles, degrees",
            "mesh to surface largest / 99 %", "surface to mesh largest / 99 %", "volume"]  # fmt: skip
    lines = ["# Meshers over the shared surfaces", "",
             "Made by `tests/benchmarks/bench_meshers.py --write`; a test re-runs a part of it "
             "(tests/meshing/meshers/test_mesher_table.py).",
             "One thread; times on a machine shared with other jobs, so upper bounds. Distances in the "
             "unit of the "
             "surface. Sizes are mean edges for ours and `maxh` for Netgen, whose elements are larger; gmsh "
             "(4.15.2) and tetgen (0.8.4) are optional and fill triangles that Mmgs made even. mmg3d alone "
             "(level set in a box) was not offered: 51 s and a worst scaled Jacobian of 0.002 on the femur. "
             "A large distance from surface to mesh means parts thinner than an element, which were lost.",
             "",
             "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]  # fmt: skip
    for r in rows:
        start = f"| {r['surface']} ({r['triangles']}) | {r['size']:g} {r['unit']} | {r['mesher']} |"
        if "failure" in r:
            lines.append(f"{start} failed: {r['failure']} Remedy: {r['remedy']} | | | | | | |")
            continue
        lines.append(
            f"{start} {r['seconds']:.1f} | {r['cells']} | {r['min_scaled_jacobian']:.2f} / "
            f"{r['p1_scaled_jacobian']:.2f} | {r['min_dihedral_deg']:.1f} to {r['max_dihedral_deg']:.1f} | "
            f"{r['to_surface_mm']:.2f} / {r['to_surface_p99_mm']:.2f} | "
            f"{r['from_surface_mm']:.2f} / {r['from_surface_p99_mm']:.2f} | {r['volume_change']:+.1%} |"
        )
    return "\n".join(lines) + "\n"


def rounded(row: dict) -> dict:
    """Numbers with four digits."""
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in row.items()}


def main() -> int:
    """Run, print one JSON line a row, write the table when asked."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--write", action="store_true")
    ask.add_argument("--only")
    ask.add_argument("--mesher")
    ask.add_argument("--limit", type=float, default=240.0)
    given = ask.parse_args()
    rows = []
    for shape in SURFACES:
        if given.only not in (None, shape.name):
            continue
        surface = shape.make()
        for mesher in MESHERS:
            if given.mesher in (None, mesher):
                rows.append(rounded(one(shape, surface, mesher, given.limit)))
                print(json.dumps(rows[-1]), flush=True)
    if given.write:
        kept = tomllib.loads(TABLE.read_text())["row"] if TABLE.is_file() else []
        new = {(r["surface"], r["mesher"]): r for r in rows}
        old = {(r["surface"], r["mesher"]): r for r in kept}
        order = [(s.name, m) for s in SURFACES for m in MESHERS]
        all_rows = [(old | new)[key] for key in order if key in old | new]
        about = {"source": "tests/benchmarks/bench_meshers.py --write", "verified": True,
                 "machine": f"{platform.machine()}, one thread, shared"}  # fmt: skip
        TABLE.write_text(tomli_w.dumps({**about, "row": all_rows}))
        PAGE.write_text(page(all_rows))
    return 1 if any("failure" in r and not r.get("remedy") for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
