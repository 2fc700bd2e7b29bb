"""Accuracy of the tissue presets over noise, turns and slice thickness, with the settings of their table.

    python tests/benchmarks/bench_presets_accuracy.py [--json] [--markdown] [--only TEXT] [--quick]

Phantoms: tests/preset_scenes.py; measures: tests/preset_accuracy.py. Exit 1 when a bound (volume 3 %, surface
one half voxel) is missed by a result that no note of the program flags (thin, bones too close, scale ends).
--quick: each noise once per thickness. --markdown: the table of packaging/docs/presets.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "sample_dicom")]

from preset_accuracy import NOISE, THICKNESS, TURNS, Row, rows_of  # noqa: E402
from preset_scenes import CASES  # noqa: E402

HEAD = (
    "| preset and phantom | part | slices mm | volume %, mean (worst) | surface p95 mm, worst "
    "| half voxels, worst | passed | flagged |\n|---|---|---|---|---|---|---|---|"
)


def images(name: str, quick: bool) -> Iterable[Row]:
    """Rows of one case: thickness by turn by noise."""
    for a, thickness in enumerate(THICKNESS):
        for t, turn in enumerate(TURNS):
            for b, noise in enumerate(NOISE):
                if not quick or (t + b) % len(NOISE) == 0:
                    yield from rows_of(name, thickness, noise, turn, seed=a * 9 + t * 3 + b)


def line(rows: Sequence[Row]) -> str:
    """One line of the table: the rows of one part at one thickness."""
    volume = np.array([r.volume_percent for r in rows])
    worst = float(volume[np.nanargmax(np.abs(volume))])
    surface = max(r.p95_mm for r in rows)
    halves = max(r.p95_half_voxels for r in rows)
    flagged = {f: sum(f in r.flags for r in rows) for r in rows for f in r.flags}
    flags = ", ".join(f"{name} {n}/{len(rows)}" for name, n in sorted(flagged.items())) or "-"
    passed = f"{sum(r.passed for r in rows)}/{len(rows)}"
    first = rows[0]
    return (
        f"| {first.case} | {first.part} | {first.thickness_mm:g} | {np.nanmean(volume):+.1f} ({worst:+.1f}) "
        f"| {surface:.2f} | {halves:.2f} | {passed} | {flags} |"
    )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Accuracy of the tissue presets.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    given = parser.parse_args()
    every: list[Row] = []
    if not given.json:
        print(HEAD, flush=True)
    for name in CASES:
        if given.only not in name:
            continue
        rows = list(images(name, given.quick))
        every += rows
        for part in CASES[name].parts:
            for thickness in THICKNESS:
                if not given.json:
                    print(
                        line([r for r in rows if (r.part, r.thickness_mm) == (part, thickness)]), flush=True
                    )
    missed = [r for r in every if not r.passed and not r.flags]
    if given.json:
        print(json.dumps({"bench": "presets_accuracy", "rows": [asdict(r) for r in every]}))
    if not given.markdown and not given.json:
        print(f"{len(every)} results, {sum(r.passed for r in every)} passed, {len(missed)} missed unflagged")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
