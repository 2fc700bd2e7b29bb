"""Two programs at the catalogue at once, and one that is killed while it writes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import dicom_factory as factory
import pytest

from surgitwin.exchange.catalogue import Catalogue, add, check, counts, search

pytestmark = pytest.mark.e2e  # each process imports the program anew

GRID = factory.grid_like((2, 8, 6))
SERIES = 12

WRITER = """
import sys
from pathlib import Path
from surgitwin.exchange.catalogue import Catalogue, add, adding
adding.BATCH_FILES = 2
catalogue = Catalogue.open(Path(sys.argv[1]))
print("ready", flush=True)
add(catalogue, [Path(sys.argv[2])], sys.argv[3])
"""

READER = """
import sys, time
from pathlib import Path
from surgitwin.exchange.catalogue import Catalogue, search, thumbnails
catalogue = Catalogue.open(Path(sys.argv[1]))
last = 0
while last < int(sys.argv[2]):
    rows = search(catalogue)
    assert len(rows) >= last, "a series that was listed is gone"
    assert all(r.slices == 2 and r.status == "ok" for r in rows)
    assert len(thumbnails(catalogue, [r.id for r in rows])) == len(rows)
    last = len(rows)
    time.sleep(0.005)
print(last)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def folders(place: Path, first: int, count: int) -> Path:
    def edit(dataset, _k) -> None:
        dataset.PatientID = f"{first}"

    for n in range(first, first + count):
        factory.write_series(place / f"s{n}", factory.ramp(GRID), GRID, edit=edit)
    return place


def sound(catalogue: Catalogue) -> None:
    db = sqlite3.connect(catalogue.file)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
    assert check(catalogue).sound


def test_two_write_and_one_reads(tmp_path: Path) -> None:
    a, b = folders(tmp_path / "a", 0, SERIES), folders(tmp_path / "b", 100, SERIES)
    place = tmp_path / "catalogue"
    running = [
        start(WRITER, place, a, "link"),
        start(WRITER, place, b, "copy"),
        start(WRITER, place, a, "copy"),
    ]
    running.append(start(READER, place, 2 * SERIES))
    said = [p.communicate(timeout=60) for p in running]
    assert [p.returncode for p in running] == [0] * 4, said
    catalogue = Catalogue.open(place)
    sound(catalogue)
    assert counts(catalogue) == {
        "patients": 2,
        "studies": 2 * SERIES,
        "series": 2 * SERIES,
        "files": 4 * SERIES,
    }


def test_a_killed_writer_leaves_a_sound_catalogue(tmp_path: Path) -> None:
    place, images = tmp_path / "catalogue", folders(tmp_path / "a", 0, 3 * SERIES)
    for n in range(2):
        writer = start(WRITER, place, images, "copy")
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.04 * (n + 1))
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=20)
        sound(Catalogue.open(place))
    catalogue = Catalogue.open(place)
    before = len(search(catalogue))
    done = add(catalogue, [images], "copy")
    assert done.files["unchanged"] == 2 * before
    sound(catalogue)
    assert len(search(catalogue)) == 3 * SERIES
    assert not [p for p in check(catalogue).stray if not Path(p).name.startswith(".part-")]
