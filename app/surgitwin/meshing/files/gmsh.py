"""Tetrahedra as gmsh .msh 4.1 (binary) through meshio, parts as named physical volumes.

meshio turns ten-node cells from VTK's to gmsh's order (the last two nodes change places).
"""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np

from surgitwin.core.mesh import TetMesh
from surgitwin.meshing.files.vtu import FRAME, LENGTH_UNIT, NOTICE, write_error

HEAD_END = b"$EndMeshFormat\n"


def write_gmsh(path: Path, mesh: TetMesh) -> None:
    """Mesh with one volume and physical group per part; frame and unit in $Comments.

    Raises StorageError "mesh.write".
    """
    parts = np.unique(mesh.part).tolist()
    kind = "tetra" if mesh.order == 1 else "tetra10"
    cells = [(kind, np.asarray(mesh.cells[mesh.part == p])) for p in parts]
    tags = [np.full(len(block), p, np.int32) for p, (_, block) in zip(parts, cells, strict=True)]
    # gmsh keeps nodes by the volume that owns them; their tags stay the numbers of the mesh, from 1.
    owner = np.full(len(mesh.points_mm), parts[0], np.int32)
    for p, (_, block) in zip(parts, cells, strict=True):
        owner[block] = p
    data = meshio.Mesh(
        np.array(mesh.points_mm),
        cells,
        point_data={"gmsh:dim_tags": np.stack([np.full_like(owner, 3), owner], axis=1)},
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": [t.copy() for t in tags]},
        field_data={mesh.names[p]: np.array([p, 3]) for p in parts},
    )
    note = f"$Comments\n{NOTICE}. Frame {FRAME}, unit {LENGTH_UNIT}.\n$EndComments\n".encode()
    try:
        meshio.write(path, data, file_format="gmsh", binary=True)
        raw = path.read_bytes()
        at = raw.index(HEAD_END) + len(HEAD_END)
        path.write_bytes(raw[:at] + note + raw[at:])
    except OSError as error:
        raise write_error(path, error) from error
