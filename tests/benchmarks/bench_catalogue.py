"""The catalogue with 10,000 files and 10,000 series: run this file by itself.

The issue asks for a second scan of 10,000 unchanged files under 1 s, and for listing and filtering 10,000
series under 100 ms. Compared in the same run with what is done without a catalogue: pydicom's reading of
every header (only the elements that a listing needs), and walking over those headers for each filter. Best of
the repeats; processor time where it is less than the time on the clock, for others may use the machine.
"""

import sys
import tempfile
import time
from pathlib import Path

import pydicom
from pydicom.uid import generate_uid

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "imaging")]

import dicom_factory as factory  # noqa: E402

from many_series import many_series  # noqa: E402
from surgitwin.exchange.catalogue import Catalogue, Filter, add, counts, search  # noqa: E402

FILES, PER_SERIES = 10_000, 100
TAGS = ["PatientName", "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription"]
RESCAN_S, LISTING_S = 1.0, 0.1
RESCAN_RATIO, FILTER_RATIO = 8.0, 1.5
"""Asked of the comparison, well below what was measured (packaging/docs/studies.md)."""


def quickest(work, repeats=5):
    """Seconds: least of clock and processor time over the repeats."""
    times = []
    for _ in range(repeats):
        start, processor = time.perf_counter(), time.process_time()
        work()
        times += [time.perf_counter() - start, time.process_time() - processor]
    return min(times)


def write_files(place: Path, count: int = FILES) -> Path:
    """`count` small slices in series of `PER_SERIES`: the bytes of one file with other UIDs and positions."""
    grid = factory.grid_like((1, 16, 16))
    (first,) = factory.write_series(place / "seed", factory.ramp(grid), grid)
    dataset = pydicom.dcmread(first)
    for s in range(count // PER_SERIES):
        folder = place / f"series{s:03}"
        folder.mkdir(parents=True)
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID = generate_uid(), generate_uid()
        dataset.PatientID, dataset.PatientName = f"ID{s}", f"Patient^{s:03}"
        for n in range(PER_SERIES):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            dataset.ImagePositionPatient, dataset.InstanceNumber = [0, 0, 1.5 * n], n + 1
            dataset.save_as(folder / f"{n:04}.dcm")
    first.unlink()
    first.parent.rmdir()
    return place


def read_all(place: Path) -> list[dict[str, str]]:
    """What pydicom reads of every header."""
    out = []
    for file in sorted(place.rglob("*.dcm")):
        found = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=TAGS)
        out.append({t: str(found.get(t, "")) for t in TAGS})
    return out


def test_a_second_scan_reads_nothing() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = write_files(Path(name) / "images")
        catalogue = Catalogue.open(Path(name) / "catalogue")
        start = time.perf_counter()
        add(catalogue, [place])
        first = time.perf_counter() - start
        assert counts(catalogue)["files"] == FILES
        again = quickest(lambda: add(catalogue, [place]))
        plain = quickest(lambda: read_all(place), 2)
    ratio = plain / again
    print(f"first import {first:.1f} s, second {again:.3f} s, pydicom alone {plain:.2f} s, {ratio:.0f}x")
    assert again < RESCAN_S
    assert ratio > RESCAN_RATIO


def _holds(row: dict, words: tuple[str, ...]) -> bool:
    text = str(row.values()).lower()
    return all(w in text for w in words)


def test_ten_thousand_series_are_listed_and_filtered() -> None:
    with tempfile.TemporaryDirectory() as name:
        catalogue = Catalogue.open(Path(name))
        many_series(catalogue, 10_000)
        listed = search(catalogue)
        assert len(listed) == 10_000
        rows = [x._asdict() for x in listed]
        wanted = Filter(modality=("MR",), since="20150101", body_part="hip")
        every = quickest(lambda: search(catalogue))
        words = quickest(lambda: search(catalogue, Filter("knee 0042")))
        filtered = quickest(lambda: search(catalogue, wanted))
        held = quickest(lambda: [r for r in rows if _holds(r, ("knee", "0042"))])
    ms = [f"{1000 * t:.1f} ms" for t in (every, words, filtered, held)]
    print(f"10,000 series: all {ms[0]}, words {ms[1]}, filter {ms[2]}; headers in memory {ms[3]}")
    assert max(every, words, filtered) < LISTING_S
    assert held / words > FILTER_RATIO


if __name__ == "__main__":
    test_a_second_scan_reads_nothing()
    test_ten_thousand_series_are_listed_and_filtered()
