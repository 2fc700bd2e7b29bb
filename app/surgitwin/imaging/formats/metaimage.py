"""MetaImage files (.mha, .mhd) by SimpleITK.

The format names neither its frame nor (but for the rare DistanceUnits) its unit: ITK's programs write LPS
millimetres, but AnatomicalOrientation means the opposite in ITK's files and in MetaIO's own manual, so it is
not used to decide (https://itk.org/Wiki/ITK/MetaIO/Documentation).
"""

from __future__ import annotations

from pathlib import Path

from surgitwin.imaging.formats.file_image import FileImage, beside, unreadable
from surgitwin.imaging.formats.itk_file import information, open_itk, read_voxels

HEADER_BYTES = 65536
"""Longest header that is looked at."""

UNITS = {"mm": "mm", "um": "um", "cm": "cm"}
"""MetaIO's DistanceUnits (metaTypes.h)."""


def open_metaimage(path: Path) -> FileImage:
    """What a MetaImage file says. Raises InputError ("image.unreadable", "image.not_scalar")."""
    header = _header(path)
    where = header.get("ElementDataFile", "")
    if where.upper() != "LOCAL":
        beside(path, where)
    reader = open_itk(path, "MetaImageIO")
    affine, shape = information(path, reader)
    facts = (
        "ITK, 3D Slicer and elastix write this format in LPS and millimetres; the file itself does not say.",
    )
    unit = UNITS.get(header.get("DistanceUnits", ""))
    return FileImage(
        path, "MetaImage", shape, affine, None, unit, lambda _n: read_voxels(path, "MetaImageIO"), facts=facts
    )


def _header(path: Path) -> dict[str, str]:
    """Lines `key = value` up to ElementDataFile, which ends the header."""
    found: dict[str, str] = {}
    with path.open("rb") as stream:
        raw = stream.read(HEADER_BYTES)
    for line in raw.split(b"\n"):
        key, equals, value = line.decode("latin-1").partition("=")
        if not equals:
            break
        found[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":
            return found
    unreadable(path, "it is no MetaImage header with ElementDataFile")
