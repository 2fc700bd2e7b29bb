"""What the 3D view shows of a case about other anatomy: the borders of its meshed tissues."""

from __future__ import annotations

from collections.abc import Callable

from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.tissues.faces import tissue_faces
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh
from surgitwin.scene.model import Layer, surface_layer

OUTER_OPACITY = 0.4
"""Of all parts where there are several, so that one sees what lies inside (display only)."""


def tissue_recipes(case: Case) -> dict[str, tuple[str, Callable[[], tuple[Layer, ...]]]]:
    """Group -> key of what it is made from, and how to make it (in any thread)."""
    mesh = case.state.get("mesh")
    return {"bone": (str(mesh["input_hash"]), lambda: _layers(case))} if mesh else {}


def _layers(case: Case) -> tuple[Layer, ...]:
    mesh = tissue_mesh(case)
    faces = tissue_faces(mesh.corners, mesh.part)
    colours = {s.name: s.rgb for s in case.labels.segments}
    opacity = 1.0 if len(mesh.names) == 1 else OUTER_OPACITY
    return tuple(
        surface_layer(
            name,
            SurfaceMesh(mesh.points_mm, faces.of_part(number)),
            opacity,
            colours.get(name, (0.8, 0.8, 0.8)),
        )
        for number, name in mesh.names.items()
    )
