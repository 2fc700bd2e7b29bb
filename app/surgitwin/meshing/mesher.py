"""One interface for ways of meshing bone; the default, and an optional conforming program found on PATH.

The conforming way (bone, gap and implants in one mesh) uses CGAL's Mesh_3, which is GPL. It is therefore
no part of this program: `packaging/docs/meshing.md` says what a separate executable must accept.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.bone import mesh_bone
from surgitwin.meshing.fracture import mesh_fractured
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import Surface

CGAL_PROGRAM = "surgitwin-cgal-mesher"


class Mesher(Protocol):
    """Makes the bone's tetrahedra, whole or with a gap."""

    name: str

    def bone(
        self,
        surface: Surface,
        anatomy: FemurAnatomy,
        fracture: Fracture | None,
        size_mm: float,
        refine: Sequence[Refinement] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """Linear tetrahedra, parts 1 "bone" and, with a fracture, 2 "gap". Raises GeometryError."""


class EmbeddedMesher:
    """The default: bone without its implants, which have their own meshes."""

    name = "stuffing-mmg3d"

    def bone(
        self,
        surface: Surface,
        anatomy: FemurAnatomy,
        fracture: Fracture | None,
        size_mm: float,
        refine: Sequence[Refinement] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """See `mesh_bone` and `mesh_fractured`."""
        if fracture is None:
            return mesh_bone(surface, anatomy, size_mm, refine, progress)
        return mesh_fractured(surface, anatomy, fracture, size_mm, refine, progress)


DEFAULT_MESHER = EmbeddedMesher.name


def get_mesher(name: str = DEFAULT_MESHER) -> Mesher:
    """The mesher called `name`.

    Raises GeometryError "mesh.no_conforming_program" when the optional program is asked for and is not
    there or not supported, "mesh.unknown_mesher" for any other name.
    """
    if name == EmbeddedMesher.name:
        return EmbeddedMesher()
    if name == "cgal":
        raise _no_program(conforming_program())
    raise GeometryError(
        "mesh.unknown_mesher",
        f"There is no mesher called {name!r}.",
        hint=f"Use {DEFAULT_MESHER!r} or 'cgal'.",
        where="mesher",
    )


def conforming_program() -> Path | None:
    """The optional conforming mesher on PATH, or None."""
    found = shutil.which(CGAL_PROGRAM)
    return None if found is None else Path(found)


def _no_program(found: Path | None) -> GeometryError:
    state = (
        "is not on PATH" if found is None else f"was found ({found.name}), but reading its mesh is not done"
    )
    return GeometryError(
        "mesh.no_conforming_program",
        f"The optional conforming mesher {CGAL_PROGRAM} {state}.",
        hint="Use the default mesher; packaging/docs/meshing.md says what the optional program is.",
        where="mesher",
    )
