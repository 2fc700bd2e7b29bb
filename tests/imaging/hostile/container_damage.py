"""Hostile folders and archives: bombs, paths that lead out, links, indices that point elsewhere."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
from hostile.base_studies import Study
from hostile.base_studies import study as sound
from hostile.tag_damage import PATHS
from pydicom.dataset import Dataset, FileMetaDataset

Rng = np.random.Generator
Container = Callable[[Path, Study, Rng], Path]
"""(folder to write in, sound study, generator) -> the path to read."""


def _zip(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, kind)
    return out.getvalue()


def _write(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


def zip_paths(folder: Path, study: Study, rng: Rng) -> Path:
    names = [PATHS[int(n)].replace("\0", "") or "x" for n in rng.integers(len(PATHS), size=2)]
    return _write(folder / "a.zip", _zip({**study, **dict.fromkeys(names, b"planted")}))


def zip_link(folder: Path, study: Study, rng: Rng) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../..")
        for name, data in study.items():
            archive.writestr(f"link/{name}", data)
    return _write(folder / "a.zip", out.getvalue())


@cache
def _zeros_deflated(mib: int) -> bytes:
    """A raw deflate stream of so many MiB of zeros, from one block repeated."""
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = coder.compress(bytes(2**20)) + coder.flush(zlib.Z_FULL_FLUSH)
    return block * mib + coder.flush(zlib.Z_FINISH)


def zip_bomb(folder: Path, study: Study, rng: Rng) -> Path:
    """Members of 1.5 GiB of zeros in 1.5 MB; half of them say that they are small."""
    packed = _zeros_deflated(1536)
    size = 1536 * 2**20 if rng.random() < 0.5 else 1000
    name = b"0000.dcm"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0) + name
    central = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0, 0, 0, 0, 0, 0
    ) + name  # fmt: skip
    at = len(local) + len(packed)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), at, 0)
    return _write(folder / "a.zip", local + packed + central + end)


def zip_nested(folder: Path, study: Study, rng: Rng) -> Path:
    data = _zip(dict(study))
    for n in range(int(rng.integers(1, 8))):
        data = _zip({f"inner{n}.zip": data})
    return _write(folder / "a.zip", data)


def zip_damaged(folder: Path, study: Study, rng: Rng) -> Path:
    data = bytearray(_zip(dict(study)))
    for at in rng.integers(0, len(data), size=int(rng.integers(1, 30))):
        data[at] = int(rng.integers(256))
    return _write(folder / "a.zip", bytes(data))


def deflate_bomb(folder: Path, study: Study, rng: Rng) -> Path:
    """A deflated DICOM file of some MB that unpacks to 3 GiB."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    ds = Dataset()
    ds.file_meta = meta
    start = io.BytesIO()
    ds.save_as(start, enforce_file_format=True)
    head = start.getvalue()
    head = head[: head.find(b"1.2.840.10008.1.2.1.99") + 22]
    group_end = 144 + struct.unpack("<I", head[140:144])[0]
    body = _zeros_deflated(3072)
    (folder / "bomb.dcm").write_bytes(start.getvalue()[:group_end] + body)
    for name, data in study.items():
        (folder / name).write_bytes(data)
    return folder if rng.random() < 0.5 else folder / "bomb.dcm"


def links(folder: Path, study: Study, rng: Rng) -> Path:
    """Loops, a device, a pipe, the folder above, a file that is gone."""
    for name, data in study.items():
        (folder / name).write_bytes(data)
    for name, target in (("loop", folder), ("up", folder.parent.parent), ("gone.dcm", folder / "none"),
                         ("zero.dcm", Path("/dev/zero")), ("self.dcm", folder / "self.dcm")):  # fmt: skip
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.dcm")
    return folder


def index_outside(folder: Path, study: Study, rng: Rng) -> Path:
    """A DICOMDIR whose records lead out of its folder, to themselves, or in a circle."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    records = []
    choices = [["..", "outside.dcm"], ["/", "outside.dcm"], ["..\\outside.dcm"], ["DICOMDIR"], ["0000.dcm"],
               ["..", "..", "victim"], [""], ["C:", "x"]]  # fmt: skip
    for n in range(6):
        record = Dataset()
        record.DirectoryRecordType = "SERIES" if n == 0 else "IMAGE"
        record.OffsetOfTheNextDirectoryRecord = int(rng.integers(0, 900))
        record.OffsetOfReferencedLowerLevelDirectoryEntity = int(rng.integers(0, 900))
        if n:
            record.ReferencedFileID = choices[int(rng.integers(len(choices)))]
        records.append(record)
    ds.DirectoryRecordSequence = records
    with pydicom.config.disable_value_validation():
        ds.save_as(folder / "DICOMDIR", enforce_file_format=True)
    for name, data in study.items():
        (folder / name).write_bytes(data)
    (folder.parent / "outside.dcm").write_bytes(next(iter(study.values())))
    return folder / "DICOMDIR" if rng.random() < 0.7 else folder


def sparse(folder: Path, study: Study, rng: Rng) -> Path:
    """Two files of 8 GiB that take no room on the disk: 65535 x 65535 pixels each, all there."""
    for n, data in enumerate(list(sound("explicit").values())[:2]):
        ds = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        ds.Rows = ds.Columns = 46000
        out = io.BytesIO()
        ds.save_as(out, enforce_file_format=True)
        bulk = 46000 * 46000 * 2 // 2 * 2
        head = out.getvalue() + b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<I", min(bulk, 0xFFFFFFFE))
        with (folder / f"{n}.dcm").open("wb") as sink:
            sink.write(head)
            sink.truncate(len(head) + bulk)
    return folder


CONTAINERS: dict[str, Container] = {
    "zip paths": zip_paths, "zip link": zip_link, "zip bomb": zip_bomb, "nested zips": zip_nested,
    "damaged zip": zip_damaged, "deflate bomb": deflate_bomb, "links": links,
    "index that leads outside": index_outside, "sparse file": sparse,
}  # fmt: skip
