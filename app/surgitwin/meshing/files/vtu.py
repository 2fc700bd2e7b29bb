"""Meshes to files. Points in LPS mm; every file says so and "Not for clinical use".

VTU, VTP by VTK (meshio does not write field data into them), STL by its plain definition (80-byte header,
little-endian), PLY through meshio. Texts of a VTU are names of arrays (`core.field_text`), of a VTP strings.
Abaqus is in `meshing.files.abaqus`; `meshing.files.surfaces` reads surfaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, StorageError
from surgitwin.core.field_text import text_arrays, text_in
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.meshing.field import polydata

NOTICE = "Not for clinical use"
FRAME = "LPS"
LENGTH_UNIT = "mm"
STL_HEADER = f"SurgiTwin. {NOTICE}. Frame {FRAME}, unit {LENGTH_UNIT}."

Arrays = Mapping[str, Any]


def write_vtu(
    path: Path,
    mesh: TetMesh,
    point_data: Arrays | None = None,
    cell_data: Arrays | None = None,
    field_data: Arrays | None = None,
    units: Mapping[str, str] | None = None,
) -> None:
    """Tetrahedra as VTU, ten-node cells in VTK's order.

    point_data (n, ...) and cell_data (m, ...) by name; `part_id` is always written. units: array name to
    unit. Field data: notice, frame, unit of length, units, part_names, as `core.field_text` writes texts.
    Raises StorageError "mesh.write".
    """
    kind = pv.CellType.TETRA if mesh.order == 1 else pv.CellType.QUADRATIC_TETRA
    grid = pv.UnstructuredGrid({kind: np.asarray(mesh.cells)}, np.array(mesh.points_mm))
    names = {"part_names": ", ".join(f"{k}={v}" for k, v in mesh.names.items())}
    _arrays(grid, point_data, {"part_id": mesh.part, **(cell_data or {})})
    fields = _fields({**(field_data or {}), **names}, units)
    texts = {k: v for k, v in fields.items() if isinstance(v, str)}
    numbers = {k: v for k, v in fields.items() if k not in texts}
    for name, value in {**numbers, **text_arrays(texts)}.items():
        grid.field_data[name] = np.atleast_1d(value)
    _save(grid, path)


def write_vtp(
    path: Path,
    mesh: SurfaceMesh,
    point_data: Arrays | None = None,
    field_data: Arrays | None = None,
    units: Mapping[str, str] | None = None,
) -> None:
    """A surface as VTP with notice, frame and units in its field data. Raises StorageError "mesh.write"."""
    poly = pv.PolyData(polydata(mesh))
    _arrays(poly, point_data, None)
    _say(poly, field_data, units)
    _save(poly, path)


def write_lines(path: Path, lines: Sequence[FloatArray], field_data: Arrays | None = None) -> None:
    """Lines (k, 3) each as VTP with notice, frame and unit. Raises StorageError "mesh.write"."""
    kept = [np.asarray(line, float) for line in lines if len(line) > 1]
    starts = np.cumsum([0, *(len(line) for line in kept)])
    cells = [np.r_[len(line), np.arange(a, a + len(line))] for line, a in zip(kept, starts, strict=False)]
    data = pv.PolyData(np.vstack(kept), lines=np.concatenate(cells))
    _say(data, field_data, None)
    _save(data, path)


def _arrays(data: Any, points: Arrays | None, cells: Arrays | None) -> None:
    for name, values in (points or {}).items():
        data.point_data[name] = np.asarray(values)
    for name, values in (cells or {}).items():
        data.cell_data[name] = np.asarray(values)


def _fields(fields: Arrays | None, units: Mapping[str, str] | None) -> dict[str, Any]:
    """Notice, frame, unit of length and units of the arrays, with the caller's own over them."""
    text = {"notice": NOTICE, "frame": FRAME, "length_unit": LENGTH_UNIT}
    if units:
        text["units"] = ", ".join(f"{k}={v}" for k, v in units.items())
    return {**text, **(fields or {})}


def _say(data: Any, fields: Arrays | None, units: Mapping[str, str] | None) -> None:
    for name, value in _fields(fields, units).items():
        data.field_data[name] = [value] if isinstance(value, str) else np.atleast_1d(value)


def _save(data: Any, path: Path) -> None:
    try:
        data.save(str(path), binary=True)
    except OSError as error:
        raise write_error(path, error) from error
    if not path.is_file():
        raise write_error(path, OSError("no file was written"))


def write_error(path: Path, error: OSError) -> StorageError:
    """The error for a file that could not be written."""
    return StorageError(
        "mesh.write",
        f"{path.name} cannot be written: {error}.",
        hint="Check the folder, its permissions and the free disk space.",
        where=str(path),
    )


def write_stl(path: Path, mesh: SurfaceMesh) -> None:
    """Binary STL, notice and frame in its 80-byte header. Raises StorageError "mesh.write"."""
    record = np.zeros(
        len(mesh.triangles), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
    )
    corners = mesh.points_mm[mesh.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    record["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
    record["corners"] = corners
    header = STL_HEADER.encode("ascii").ljust(80)[:80]
    try:
        path.write_bytes(header + np.uint32(len(record)).tobytes() + record.tobytes())
    except OSError as error:
        raise write_error(path, error) from error


def write_ply(path: Path, mesh: SurfaceMesh) -> None:
    """Binary PLY with notice and frame as comments. Raises StorageError "mesh.write"."""
    try:
        meshio.write_points_cells(
            path, np.array(mesh.points_mm), [("triangle", np.asarray(mesh.triangles))], file_format="ply"
        )
        raw = path.read_bytes()
        first, rest = raw.split(b"\n", 2)[:2], raw.split(b"\n", 2)[2]
        note = f"comment {NOTICE}. Frame {FRAME}, unit {LENGTH_UNIT}".encode()
        path.write_bytes(b"\n".join([*first, note, rest]))
    except OSError as error:
        raise write_error(path, error) from error


def read_vtu(path: Path) -> TetMesh:
    """Tetrahedra that `write_vtu` wrote. Raises InputError "mesh.unreadable"."""
    try:
        grid = pv.read(str(path))
    except (OSError, ValueError) as error:
        raise InputError("mesh.unreadable", f"{path.name}: {error}.", where=str(path)) from error
    cells = grid.cells_dict
    kind = next((k for k in (pv.CellType.QUADRATIC_TETRA, pv.CellType.TETRA) if k in cells), None)
    if kind is None or "part_id" not in grid.cell_data or len(cells) != 1:
        raise _no_mesh(path)
    text = text_in(grid.field_data.keys()).get("part_names")
    if text is None and "part_names" in grid.field_data:  # a string, as older files have it
        text = str(grid.field_data["part_names"][0])
    if not text:
        raise _no_mesh(path)
    names = {int(k): v for k, v in (entry.split("=", 1) for entry in text.split(", "))}
    return TetMesh(np.array(grid.points), cells[kind], np.array(grid.cell_data["part_id"]), names)


def _no_mesh(path: Path) -> InputError:
    return InputError(
        "mesh.unreadable",
        f"{path.name} holds no tetrahedra with part_id and part_names.",
        hint="Give a mesh that this program exported.",
        where=str(path),
    )
