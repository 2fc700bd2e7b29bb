"""Readers of surface files: points, triangles and what the file says of its frame and unit."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import meshio
import numpy as np
import pyvista as pv
from vtkmodules.util.numpy_support import vtk_to_numpy

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.meshing.files.step import step_triangles

HEAD_BYTES = 2000
"""Numerical setting: how far into a file comments on frame and unit are looked for."""

PLY_HEADER_BYTES = 2**16
"""Numerical setting: longest header of a PLY file that is looked at."""


@dataclass(frozen=True)
class Said:
    """What a file says itself: None when it does not."""

    frame: str | None = None
    unit: str | None = None


_FAULTS = (
    OSError, ValueError, KeyError, IndexError, EOFError, TypeError, AssertionError, meshio.ReadError,
)  # fmt: skip
"""What meshio raises on a damaged file."""

Read = tuple[FloatArray, IntArray, Said]


def unreadable(path: Path, reason: str) -> NoReturn:
    """Raise InputError "mesh.unreadable"."""
    raise InputError(
        "mesh.unreadable",
        f"{path.name} cannot be read as a surface: {reason.rstrip('.')}.",
        hint="Give a file of triangles (STL, OBJ, PLY, VTP) or a STEP solid.",
        where=str(path),
    )


def surface_suffix(path: Path) -> str:
    """The known suffix of a file, "" for another kind."""
    suffix = path.suffix.lower()
    return suffix if suffix in READERS else ""


def said_in_text(text: str) -> Said:
    """From "Frame LPS, unit mm" of this program, or SPACE=LPS of 3D Slicer."""
    frame = re.search(r"(?:SPACE=|Frame )(LPS|RAS)\b", text)
    unit = re.search(r"\bunit (mm|cm|m|um)\b", text)
    return Said(frame.group(1).lower() if frame else None, unit.group(1) if unit else None)


def _checked(path: Path, points: Any, triangles: Any, said: Said) -> Read:
    p, t = np.asarray(points, np.float64), np.asarray(triangles, np.int64)
    if not len(t) or not np.isfinite(p).all():
        unreadable(path, "it holds no triangles, or coordinates that are not numbers")
    if t.min() < 0 or t.max() >= len(p):
        unreadable(path, "its triangles name points that it does not hold")
    return p, t, said


def _head(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES).decode("latin-1")


def _check_ply_header(path: Path) -> None:
    """A header without its last line would keep meshio's reader for ever."""
    with path.open("rb") as stream:
        lines = [line.strip() for line in stream.read(PLY_HEADER_BYTES).split(b"\n")]
    if lines[0] != b"ply" or b"end_header" not in lines:
        unreadable(path, "its header does not begin with ply and end with end_header")


STL_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
"""A facet of a binary STL file, 50 bytes; they follow 80 bytes of comment and their number."""


def read_stl(path: Path) -> Read:
    """STL, text or binary. Of a binary file every facet brings three points: `read_surface_file` welds."""
    try:
        with path.open("rb") as stream:
            head = stream.read(84)
            count = int.from_bytes(head[80:], "little")
            if len(head) < 84 or path.stat().st_size != 84 + STL_FACET.itemsize * count:
                return read_with_meshio(path)  # text may begin like a binary file, and the other way round
            points = np.fromfile(stream, STL_FACET, count)["corners"].reshape(-1, 3)
    except OSError as error:
        unreadable(path, str(error))
    return _checked(path, points, np.arange(len(points)).reshape(-1, 3), said_in_text(_head(path)))


def read_with_meshio(path: Path) -> Read:
    """STL as text, and PLY."""
    if path.suffix.lower() == ".ply":
        _check_ply_header(path)
    try:
        data = (meshio.stl if path.suffix.lower() == ".stl" else meshio.ply).read(path)
        cells = data.cells_dict
    except _FAULTS as error:
        unreadable(path, str(error) or type(error).__name__)
    if set(cells) - {"triangle", "vertex", "line"}:
        unreadable(path, f"it holds cells of the kind {', '.join(cells)}, not triangles")
    triangles = cells.get("triangle", np.zeros((0, 3), np.int64))
    return _checked(path, data.points, triangles, said_in_text(_head(path)))


def read_with_vtk(path: Path) -> Read:
    """OBJ and VTP; polygons are cut into triangles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # so pyvista tells of VTK's faults
            data = pv.read(str(path))
    except (OSError, ValueError, RuntimeError, UserWarning):
        unreadable(path, "VTK's reader finds a fault in it")
    if not isinstance(data, pv.PolyData) or not data.n_points:
        unreadable(path, "it holds no surface")
    _check_points(path, data)
    faces = data.triangulate()
    said = _field_data(data) if path.suffix.lower() == ".vtp" else said_in_text(_head(path))
    return _checked(path, faces.points, faces.faces.reshape(-1, 4)[:, 1:], said)


def _check_points(path: Path, data: pv.PolyData) -> None:
    """VTK's filters look up whatever cells name, and end the program where there is nothing; of a file that
    was cut off, its reader leaves numbers that nobody wrote.
    """
    for cells in (data.GetVerts(), data.GetLines(), data.GetPolys(), data.GetStrips()):
        offsets, named = vtk_to_numpy(cells.GetOffsetsArray()), vtk_to_numpy(cells.GetConnectivityArray())
        if offsets[0] != 0 or offsets[-1] != named.size or (np.diff(offsets) < 0).any():
            unreadable(path, "its cells do not follow each other")
        if named.size and (named.min() < 0 or named.max() >= data.n_points):
            unreadable(path, "its triangles name points that it does not hold")


def _field_data(data: Any) -> Said:
    """Frame and unit in the field data: of this program ("frame", "length_unit"), or Slicer's "SPACE"."""

    def word(name: str) -> str | None:
        return str(data.field_data[name][0]).lower() if name in data.field_data else None

    frame, unit = word("frame") or word("SPACE"), word("length_unit")
    return Said(frame if frame in ("lps", "ras") else None, unit if unit in ("mm", "cm", "m", "um") else None)


def read_step(path: Path) -> Read:
    """Outer triangles of the solids in a STEP file, in mm."""
    if "ISO-10303-21" not in _head(path):
        unreadable(path, "it does not begin with ISO-10303-21")
    try:
        points, triangles = step_triangles(path)
    except ValueError as error:
        unreadable(path, str(error))
    return _checked(path, points, triangles, Said(None, "mm"))


READERS: dict[str, Callable[[Path], Read]] = {
    ".stl": read_stl,
    ".ply": read_with_meshio,
    ".obj": read_with_vtk,
    ".vtp": read_with_vtk,
    ".step": read_step,
    ".stp": read_step,
}
"""Suffix -> reader."""
