"""A picture of an implant alone, drawn off-screen from its solids on nothing, for lists to choose from."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray
from surgitwin.core.solids import ImplantSolids
from surgitwin.scene import picture
from surgitwin.scene.cameras import fit
from surgitwin.scene.drawing import apply_camera
from surgitwin.scene.model import solids_layers
from surgitwin.scene.page import ImageArray


def implant_picture(
    solids: ImplantSolids, size: tuple[int, int], eye: FloatArray, up: FloatArray
) -> ImageArray:
    """(height, width, 4) uint8 with a transparent background; eye, up (3,): unit directions, LPS.

    Works without a screen. For a process of its own: it opens a drawing context.
    """
    picture.choose_window()
    plotter = pv.Plotter(off_screen=True, window_size=list(size))
    try:
        layers = solids_layers(solids)
        for layer in layers:
            plotter.add_mesh(layer.data, color=layer.colour, smooth_shading=True, split_sharp_edges=True)
        apply_camera(plotter, fit(eye, up, np.vstack([x.data.points for x in layers]), size))
        plotter.enable_anti_aliasing("ssaa")
        shot = plotter.screenshot(return_img=True, transparent_background=True)
    finally:
        plotter.close()
    return np.ascontiguousarray(np.asarray(shot), dtype=np.uint8)
