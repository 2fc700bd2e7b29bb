"""Scenes onto PyVista plotters: the off-screen one of pictures and the window's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista as pv
from matplotlib import colormaps
from matplotlib.colors import ListedColormap

from surgitwin.scene.cameras import Camera
from surgitwin.scene.fields import ABOVE_COLOUR, UNDEFINED_COLOUR, ColourScale
from surgitwin.scene.model import Layer, Scene

EYE_DISTANCE = 6.0
"""Camera distance over half height; with a parallel projection it only has to be outside the bone."""


PEELS = 6
"""Transparent layers drawn in their right order (bone, canal, cuts, gap; both faces)."""


def colour_map(scale: ColourScale) -> ListedColormap:
    """256 colours of the scale's map."""
    return ListedColormap(colormaps[scale.style.colours](np.linspace(0, 1, 256)))


def draw(plotter: pv.BasePlotter, scene: Scene) -> dict[str, pv.Actor]:
    """Add every layer that has points to `plotter`; actors by layer name."""
    return {x.name: add_layer(plotter, x, scene.scale) for x in scene.layers if x.data.n_points}


def add_layer(plotter: pv.BasePlotter, layer: Layer, scale: ColourScale | None) -> pv.Actor:
    """Add one layer, painted with `scale` when it has a field; the data set is not copied."""
    common: dict[str, Any] = {
        "opacity": layer.opacity, "name": layer.name, "show_scalar_bar": False, "reset_camera": False,
        "render": False, "pickable": False,
    }  # fmt: skip
    if layer.field and scale is not None:
        limited = scale.style.limit is not None
        return plotter.add_mesh(
            layer.data, scalars=layer.field, cmap=colour_map(scale), clim=(scale.low, scale.high),
            log_scale=scale.style.log, above_color=ABOVE_COLOUR if limited else None,
            nan_color=UNDEFINED_COLOUR, ambient=PAINTED_AMBIENT, diffuse=1.0 - PAINTED_AMBIENT, **common,
        )  # fmt: skip
    smooth = layer.data.n_cells > SMOOTH_FROM or "Normals" in layer.data.point_data
    return plotter.add_mesh(layer.data, color=layer.colour, smooth_shading=smooth, **common)


PAINTED_AMBIENT = 0.4
"""Share of light from everywhere on painted surfaces, so that shade does not change the colour's meaning
(display only)."""

SMOOTH_FROM = 2000
"""Triangles: a finer surface is drawn smooth, coarse solids keep their edges (display only)."""


def apply_camera(plotter: pv.BasePlotter, camera: Camera) -> None:
    """Put the plotter's camera where `camera` says (parallel projection)."""
    vtk_camera = plotter.camera
    vtk_camera.parallel_projection = True
    vtk_camera.focal_point = tuple(camera.focus_mm)
    vtk_camera.position = tuple(camera.focus_mm + camera.eye * EYE_DISTANCE * camera.half_height_mm)
    vtk_camera.up = tuple(camera.up)
    vtk_camera.parallel_scale = camera.half_height_mm
    plotter.renderer.ResetCameraClippingRange()
