"""The second image of a registration read from DICOM or an image file, and the transform written out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.errors import UsageError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import load_series, scan
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import image_suffix, read_image
from surgitwin.imaging.registration import sitk_transform
from surgitwin.planning.images.new_case import choose_series
from surgitwin.planning.images.registration import matrix_of
from surgitwin.storage import write_atomically


def read_second(
    path: Path,
    series_uid: str | None = None,
    answers: Answers | None = None,
    progress: Progress = SILENT,
) -> Volume:
    """The image to register: a DICOM folder or file (one series), or a NIfTI, NRRD, MHA or VTI file.

    Raises the errors of `new_case` and `read_image`.
    """
    if path.is_file() and image_suffix(path):
        return read_image(path, answers or Answers(), progress)
    series = choose_series(scan(path, progress.part(0, 0.3)), path, series_uid)
    return load_series(series, progress.part(0.3, 1.0))


def write_registration(entry: Mapping[str, Any], out: Path) -> None:
    """The transform as `.json` (4x4, moving to fixed points, with its report) or `.tfm` (ITK).

    An ITK transform maps the other way, from fixed to moving points, as ITK and 3D Slicer resample with it.
    Raises UsageError "usage.format".
    """
    suffix = out.suffix.lower()
    if suffix == ".json":
        keys = ("kind", "matrix", "metric", "before", "after", "overlap", "error", "warnings", "settings")
        data = {
            "frame": "LPS mm",
            "takes": "points of the second image to the first",
            **{k: entry[k] for k in keys},
        }
        write_atomically(out, lambda p: p.write_text(json.dumps(data, indent=1), "utf-8"))
    elif suffix == ".tfm":
        write_atomically(out, lambda p: _write_tfm(entry, p))
    else:
        raise UsageError(
            "usage.format",
            f"registration cannot be written as {suffix or 'a file without suffix'}.",
            hint="Use a name that ends in .json or .tfm.",
            where="--out",
        )


def _write_tfm(entry: Mapping[str, Any], path: Path) -> None:
    """ITK chooses the format by the suffix, which a temporary file need not have."""
    named = path.with_name(path.name + ".tfm")
    sitk.WriteTransform(sitk_transform(matrix_of(entry)), str(named))
    named.replace(path)
