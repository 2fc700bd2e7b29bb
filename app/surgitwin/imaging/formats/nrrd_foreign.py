"""NRRD files of any program: frame by `space`, unit by `space units`, voxels by SimpleITK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.imaging.formats.file_image import FileImage, Known, beside, not_scalar, unreadable
from surgitwin.imaging.formats.itk_file import information, open_itk, read_voxels
from surgitwin.imaging.formats.nrrd_header import quoted as quoted_words
from surgitwin.imaging.formats.nrrd_header import read_header, vectors
from surgitwin.imaging.formats.question import Frame

IO = "NrrdImageIO"

SPACES: Mapping[str, tuple[Frame, tuple[float, float, float]]] = {
    "left-posterior-superior": ("lps", (1, 1, 1)),
    "lps": ("lps", (1, 1, 1)),
    "right-anterior-superior": ("ras", (1, 1, 1)),
    "ras": ("ras", (1, 1, 1)),
    "left-anterior-superior": ("lps", (1, -1, 1)),
    "las": ("lps", (1, -1, 1)),
}
"""Value of `space` -> frame, and signs that take its coordinates there. Others do not name the body."""

UNITS = {
    "mm": "mm", "millimeter": "mm", "millimeters": "mm", "millimetre": "mm",
    "cm": "cm", "centimeter": "cm", "m": "m", "meter": "m", "metre": "m",
    "um": "um", "micron": "um", "microns": "um", "µm": "um", "micrometer": "um",
}  # fmt: skip
"""Spellings of `space units`, which NRRD leaves free."""


def open_nrrd(path: Path) -> FileImage:
    """What a .nrrd or .nhdr file says. Raises InputError ("image.unreadable", "image.not_scalar")."""
    fields, pairs = read_header(path)
    data = fields.get("data file", fields.get("datafile"))
    if data is not None:
        beside(path, data)
    if fields.get("dimension") != "3":
        not_scalar(path, f"{fields.get('dimension', 'no')} dimensions")
    reader = open_itk(path, IO)
    _, shape = information(path, reader)
    space = fields.get("space", "").lower()
    frame, signs = SPACES.get(space, (None, (1, 1, 1)))
    affine = np.diag([*signs, 1.0]) @ _affine(path, fields)
    facts = () if frame else (f"Its space is {space!r}." if space else "It names no space.",)
    return FileImage(
        path,
        "NRRD",
        shape,
        affine,
        frame,
        _unit(fields),
        lambda _n: read_voxels(path, IO),
        facts=facts,
        known=_known(path, pairs),
    )


def _affine(path: Path, fields: Mapping[str, str]) -> FloatArray:
    """4x4, (i, j, k) to the file's space; spacings alone when it has no directions."""
    affine = np.eye(4)
    columns = vectors(path, fields.get("space directions", ""))
    if columns:
        if len(columns) != 3:
            unreadable(path, f"it has {len(columns)} space directions, not 3")
        affine[:3, :3] = np.array(columns).T
        origin = vectors(path, fields.get("space origin", ""))
        affine[:3, 3] = origin[0] if origin else 0.0
        return affine
    words = fields.get("spacings", "").split()
    try:
        spacing = [abs(float(w)) for w in words]
    except ValueError:
        unreadable(path, f"its spacings are {fields['spacings']!r}")
    if len(spacing) != 3:
        unreadable(path, "it has neither space directions nor three spacings")
    affine[:3, :3] = np.diag(spacing)
    return affine


def _unit(fields: Mapping[str, str]) -> str | None:
    """The one unit of `space units` (or of `units` where there is no space), None when not said."""
    words = quoted_words(fields.get("space units") or fields.get("units") or "")
    found = {UNITS.get(w.strip().lower()) for w in words if w.strip()}
    return found.pop() if len(found) == 1 else None


def _known(path: Path, pairs: Mapping[str, str]) -> Known | None:
    """What this program wrote beside the voxels of an exported image; None for a file of another program."""
    text = pairs.get("surgitwin_volume")
    if text is None:
        return None
    try:
        facts = json.loads(text)
        return Known(
            str(facts["modality"]),
            str(facts["unit"]),
            dict(facts["meta"]),
            bool(facts.get("scale_known", True)),
        )
    except (ValueError, KeyError, TypeError) as error:
        unreadable(path, f"what this program wrote in it is damaged ({error})")
