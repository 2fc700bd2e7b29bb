"""Volumes and label maps as NRRD files (LPS, gzip) that other programs open."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.errors import InputError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.imaging.convert import grid_of

NOTICE = "Not for clinical use"
COMPRESSION_LEVEL = 1
"""gzip level: higher ones take several times longer for a few percent."""

GZIP_BITS = 31
"""zlib's way to ask for a gzip frame with the largest window."""

TYPES = {
    np.dtype(np.int16): "int16",
    np.dtype(np.uint8): "uint8",
    np.dtype(np.float32): "float",
    np.dtype(np.float64): "double",
}
"""NRRD's names of the voxel types that the program uses."""

GRID_TOLERANCE_MM = 1e-6
"""Rounding of the NRRD header; anything larger is a real move of the image."""


def write_volume(volume: Volume, path: Path) -> None:
    """Write voxels, grid, modality, unit and meta (plain JSON values) to `path` (.nrrd).

    Raises OSError when the disk refuses; the case folder turns it into a StorageError.
    """
    facts = {
        "modality": volume.modality,
        "unit": volume.unit,
        "meta": dict(volume.meta),
        "scale_known": volume.scale_known,
    }
    _write(volume, path, "volume", facts, unit="mm" if volume.scale_known else None)


def write_labels(
    labels: LabelMap, path: Path, fields: Mapping[str, str] | None = None, scale_known: bool = True
) -> None:
    """Write labels, grid and the meaning of every label to `path` (.nrrd); fields: more key/value pairs."""
    rows = [{"label": s.label, "name": s.name, "code": s.code, "rgb": list(s.rgb)} for s in labels.segments]
    unit = "mm" if scale_known else None
    _write(labels, path, "labels", {"segments": rows}, unit=unit, fields=fields or {})


def read_volume(path: Path) -> Volume:
    """Volume from a file of `write_volume`; InputError ("image.unreadable")."""
    array, grid, facts = _read(path, "volume")
    known = bool(facts.get("scale_known", True))
    return Volume(array, grid, facts["modality"], facts["unit"], facts["meta"], scale_known=known)


def read_labels(path: Path) -> LabelMap:
    """Label map from a file of `write_labels`; InputError ("image.unreadable")."""
    array, grid, facts = _read(path, "labels")
    segments = tuple(
        Segment(int(s["label"]), str(s["name"]), str(s["code"]), (s["rgb"][0], s["rgb"][1], s["rgb"][2]))
        for s in facts["segments"]
    )
    return LabelMap(array, grid, segments)


def _write(
    image: Volume | LabelMap,
    path: Path,
    kind: str,
    facts: dict[str, Any],
    *,
    unit: str | None,
    fields: Mapping[str, str] | None = None,
) -> None:
    """Header and gzip stream, slice by slice: no second copy in memory, and a full disk keeps its errno."""
    array = image.array.astype(image.array.dtype.newbyteorder("<"), copy=False)
    text = json.dumps({**facts, "grid": _grid_facts(image.grid)}).replace("\\", "\\\\")
    with path.open("wb") as stream:
        stream.write(_header(image.grid, TYPES[array.dtype.newbyteorder("=")], unit).encode())
        for name, value in (fields or {}).items():
            stream.write(f"{name}:={value}\n".replace("\\", "\\\\").encode())
        stream.write(f"surgitwin_{kind}:={text}\n\n".encode())
        packer = zlib.compressobj(COMPRESSION_LEVEL, wbits=GZIP_BITS)
        for part in array:
            stream.write(packer.compress(part.data))
        stream.write(packer.flush())


def _header(grid: ImageGrid, kind: str, unit: str | None) -> str:
    """NRRD0004 header without its last line (teem.sourceforge.net/nrrd/format.html). unit None: not said."""
    units = "" if unit is None else f'space units: "{unit}" "{unit}" "{unit}"\n'
    columns = (grid.direction * grid.spacing_mm).T
    vectors = " ".join("(" + ",".join(repr(float(x)) for x in column) + ")" for column in columns)
    return (
        f"NRRD0004\n# {NOTICE}\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {' '.join(str(n) for n in grid.shape[::-1])}\nspace directions: {vectors}\n"
        "kinds: domain domain domain\nendian: little\nencoding: gzip\n"
        f"{units}"
        f"space origin: ({','.join(repr(float(x)) for x in grid.origin_mm)})\nnotice:={NOTICE}\n"
    )


def _read(path: Path, kind: str) -> tuple[npt.NDArray[Any], ImageGrid, dict[str, Any]]:
    """Voxels, grid and facts of a file that this module wrote."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO")
    reader.SetFileName(str(path))
    try:
        image = reader.Execute()
        facts = json.loads(image.GetMetaData(f"surgitwin_{kind}"))
    except (RuntimeError, ValueError) as error:
        raise InputError(
            "image.unreadable",
            f"{path} is not an image of kind {kind} written by this program: {error}.",
            hint="Make the case again from its DICOM files.",
            where=str(path),
        ) from None
    return sitk.GetArrayFromImage(image), _stored_grid(grid_of(image), facts["grid"]), facts


def _grid_facts(grid: ImageGrid) -> dict[str, Any]:
    return {name: getattr(grid, name).tolist() for name in ("origin_mm", "spacing_mm", "direction")}


def _stored_grid(grid: ImageGrid, facts: dict[str, Any]) -> ImageGrid:
    """The written grid to the last digit (NRRD keeps spacing times direction only), so that hashes agree.

    When another program moved the image, the NRRD header is right and the stored grid is not used.
    """
    exact = ImageGrid(grid.shape, facts["origin_mm"], facts["spacing_mm"], facts["direction"])
    return exact if np.allclose(exact.affine, grid.affine, rtol=0, atol=GRID_TOLERANCE_MM) else grid
