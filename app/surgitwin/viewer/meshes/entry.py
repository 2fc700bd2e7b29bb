"""How the dialog of a vessel's mesh is reached: a command of the Tools menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surgitwin.viewer.meshes.dialog import VesselMeshDialog
from surgitwin.viewer.one_dialog import show_for_writing

if TYPE_CHECKING:
    from surgitwin.viewer.main_window import MainWindow


def add_meshes(window: MainWindow) -> None:
    """Register the command."""
    window.actions_.add(
        "vessel_mesh",
        "&Mesh of a vessel ...",
        lambda: show_vessel_mesh(window),
        icon="vessel",
        tip="Tetrahedra of the wall, the blood or both of a segment, for flow and wall simulations",
        group="Steps",
    )


def show_vessel_mesh(window: MainWindow) -> None:
    """Open the dialog, or bring it to the front; needs an open case that may be changed."""
    show_for_writing(window, VesselMeshDialog, lambda: VesselMeshDialog(window.desk, window))
