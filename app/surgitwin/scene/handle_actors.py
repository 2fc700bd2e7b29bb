"""Handles in a plotter: drawn over everything else, moved by their matrices, never rebuilt while dragging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyvista as pv
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.handle_layers import Placed


def vtk_matrix(matrix: FloatArray) -> vtkMatrix4x4:
    """A 4x4 for an actor."""
    out = vtkMatrix4x4()
    out.DeepCopy(np.asarray(matrix, float).ravel().tolist())
    return out


class HandleActors:
    """A renderer of its own on top of the plotter's, with the same camera."""

    def __init__(self, plotter: pv.BasePlotter) -> None:
        window = plotter.render_window
        if window is None:
            raise ValueError("the plotter has no window to draw in")
        self._window = window
        self._renderer = vtkRenderer()
        self._renderer.SetInteractive(False)
        self._renderer.SetActiveCamera(plotter.renderer.GetActiveCamera())
        self._base = plotter.renderer
        self._actors: dict[str, tuple[pv.PolyData, vtkActor]] = {}

    @property
    def names(self) -> frozenset[str]:
        """Names of the shapes that are shown."""
        return frozenset(self._actors)

    def show(self, placed: Sequence[Placed]) -> None:
        """Show these shapes in place of the former ones; equal ones are only moved. Does not render."""
        if placed and not self._window.HasRenderer(self._renderer):
            self._window.SetNumberOfLayers(max(self._window.GetNumberOfLayers(), 2))
            self._renderer.SetLayer(1)
            self._window.AddRenderer(self._renderer)
        wanted = {shape.name for shape in placed}
        for name in [n for n in self._actors if n not in wanted]:
            self._renderer.RemoveActor(self._actors.pop(name)[1])
        for shape in placed:
            self._put(shape)
        # The camera belongs to the plotter, which may have been given another one.
        self._renderer.SetActiveCamera(self._base.GetActiveCamera())

    def _put(self, shape: Placed) -> None:
        known = self._actors.get(shape.name)
        if known is None or known[0] is not shape.data:
            if known is not None:
                self._renderer.RemoveActor(known[1])
            mapper = vtkPolyDataMapper()
            mapper.SetInputData(shape.data)
            mapper.ScalarVisibilityOff()
            actor = vtkActor()
            actor.SetMapper(mapper)
            actor.PickableOff()
            self._renderer.AddActor(actor)
            known = self._actors[shape.name] = (shape.data, actor)
        actor = known[1]
        actor.SetUserMatrix(vtk_matrix(shape.matrix))
        actor.GetProperty().SetColor(*shape.colour)
        actor.GetProperty().SetOpacity(shape.opacity)
        actor.GetProperty().SetAmbient(0.35)

    def release(self) -> None:
        """Take everything out of the window."""
        self.show(())
        if self._window.HasRenderer(self._renderer):
            self._window.RemoveRenderer(self._renderer)
