"""One interface for ways of filling a closed surface with tetrahedra, and where they are found by name.

Two ways belong to the program ("stuffing", "stuffing-mmg3d"), one is a library it needs (netgen, LGPL), two
are found when the user installed them (gmsh, GPL; tetgen, AGPL). The conforming way of bone, gap and
implants in one mesh uses CGAL's Mesh_3, which is GPL: `packaging/docs/meshing.md` says what a separate
executable must accept.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.meshing.sizing import SizeField

CGAL_PROGRAM = "surgitwin-cgal-mesher"

DEFAULT_MESHER = "stuffing-mmg3d"
"""The mesher of cases: graded, with flat cuts."""

FAST_MESHER = "stuffing"
"""The mesher of single surfaces: even elements."""

HOMES = {
    "stuffing": ("stuffing", "StuffingMesher"),
    "stuffing-mmg3d": ("stuffing", "RemeshedMesher"),
    "netgen": ("netgen", "NetgenMesher"),
    "gmsh": ("optional", "GmshMesher"),
    "tetgen": ("optional", "TetgenMesher"),
}


class Mesher(Protocol):
    """Fills a closed surface with linear tetrahedra."""

    name: str

    def fill(
        self,
        surface: SurfaceMesh,
        size_mm: float,
        cuts: Sequence[Plane] = (),
        refine: Sequence[SizeField] = (),
        progress: Progress = SILENT,
    ) -> TetMesh:
        """Linear tetrahedra of the inside, part 1 "bone", with a mean edge of about `size_mm`.

        cuts: planes whose outer side is removed, nodes on them exactly. refine: local sizes by distance, by
        curvature or any function of places; the least at a place counts.
        Raises GeometryError, "mesh.mesher_cannot" for cuts or zones that this mesher does not make.
        """


def mesher_names() -> tuple[str, ...]:
    """Names of all meshers, also of those that are not installed."""
    return tuple(HOMES)


def get_mesher(name: str = DEFAULT_MESHER) -> Mesher:
    """The mesher called `name`.

    Raises GeometryError "mesh.not_installed" for an optional library that is absent,
    "mesh.no_conforming_program" for the optional program, UsageError "mesh.unknown_mesher" for other names.
    """
    if name == "cgal":
        raise _no_program(conforming_program())
    if name not in HOMES:
        raise UsageError(
            "mesh.unknown_mesher",
            f"There is no mesher called {name!r}.",
            hint=f"Use one of {', '.join(HOMES)}.",
            where="mesher",
        )
    module, made = HOMES[name]
    mesher: Mesher = getattr(importlib.import_module(f"surgitwin.meshing.meshers.{module}"), made)()
    return mesher


def cannot(name: str, what: str) -> GeometryError:
    """The error of a mesher that was asked for more than it does."""
    return GeometryError(
        "mesh.mesher_cannot",
        f"The mesher {name} makes no {what}.",
        hint=f"Leave that out, or use --mesher {DEFAULT_MESHER}, which does.",
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
