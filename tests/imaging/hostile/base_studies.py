"""Sound small studies as bytes by file name: what the mutations damage."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pydicom
from dicom_factory import grid_like, ramp, write_series
from encoding_factory import LOSSLESS, stored_as
from multiframe_factory import write_multiframe
from pydicom.uid import RLELossless

Study = dict[str, bytes]
GRID = grid_like((4, 34, 36))  # JPEG 2000 takes no smaller pictures


def _private(ds: pydicom.Dataset) -> None:
    """A private block and a nested sequence, as scanners write them."""
    block = ds.private_block(0x0029, "MAKER", create=True)
    block.add_new(0x10, "OB", bytes(range(64)))
    inner, outer = pydicom.Dataset(), pydicom.Dataset()
    inner.CodeValue = "T-1"
    outer.PurposeOfReferenceCodeSequence = [inner]
    ds.ReferencedImageSequence = [outer]


@cache
def names() -> tuple[str, ...]:
    return (*LOSSLESS, "multiframe", "multiframe-rle")


@cache
def study(name: str) -> Study:
    """The files of one study; the same in every process but for their UIDs."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        if name.startswith("multiframe"):
            finish = (lambda ds: ds.compress(RLELossless)) if name.endswith("rle") else None
            write_multiframe(folder / "0000.dcm", ramp(GRID), GRID, finish=finish)
        else:
            encode = stored_as(LOSSLESS[name])

            def edit(ds: pydicom.Dataset, k: int) -> None:
                _private(ds)
                encode(ds, k)

            write_series(folder, ramp(GRID), GRID, edit=edit, syntax=LOSSLESS[name])
        return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}
