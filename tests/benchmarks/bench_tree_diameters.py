"""Diameters of vessel trees on rods of known radius, over noise and slice thickness.

    python tests/benchmarks/bench_tree_diameters.py [--json] [--quick]

Rods of 40 mm with flat ends, 20 and 70 degrees to the slices' normal, pixels of 0.5 mm, blur 0.9 mm FWHM,
averaged over each voxel; segment by half maximum. Measured on the image and on the segment. Exit 1 when a
mean diameter is farther off than the ± that the program states for it. --quick: 20 HU only.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "anatomy" / "tree")]

from tree_phantoms import FWHM_MM, LUMEN_HU, SOFT_HU, mask_of  # noqa: E402

from surgitwin.anatomy.tree import measure_tree  # noqa: E402
from surgitwin.core.image import ImageGrid, Volume  # noqa: E402
from surgitwin.planning.segments.tree_table import diameter_uncertainty  # noqa: E402

SLICES_MM, NOISE_HU, RADII_MM, TURNS_DEG = (0.6, 1.0, 2.0, 3.0), (10, 20, 40), (1.5, 2.5, 5.0), (20, 70)
PIXEL_MM, FINE_MM, LENGTH_MM, SEED = 0.5, 0.25, 40.0, 5


def rod(radius: float, slice_mm: float, noise: float, turn_deg: float) -> Volume:
    """CT of a rod in the plane of x and z: made on voxels of about 0.25 mm, blurred, averaged."""
    u = np.array([np.sin(np.radians(turn_deg)), 0, np.cos(np.radians(turn_deg))])
    half = np.abs(u) * LENGTH_MM / 2 + radius + 6
    step = np.array([PIXEL_MM, PIXEL_MM, slice_mm])
    count, parts = np.ceil(2 * half / step).astype(int), np.maximum(2, np.rint(step / FINE_MM)).astype(int)
    fine, low = step / parts, -half + (0.13, 0.21, 0.07)
    axes = [low[a] - step[a] / 2 + fine[a] * (np.arange(count[a] * parts[a]) + 0.5) for a in range(3)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    along = x * u[0] + z * u[2]
    away = np.sqrt((x - along * u[0]) ** 2 + y**2 + (z - along * u[2]) ** 2)
    inside = np.minimum(radius - away, LENGTH_MM / 2 - np.abs(along))
    image = SOFT_HU + (LUMEN_HU - SOFT_HU) * np.clip(inside / FINE_MM + 0.5, 0, 1)
    image = gaussian_filter(image, FWHM_MM / 2.3548 / fine[::-1])
    blocks = [n for pair in zip(count[::-1], parts[::-1], strict=True) for n in pair]
    image = image.reshape(blocks).mean((1, 3, 5))
    image += noise * np.random.default_rng(SEED).standard_normal(image.shape)
    return Volume(np.rint(image).astype(np.int16), ImageGrid(image.shape, low, step, np.eye(3)))


def rows(quick: bool) -> Iterator[dict[str, object]]:
    """One for each thickness, noise and way: errors of the mean diameter of all radii and turns, mm.

    with_spurs: how many of the rods came out with more than one branch, either way.
    """
    for slice_mm in SLICES_MM:
        for noise in NOISE_HU[1:2] if quick else NOISE_HU:
            error: dict[str, list[float]] = {"image": [], "segment": []}
            spurs = 0
            for radius in RADII_MM:
                for turn in TURNS_DEG:
                    volume = rod(radius, slice_mm, noise, turn)
                    for way, image in (("image", volume), ("segment", None)):
                        tree = measure_tree(mask_of(volume), volume.grid, image)
                        longest = max(tree.branches, key=lambda b: b.length_mm)
                        error[way].append(2 * (longest.mean_radius_mm - radius))
                        spurs += len(tree.branches) > 1
            for way, found in error.items():
                yield {
                    "slice_mm": slice_mm, "noise_HU": noise, "sections": way,
                    "mean_mm": float(np.mean(found)), "worst_mm": max(found, key=abs),
                    "stated_mm": stated(slice_mm), "with_spurs": spurs,
                }  # fmt: skip


def stated(slice_mm: float) -> float:
    """The ± of a diameter that the program gives with such voxels, mm."""
    return diameter_uncertainty(max(slice_mm, PIXEL_MM))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Diameters of vessel trees on rods.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    found = []
    for row in rows(given.quick):
        found.append(row)
        if not given.json:
            print("  ".join(f"{k} {v:+.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
    if given.json:
        print(json.dumps({"bench": "tree_diameters", "rows": found}))
    return int(any(abs(float(r["worst_mm"])) > float(r["stated_mm"]) for r in found))


if __name__ == "__main__":
    raise SystemExit(main())
