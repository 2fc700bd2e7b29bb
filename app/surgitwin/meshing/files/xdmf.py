"""Tetrahedra as XDMF 3 with all numbers inside the XML file (no HDF5 library is needed).

Format: XDMF Model and Format, xdmf.org: topology "Tetrahedron" and "Tet_10", whose node order is VTK's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.meshing.files.text import REAL, WHOLE, lines_of
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE, write_error


def write_xdmf(
    path: Path,
    mesh: TetMesh,
    cell_data: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    boundaries: Mapping[str, IntArray] | None = None,
) -> None:
    """Mesh, `part_id` and scalar cell arrays (m,); for each boundary (numbers of nodes from
    0) an array at the nodes, 1 on it. Frame, units and part names stand in a comment, because
    readers differ in what they take for information.

    Raises StorageError "mesh.write".
    """
    about = [NOTICE, f"Frame {FRAME}", f"unit {LENGTH_UNIT}"]
    about.append("parts " + ", ".join(f"{k}={v}" for k, v in mesh.names.items()))
    if units:
        about.append("units " + ", ".join(f"{k}={v}" for k, v in units.items()))
    kind = "Tetrahedron" if mesh.order == 1 else "Tet_10"
    text = [
        f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {comment("; ".join(about))} -->\n',
        '<Xdmf Version="3.0"><Domain>\n',
        '<Grid Name="mesh" GridType="Uniform">\n',
        '<Geometry GeometryType="XYZ">\n',
        _item(mesh.points_mm),
        f'</Geometry>\n<Topology TopologyType="{kind}" NumberOfElements="{len(mesh.cells)}">\n',
        _item(mesh.cells),
        "</Topology>\n",
    ]
    for name, values in {"part_id": mesh.part, **(cell_data or {})}.items():
        head = f'<Attribute Name={quoteattr(name)} AttributeType="Scalar" Center="Cell">\n'
        text += [head, _item(np.asarray(values)), "</Attribute>\n"]
    for name, nodes in (boundaries or {}).items():
        head = f'<Attribute Name={quoteattr(name)} AttributeType="Scalar" Center="Node">\n'
        text += [head, _item(np.isin(np.arange(len(mesh.points_mm)), nodes).astype(int)), "</Attribute>\n"]
    text.append("</Grid>\n</Domain></Xdmf>\n")
    try:
        path.write_text("".join(text), encoding="utf-8")
    except OSError as error:
        raise write_error(path, error) from error


def comment(text: str) -> str:
    """Text that may stand in an XML comment."""
    return text.replace("--", "- -")


def _item(array: Any) -> str:
    """One DataItem with its numbers."""
    whole = np.issubdtype(array.dtype, np.integer)
    size = " ".join(str(n) for n in array.shape)
    head = f'<DataItem DataType="{"Int" if whole else "Float"}" Precision="{4 if whole else 8}"'
    rows = array.reshape(len(array), -1)
    return (
        f'{head} Format="XML" Dimensions="{size}">\n{lines_of(rows, WHOLE if whole else REAL)}</DataItem>\n'
    )
