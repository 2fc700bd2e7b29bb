"""What becomes of an image file or folder, as plain values that a table can hold."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data

from surgitwin.core.errors import InputError
from surgitwin.core.image import Volume
from surgitwin.imaging import Series, load_series, scan_all
from surgitwin.imaging.dicom.frame_pixels import stored_frame

HERE = Path(__file__).parent
PYDICOM = Path(pydicom.data.__file__).parent
TABLES = {"pydicom": HERE / "pydicom_files.toml", "shared": HERE / "shared_data.toml"}
DIGITS = 6
"""Decimal places of a millimetre and of a direction component in the table."""


def pydicom_entries() -> list[str]:
    """Every file that the installed pydicom ships as an example, and the folders of its sample discs."""
    files = [p for p in PYDICOM.rglob("*") if p.is_file() and p.parent != PYDICOM]
    files = [p for p in files if p.suffix not in (".py", ".pyc")]
    discs = PYDICOM / "test_files" / "dicomdirtests"
    folders = [discs, *(p for p in discs.glob("[0-9]*/*") if p.is_dir())]
    return sorted(p.relative_to(PYDICOM).as_posix() for p in [*files, *folders])


def shared_entries(root: Path) -> list[str]:
    """The folders of real images that hold DICOM files."""
    return sorted(p.name for p in root.iterdir() if p.is_dir() and any(p.glob("*.dcm")))


def outcome(path: Path) -> dict[str, Any]:
    """The refusal of the path as a whole, or one entry for each of its series in a fixed order."""
    try:
        found = scan_all(path)
    except InputError as error:
        counted = re.search(r"\((.+)\)", error.message)
        return {"refused": error.code, "because": counted[1] if counted else ""}
    out: dict[str, Any] = {"series": [_series(s) for s in found.series]}
    if left := found.counts():
        out["left_aside"] = dict(sorted(left.items()))
    return out


def _series(series: Series) -> dict[str, Any]:
    out: dict[str, Any] = {"modality": series.modality, "slices": len(series.slices), "status": series.status}
    if series.problems:
        out["codes"] = [p.code for p in series.problems]
    if series.status != "refused":
        try:
            out |= of_volume(load_series(series, resample=series.resample is not None))
        except InputError as error:
            out["load"] = error.code
    elif not {"dicom.not_an_image", "dicom.colour", "dicom.no_decoder"} & set(out["codes"]):
        out["first_frame"] = _first_frame(series)
    return out


def of_volume(volume: Volume) -> dict[str, Any]:
    """Shape [k, j, i], place in LPS mm, and the checksum of the values."""
    grid = volume.grid
    return {
        "unit": volume.unit,
        "shape": list(grid.shape),
        "spacing_mm": _rounded(grid.spacing_mm),
        "origin_lps_mm": _rounded(grid.origin_mm),
        "direction": _rounded(grid.direction.ravel()),
        "values": _checksum(volume.array),
    }


def _first_frame(series: Series) -> str:
    """Stored pixels of a refused image: the decoder is right even where the geometry is missing."""
    try:
        return _checksum(stored_frame(series.slices[0]))
    except InputError as error:
        return error.code


def _rounded(values: Any) -> list[float]:
    return [round(float(v), DIGITS) + 0.0 for v in values]


def _checksum(array: np.ndarray) -> str:
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    digest = hashlib.sha256(plain.tobytes()).hexdigest()[:16]
    return f"{array.dtype.name} {'x'.join(map(str, array.shape))} {digest}"
