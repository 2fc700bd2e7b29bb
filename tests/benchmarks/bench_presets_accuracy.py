"""Accuracy of the tissue presets over noise, turns and slice thickness, with the settings of their table.

    python tests/benchmarks/bench_presets_accuracy.py [--json] [--markdown] [--only TEXT] [--quick]
        [--slices MM] [--from FILE ...]

Phantoms: tests/preset_scenes.py, tests/vessel_rows.py; measures: tests/preset_accuracy.py. Parts that the
image cannot resolve (rule: preset_accuracy) are counted apart. Exit 1 when a bound (volume 3 %, surface one
half voxel) is missed by a result that no note of the program flags (thin, bones too close, scale ends), or
when a volume lies outside the bound that the program stated for it.
--quick: each noise once per thickness. --markdown: the table of packaging/docs/presets.md. --from: rows that
runs with --json wrote (one file for each piece of a long run) in place of new ones.
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
from vessel_rows import ROOT_TURNS, artery_row, root_row  # noqa: E402

ROOT, ARTERY = "aortic_root", "artery, 6 mm, 50 %"
NAMES = (*CASES, ROOT, ARTERY)

HEAD = (
    "| preset and phantom | part | slices mm | volume %, mean (worst) | surface p95 mm, worst "
    "| half voxels, worst | can be resolved | passed | flagged |\n|---|---|---|---|---|---|---|---|---|"
)


def images(name: str, quick: bool, slices: float | None = None) -> Iterable[Row]:
    """Rows of one case: thickness by turn by noise."""
    for a, thickness in enumerate(THICKNESS):
        if slices not in (None, thickness):
            continue
        for t, turn in enumerate(ROOT_TURNS if name == ROOT else TURNS):
            for b, noise in enumerate(NOISE):
                if quick and (t + b) % len(NOISE) != 0:
                    continue
                cell, seed = (thickness, noise, turn), a * 9 + t * 3 + b
                if name in CASES:
                    yield from rows_of(name, *cell, seed=seed)
                else:
                    yield (root_row if name == ROOT else artery_row)(*cell, seed)


def line(rows: Sequence[Row]) -> str:
    """One line of the table: the rows of one part at one thickness."""
    volume = np.array([r.volume_percent for r in rows])
    worst = float(volume[np.nanargmax(np.abs(volume))])
    surface = max(r.p95_mm for r in rows)
    halves = max(r.p95_half_voxels for r in rows)
    flagged = {f: sum(f in r.flags for r in rows) for r in rows for f in r.flags}
    flags = ", ".join(f"{name} {n}/{len(rows)}" for name, n in sorted(flagged.items())) or "-"
    passed = f"{sum(r.passed for r in rows)}/{len(rows)}"
    resolved = f"{sum(r.resolvable for r in rows)}/{len(rows)}"
    first = rows[0]
    return (
        f"| {first.case} | {first.part} | {first.thickness_mm:g} | {np.nanmean(volume):+.1f} ({worst:+.1f}) "
        f"| {surface:.2f} | {halves:.2f} | {resolved} | {passed} | {flags} |"
    )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Accuracy of the tissue presets.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--slices", type=float, choices=THICKNESS, help="one thickness only")
    parser.add_argument("--from", dest="rows", nargs="+", type=Path, help="files written by --json")
    given = parser.parse_args()
    every = stored(given.rows) if given.rows else []
    if not given.json:
        print(HEAD, flush=True)
    for name in NAMES:
        if given.only not in name:
            continue
        if not given.rows:
            every += images(name, given.quick, given.slices)
        if not given.json:
            print_case([r for r in every if r.case == name])
    if given.json:
        print(json.dumps({"bench": "presets_accuracy", "rows": [asdict(r) for r in every]}))
    elif not given.markdown:
        print(summary(every))
    return 1 if any(unflagged(r) or not r.bound_held for r in every) else 0


def stored(paths: Sequence[Path]) -> list[Row]:
    """The rows that earlier runs wrote with --json."""
    out = []
    for path in paths:
        for row in json.loads(path.read_text())["rows"]:
            out.append(Row(**{**row, "turn_deg": tuple(row["turn_deg"]), "flags": tuple(row["flags"])}))
    return out


def print_case(rows: Sequence[Row]) -> None:
    """The lines of one case."""
    for part in dict.fromkeys(r.part for r in rows):
        for thickness in THICKNESS:
            some = [r for r in rows if (r.part, r.thickness_mm) == (part, thickness)]
            if some:
                print(line(some), flush=True)


def unflagged(row: Row) -> bool:
    """Whether a bound was missed and no note says that the image cannot tell."""
    return not row.passed and not row.flags


def summary(every: Sequence[Row]) -> str:
    """What passed, with parts that the image cannot resolve counted apart, and what missed silently."""
    seen, unseen = ([r for r in every if r.resolvable is kind] for kind in (True, False))
    stated = [r for r in every if np.isfinite(r.bound_percent)]
    return (
        f"resolvable: {sum(r.passed for r in seen)} of {len(seen)} passed; cannot be resolved: "
        f"{sum(r.passed for r in unseen)} of {len(unseen)} passed; missed and not flagged: "
        f"{sum(unflagged(r) for r in every)}; volumes within the bound that the program stated: "
        f"{sum(r.bound_held for r in stated)} of {len(stated)}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
