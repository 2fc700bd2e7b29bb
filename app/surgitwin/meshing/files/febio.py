"""The mesh section of a FEBio 4.0 input file (.feb): nodes, elements of every part, their border faces.

Format: FEBio User Manual 4, "Mesh section". The node order of tet10 is VTK's (edges 1-2, 2-3, 3-1, 1-4, 2-4,
3-4, as in FEBio's class FETet10), tri6 in the same manner. Materials, loads and steps are not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import TET_FACES, TetMesh
from surgitwin.meshing.files.text import numbered
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE, write_error

# Mid-side nodes of the faces of a ten-node tetrahedron: for edges 1-2, 2-3, 3-1 of each face in TET_FACES.
FACE_MIDDLES = ((5, 9, 8), (7, 9, 6), (4, 8, 7), (6, 5, 4))


def write_febio(path: Path, mesh: TetMesh, boundaries: Mapping[str, IntArray] | None = None) -> None:
    """Nodes, one <Elements> block per part with the part's name, <Surface> "border" of all outer faces.

    boundaries: name to numbers of nodes from 0, each a <NodeSet>, and a <Surface> of the outer faces whose
    nodes are all on it, when there are some. Numbers in the file count from 1. Raises StorageError
    "mesh.write".
    """
    kind, face = ("tet4", "tri3") if mesh.order == 1 else ("tet10", "tri6")
    points = numbered(1, mesh.points_mm, '\t\t\t<node id="%d">%.16e,%.16e,%.16e</node>\n')
    text = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f"<!-- {NOTICE}. Frame {FRAME}, unit {LENGTH_UNIT} (so N, MPa). -->\n",
        '<febio_spec version="4.0">\n\t<Module type="solid"/>\n\t<Mesh>\n',
        f'\t\t<Nodes name="all">\n{points}\t\t</Nodes>\n',
    ]
    first = 1
    for part in np.unique(mesh.part).tolist():
        cells = mesh.cells[mesh.part == part]
        fields = ",".join(["%d"] * cells.shape[1])
        body = numbered(first, cells + 1, f'\t\t\t<elem id="%d">{fields}</elem>\n')
        text.append(
            f'\t\t<Elements type="{kind}" name={quoteattr(mesh.names[part])}>\n{body}\t\t</Elements>\n'
        )
        first += len(cells)
    faces = border_faces(mesh)
    text.append(_surface("border", face, faces))
    for name, nodes in (boundaries or {}).items():
        text.append(
            f"\t\t<NodeSet name={quoteattr(name)}>{','.join(map(str, (nodes + 1).tolist()))}</NodeSet>\n"
        )
        on_it = faces[np.isin(faces, nodes).all(axis=1)]
        if len(on_it):
            text.append(_surface(name, face, on_it))
    text.append("\t</Mesh>\n</febio_spec>\n")
    try:
        path.write_text("".join(text), encoding="utf-8")
    except OSError as error:
        raise write_error(path, error) from error


def _surface(name: str, kind: str, faces: IntArray) -> str:
    """One <Surface> of faces (f, 3 or 6), nodes from 0."""
    fields = ",".join(["%d"] * faces.shape[1])
    body = numbered(1, faces + 1, f'\t\t\t<{kind} id="%d">{fields}</{kind}>\n')
    return f"\t\t<Surface name={quoteattr(name)}>\n{body}\t\t</Surface>\n"


def border_faces(mesh: TetMesh) -> IntArray:
    """(f, 3) or, of ten-node cells, (f, 6) nodes of the outer faces, normals outwards."""
    faces, cell = mesh.boundary_faces()
    if mesh.order == 1:
        return faces
    corners = mesh.corners[cell][:, np.array(TET_FACES)]
    local = (np.sort(corners, axis=2) == np.sort(faces, axis=1)[:, None]).all(axis=2).argmax(axis=1)
    row = mesh.cells[cell]
    three = np.take_along_axis(row, np.array(TET_FACES)[local], axis=1)
    middles = np.take_along_axis(row, np.array(FACE_MIDDLES)[local], axis=1)
    return np.hstack([three, middles])
