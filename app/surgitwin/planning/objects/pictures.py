"""Pictures of own objects in the segments, for reports."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.case import Case
from surgitwin.planning.objects.pose import place_note
from surgitwin.planning.objects.record import OwnObject, placed_mesh
from surgitwin.report.data import ReportPicture
from surgitwin.scene.label_surface import LabelSurface
from surgitwin.scene.model import BONE, Layer, surface_layer
from surgitwin.scene.page import png
from surgitwin.scene.vessel_picture import vessel_picture

SIZE = (520, 600)
GLASS = 0.3
"""Opacity of the segments (display only)."""
ROUND_MM = 40.0
"""So much of what lies round the objects is in a close picture (display only)."""
FRONT, LEFT = (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)


def object_pictures(case: Case, objects: tuple[OwnObject, ...]) -> tuple[ReportPicture, ...]:
    """The whole from the front, then close from the front and from the patient's left. Objects whose middle
    lies outside the image are not drawn; no picture when that is true of all."""
    seen = [o for o in objects if not place_note(o, case.volume.grid)]
    if not seen:
        return ()
    bodies = [surface_layer(o.name, placed_mesh(case, o), 1.0, o.rgb) for o in seen]
    layers = (*bodies, *_segments(case))
    near = _box(np.vstack([np.asarray(x.data.points, float) for x in bodies]), ROUND_MM)
    names = ", ".join(o.name for o in seen)
    out = []
    for words, towards, hold in (
        ("from the front", FRONT, None), ("close, from the front", FRONT, near),
        ("close, from the left", LEFT, near),
    ):  # fmt: skip
        title = f"Own objects, {words}"
        image = vessel_picture(layers, (title,), towards=towards, size=SIZE, hold_mm=hold)
        out.append(ReportPicture(title, png(image), f"{title}: {names}"))
    return tuple(out)


def _segments(case: Case) -> tuple[Layer, ...]:
    """All segments as one piece of glass."""
    if not case.state.get("labels"):
        return ()
    labels = case.labels
    surface = LabelSurface(labels.grid, 1)
    surface.build((labels.array > 0).astype(np.uint8))
    data = surface.data()
    return (Layer("segments", data, BONE, GLASS),) if data.n_points else ()


def _box(points_mm: FloatArray, margin_mm: float) -> FloatArray:
    """(8, 3) corners of the box round points, enlarged."""
    low, high = points_mm.min(axis=0) - margin_mm, points_mm.max(axis=0) + margin_mm
    corners = np.indices((2, 2, 2)).reshape(3, -1).T
    out: FloatArray = np.where(corners == 0, low, high)
    return out
