"""Writers of a case's tetrahedra for other programs, by suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.meshing.files.abaqus import write_abaqus_mesh
from surgitwin.meshing.files.border import write_border_ply, write_border_stl
from surgitwin.meshing.files.febio import write_febio
from surgitwin.meshing.files.gmsh import write_gmsh
from surgitwin.meshing.files.vtu import write_vtu
from surgitwin.meshing.files.xdmf import write_xdmf
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh

Write = Callable[[Path], object]
Writers = Mapping[str, Mapping[str, Write]]
"""What is written -> suffix -> how."""


def plain_writers(
    mesh: Callable[[], TetMesh],
    cell_data: Callable[[], Mapping[str, Any]] | None = None,
    units: Mapping[str, str] | None = None,
    boundaries: Callable[[], Mapping[str, IntArray]] | None = None,
) -> dict[str, Write]:
    """XDMF, FEBio, gmsh, and STL and PLY of the border. mesh, cell_data, boundaries: made when a file is
    written. boundaries: name to numbers of nodes, which XDMF and FEBio keep."""

    def named() -> Mapping[str, IntArray]:
        return {} if boundaries is None else boundaries()

    return {
        ".xdmf": lambda p: write_xdmf(p, mesh(), None if cell_data is None else cell_data(), units, named()),
        ".feb": lambda p: write_febio(p, mesh(), named()),
        ".msh": lambda p: write_gmsh(p, mesh()),
        ".stl": lambda p: write_border_stl(p, mesh()),
        ".ply": lambda p: write_border_ply(p, mesh()),
    }


def stale_mesh(current: bool) -> tuple[str, ...]:
    """What must be known when the mesh that is written is older than the segments."""
    if current:
        return ()
    return ("The mesh is older than the segments: what was written is the anatomy before the last changes.",)


def tissue_writers(case: Case) -> dict[str, Write]:
    """VTU, Abaqus and the plain formats of the conforming mesh of a case's segments."""
    return {
        ".vtu": lambda p: write_vtu(p, tissue_mesh(case)),
        ".inp": lambda p: write_abaqus_mesh(p, tissue_mesh(case)),
        **plain_writers(lambda: tissue_mesh(case)),
    }
