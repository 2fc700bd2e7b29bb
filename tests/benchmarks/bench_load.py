"""Seconds from a folder to a volume against SimpleITK's series reader, in every syntax, in one run.

Both find the series and read it: `scan` (which judges every header) and `load_series` here, the list of
GDCM and `ImageSeriesReader` there; the values have to agree. 220 slices of the thorax of ../shared/data (or a
phantom) encoded anew, both read once before, so that the files lie in memory. The runs alternate; each pair
gives a ratio, of clock times or, where others use the machine, of processor times (SimpleITK decodes
JPEG 2000 in threads and we in processes, which count; the other syntaxes take one thread on both sides).
A syntax fails when its median ratio is above 1.
Run this file by itself.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "imaging"))

from dicom_factory import grid_like, write_series  # noqa: E402
from encoding_factory import LOSSLESS, stored_as  # noqa: E402

from surgitwin.imaging import load_series, scan  # noqa: E402

THORAX = ROOT.parent / "shared" / "data" / "thorax_ct"
ENCODED = 220
"""Slices of the encoded series."""

BUSY = 1.2
"""Clock over processor time from which on the processor time is compared: others use the machine."""


def ours(folder):
    (series,) = scan(folder)
    return load_series(series).array


def theirs(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def timed(work, folder):
    """Clock and processor seconds, and the result."""
    clock, processor = time.perf_counter(), used()
    made = work(folder)
    return np.array([time.perf_counter() - clock, used() - processor]), made


def used():
    """Processor seconds of this process and of its ended children."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def slices(count):
    """Values of a CT [k, j, i]: of the thorax, or noise on a smooth body."""
    if THORAX.is_dir():
        (series,) = scan(THORAX)
        return np.asarray(load_series(series).array[100 : 100 + count])
    k, j, i = np.indices((count, 512, 512), np.float32)
    body = 40 - 1000 * ((i - 256) ** 2 + (j - 256) ** 2 > 200**2)
    return (body + np.random.default_rng(1).normal(0, 15, body.shape) + k * 0).astype(np.int16)


def compare(name, folder, repeats):
    """Medians and ratios of alternating runs, the first of which is not counted."""
    assert (ours(folder) == sitk.GetArrayFromImage(theirs(folder))).all(), name
    rows = []
    for n in range(repeats):
        order = (ours, theirs) if n % 2 else (theirs, ours)
        seconds = {work: timed(work, folder)[0] for work in order}
        rows.append((seconds[ours], seconds[theirs]))
    mine, other = (np.median([r[side] for r in rows], axis=0) for side in (0, 1))
    shared = other[0] > BUSY * other[1]  # the clock says how busy the machine is
    ratios = [float((a / b)[int(shared)]) for a, b in rows]
    row = {
        "what": name, "ours_s": float(mine[int(shared)]), "simpleitk_s": float(other[int(shared)]),
        "by": "processor" if shared else "clock", "ratio": statistics.median(ratios),
        "least": min(ratios), "most": max(ratios),
    }  # fmt: skip
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}), flush=True)
    return row


def main():
    """Print one line each; exit 1 when a syntax is slower."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--repeats", type=int, default=5)
    ask.add_argument("--only", choices=list(LOSSLESS), help="one syntax")
    asked = ask.parse_args()
    repeats = asked.repeats
    whole = asked.only is None and THORAX.is_dir()
    rows = [compare("thorax, 275 slices", THORAX, repeats)] if whole else []
    values = slices(ENCODED)
    for name, syntax in LOSSLESS.items():
        if asked.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as held:
            grid = grid_like(values.shape)
            write_series(Path(held), values, grid, edit=stored_as(syntax, bits=16), syntax=syntax)
            rows.append(compare(f"{name}, {len(values)} slices", Path(held), repeats))
    missed = [row["what"] for row in rows if row["ratio"] > 1]
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
