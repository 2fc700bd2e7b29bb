"""Tried by `surgitwin doctor` in a process of its own: draws a white ball on black without a window."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyvista as pv


def draw() -> str:
    """The kind of render window and the OpenGL renderer that drew the ball."""
    plotter: Any = pv.Plotter(off_screen=True, window_size=[64, 64])
    plotter.set_background("black")
    plotter.add_mesh(pv.Sphere(), color="white")
    image = np.asarray(plotter.screenshot(None, return_img=True))
    capabilities = str(plotter.render_window.ReportCapabilities()).splitlines()
    kind = plotter.render_window.GetClassName()
    plotter.close()
    if image[32, 32].min() < 100 or image[0, 0].max() > 10:
        raise RuntimeError(f"{kind} drew a wrong picture: centre {image[32, 32]}, corner {image[0, 0]}")
    renderer = next((x.split(":", 1)[1].strip() for x in capabilities if "renderer string" in x), "unknown")
    return f"{kind}, {renderer}"


if __name__ == "__main__":
    sys.stdout.write(draw() + "\n")
