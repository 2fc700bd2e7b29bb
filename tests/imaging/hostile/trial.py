"""One hostile study, made from a seed and put through the whole import, as the window and a script do it."""

from __future__ import annotations

import resource
import struct
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from hostile import byte_damage, container_damage, pixel_damage, tag_damage
from hostile.base_studies import names, study

from surgitwin.core.errors import SurgiTwinError
from surgitwin.imaging import Series, scan_all
from surgitwin.imaging.dicom.thumbnail import preview
from surgitwin.planning.case_names import SUFFIX, free_path, name_fault, suggested_name
from surgitwin.planning.images.new_case import case_from_series
from surgitwin.planning.images.source import look

Rng = np.random.Generator
KINDS = ("bytes", "tags", "pixels", "containers")
SHARES = (0.4, 0.3, 0.22, 0.08)
ENCAPSULATED = ("rle", "jpeg-lossless", "jpeg-ls", "jpeg-2000", "multiframe-rle")


UNWRITABLE = (ValueError, TypeError, AttributeError, OverflowError, KeyError, RecursionError, struct.error)
"""What pydicom raises where it refuses to write such a file; its bytes are damaged instead."""


@dataclass(frozen=True)
class Hostile:
    """A hostile input: its family, the sound study that was damaged, and the path to read."""

    family: str
    base: str
    path: Path


def make(seed: int, folder: Path) -> Hostile:
    """Write the hostile input of the seed below `folder`."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(KINDS, p=SHARES))
    base = str(rng.choice(ENCAPSULATED if kind == "pixels" else names()))
    if kind == "containers":
        name = str(rng.choice(list(container_damage.CONTAINERS)))
        path = container_damage.CONTAINERS[name](folder, study(base), rng)
        return Hostile(name, base, path)
    table: dict[str, Any] = {
        "bytes": byte_damage.DAMAGES, "tags": tag_damage.LIES, "pixels": pixel_damage.LIES,
    }[kind]  # fmt: skip
    name = str(rng.choice(list(table)))
    everywhere = rng.random() < 0.5
    for n, (file, data) in enumerate(study(base).items()):
        damaged = _damaged(kind, table[name], data, rng) if everywhere or n == 1 % len(study(base)) else data
        (folder / file).write_bytes(damaged)
    return Hostile(name, base, folder)


def _damaged(kind: str, damage: Any, data: bytes, rng: Rng) -> bytes:
    if kind == "bytes":
        return damage(data, rng)
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            ds = tag_damage.read_back(data)
            damage(ds, rng)
            return tag_damage.written(ds)
        except UNWRITABLE:
            return byte_damage.flip_header_bytes(data, rng)


@dataclass(frozen=True)
class Result:
    """outcome: "volume", the error's code, "CRASH ..." or "WROTE ...". seconds: processor time."""

    seed: int
    family: str
    base: str
    outcome: str
    seconds: float
    peak_mib: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def run(seed: int, room: Path) -> Result:
    """Make the input in `room`/in, import it into `room`/case, and compare everything else in the room."""
    inside, case = room / "a" / "in", room / "case"
    inside.mkdir(parents=True)
    (room / "victim").write_text("untouched")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about what is written here
        hostile = make(seed, inside)
    before = _listing(room, case)
    _reset_peak()
    start = time.process_time()
    try:
        outcome = _imported(hostile.path, case)
    except SurgiTwinError as error:
        outcome = error.code if error.message and error.hint else f"CRASH no next step in {error.code}"
    except Exception as error:  # noqa: BLE001 - any other error is what the trial looks for
        outcome = f"CRASH {type(error).__name__}: {error}"[:300]
    spent, peak = time.process_time() - start, _peak_mib()
    after = _listing(room, case)
    if after != before:
        outcome = f"WROTE {sorted(set(after.items()) ^ set(before.items()))[:3]}"
    return Result(seed, hostile.family, hostile.base, outcome, round(spent, 3), round(peak, 1))


def _imported(path: Path, case: Path) -> str:
    """What a person does: drop it, look at the previews, import what can be used."""
    look([path], case / "unpacked")
    found = scan_all(path).series if path.suffix != ".zip" else scan_all(case / "unpacked").series
    codes = [s.code for s in found if s.status == "refused"]
    usable = [s for s in found if s.status != "refused"]
    for n, series in enumerate(usable):
        codes += _one(series, _place(case, series, tag_damage.PATHS[n % len(tag_damage.PATHS)]))
    return codes[0] if codes else "volume"


def _place(folder: Path, series: Series, typed: str) -> Path:
    """As the window does: the name that somebody typed where it takes it, else the one that it suggests."""
    return (
        folder / f"{typed}{SUFFIX}"
        if not name_fault(folder, typed)
        else free_path(folder, suggested_name(series))
    )


def _one(series: Series, case: Path) -> list[str]:
    """Preview and import of one series; its refusal code, or none."""
    try:
        preview(series)
        case_from_series(case, series, resample=True)
    except SurgiTwinError as error:
        return [error.code]
    return []


def _listing(room: Path, case: Path) -> dict[str, Sequence[int]]:
    """Size and time of every file in the room but in the case."""
    out: dict[str, Sequence[int]] = {}
    for folder, inner, files in room.walk():
        inner[:] = [name for name in inner if folder / name != case]
        for name in [*inner, *files]:
            path = folder / name
            entry = path.lstat()
            out[str(path.relative_to(room))] = (entry.st_mode, 0 if path.is_dir() else entry.st_size)
    return out


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
