"""Meshes of a description: a named shape with its sizes, or a file with named boundary facets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import meshio
import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.mechanics.flow import shapes
from surgitwin.mechanics.flow.blocks import to_simplices
from surgitwin.mechanics.flow.fields import Table
from surgitwin.mechanics.flow.mesh import CELLS, FlowMesh

METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3}
VOLUME = {
    "tetra": "tet4",
    "tetra10": "tet10",
    "hexahedron": "hex8",
    "hexahedron27": "hex27",
    "triangle": "triangle3",
    "triangle6": "triangle6",
    "quad": "quad4",
    "quad9": "quad9",
}
"""meshio's names of cells."""
SHAPES = ("pipe", "pipe_section", "rectangle", "cavity")


def read_mesh(table: Table, folder: Path) -> FlowMesh | None:
    """The mesh, or None when a fault was noted."""
    before = len(table.faults)
    mesh: FlowMesh | None = None
    if table.raw("file") is not None:
        mesh = _file(table, folder)
    else:
        build = _shape(table)
        split = table.flag("simplices", False)
        if len(table.faults) == before:
            mesh = to_simplices(build()) if split else build()
    table.finish()
    return mesh if len(table.faults) == before else None


def _shape(table: Table) -> Callable[[], FlowMesh]:
    """The maker of a shape; faults are noted first."""
    kind = table.text("shape", None, SHAPES)
    lengths = {
        "pipe": ("radius_m", "length_m"),
        "pipe_section": ("radius_m", "length_m"),
        "rectangle": ("length_m", "height_m"),
        "cavity": ("side_m",),
    }[kind]
    sizes = [table.number(key) for key in lengths]
    for key, size in zip(lengths, sizes, strict=True):
        if size <= 0:
            table.note(key, f"{size} is not a positive length")
    wanted = {"pipe": 3, "pipe_section": 2, "rectangle": 2, "cavity": 1}[kind]
    cells = np.atleast_1d(table.numbers("cells"))
    if cells.shape != (wanted,) or (cells < 1).any() or (cells != np.floor(cells)).any():
        table.note("cells", f"needs {wanted} whole numbers of at least 1 for a {kind}")
    ratio = table.number("wall_ratio", 2.0)
    if ratio <= 0:
        table.note("wall_ratio", f"{ratio} is not positive")
    counts = [int(n) for n in cells]
    maker: Callable[..., FlowMesh] = getattr(shapes, kind)
    return lambda: maker(*sizes, *counts, wall_ratio=ratio)


def _file(table: Table, folder: Path) -> FlowMesh | None:
    """A file of meshio's formats: volume cells, and boundary cells that carry an integer in a cell array."""
    path = folder / table.text("file")
    unit = METRES[table.text("unit", "m", tuple(METRES))]
    array = table.text("boundary_array", "boundary")
    names = table.names("names")
    try:
        source = meshio.read(path)
    except (OSError, meshio.ReadError, ValueError, KeyError) as error:
        table.note("file", f"{path.name} cannot be read ({type(error).__name__}: {error})")
        return None
    blocks = [(VOLUME[b.type], b.data) for b in source.cells if b.type in VOLUME]
    dims = {CELLS[kind].dim for kind, _ in blocks}
    if 3 not in dims:
        table.note("file", f"{path.name} holds no tetrahedra or hexahedra")
        return None
    kinds = {kind for kind, _ in blocks if CELLS[kind].dim == 3}
    if len(kinds) > 1:
        table.note("file", f"{path.name} mixes {', '.join(sorted(kinds))}")
        return None
    kind = kinds.pop()
    cells = np.concatenate([data for k, data in blocks if k == kind])
    boundaries = _boundaries(table, source, array, names)
    used, renumbered = np.unique(cells, return_inverse=True)
    new = np.full(len(source.points), -1)
    new[used] = np.arange(len(used))
    named = {name: new[facets] for name, facets in boundaries.items()}
    return FlowMesh(source.points[used] * unit, renumbered.reshape(cells.shape), kind, named)


def _boundaries(table: Table, source: meshio.Mesh, array: str, names: dict[str, str]) -> dict[str, IntArray]:
    """name -> corner nodes of the facets whose integer the table `names` gives that name."""
    values = source.cell_data.get(array)
    if values is None:
        table.note("boundary_array", f"the file has no cell array {array!r}")
        return {}
    out: dict[str, list[IntArray]] = {}
    for block, numbers in zip(source.cells, values, strict=True):
        kind = VOLUME.get(block.type)
        if kind is None or CELLS[kind].dim != 2:
            continue
        for number in np.unique(numbers).tolist():
            name = names.get(str(int(number)))
            if name is None:
                table.note("names", f"boundary number {int(number)} of the file has no name")
                continue
            corners = block.data[np.asarray(numbers) == number][:, : CELLS[kind].corners]
            out.setdefault(str(name), []).append(corners)
    return {name: np.concatenate(parts) for name, parts in out.items()}
