"""Seconds from a folder to a volume against SimpleITK's series reader, in every syntax, in one run.

Both find the series and read it: `scan` (which judges every header) and `load_series` here, the list of
GDCM and `ImageSeriesReader` there; the values have to agree. The thorax of ../shared/data where it is there,
and parts of it (or a phantom) encoded anew. The quicker of the repeats counts, on the clock or, where that is
less, in processor time: others may be using the machine. Bound: ratio at most 1. Run this file by itself.
"""

import argparse
import json
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
ENCODED = 60
"""Slices of the encoded series."""


def ours(folder):
    (series,) = scan(folder)
    middle = time.perf_counter(), time.process_time()
    volume = load_series(series)
    return volume.array, middle


def theirs(folder):
    reader = sitk.ImageSeriesReader()
    names = reader.GetGDCMSeriesFileNames(str(folder))
    middle = time.perf_counter(), time.process_time()
    reader.SetFileNames(names)
    return reader.Execute(), middle


def best(work, folder, repeats):
    """Least seconds of the whole and of reading alone, and the values."""
    whole, reading = [], []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        values, middle = work(folder)
        end = time.perf_counter(), time.process_time()
        whole.append(min(e - s for e, s in zip(end, start, strict=True)))
        reading.append(min(e - m for e, m in zip(end, middle, strict=True)))
    return min(whole), min(reading), values


def slices(count):
    """Values of a CT [k, j, i]: of the thorax, or noise on a smooth body."""
    if THORAX.is_dir():
        (series,) = scan(THORAX)
        return np.asarray(load_series(series).array[100 : 100 + count])
    k, j, i = np.indices((count, 512, 512), np.float32)
    body = 40 - 1000 * ((i - 256) ** 2 + (j - 256) ** 2 > 200**2)
    return (body + np.random.default_rng(1).normal(0, 15, body.shape) + k * 0).astype(np.int16)


def compare(name, folder, repeats):
    a, a_read, mine = best(ours, folder, repeats)
    b, b_read, other = best(theirs, folder, repeats)
    assert (mine == sitk.GetArrayFromImage(other)).all(), name
    row = {"what": name, "ours_s": a, "simpleitk_s": b, "ratio": a / b, "reading_ratio": a_read / b_read}
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}), flush=True)
    return row


def main():
    """Print one line each; exit 1 when a ratio is above 1."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--repeats", type=int, default=3)
    repeats = ask.parse_args().repeats
    rows = [compare("thorax, 275 slices", THORAX, repeats)] if THORAX.is_dir() else []
    values = slices(ENCODED)
    for name, syntax in LOSSLESS.items():
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
