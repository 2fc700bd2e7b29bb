"""Takes down how the four views stand, and puts them back so."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from surgitwin.planning.saved_views import SavedCamera, SavedPlane, SavedView
from surgitwin.scene.reslice import Slab
from surgitwin.viewer.planes import PlaneState

if TYPE_CHECKING:
    from surgitwin.viewer.views.four_up import FourUp


def capture(views: FourUp, name: str) -> SavedView:
    """The views as they stand now."""
    model = views.model
    camera = views.scene.camera_state()
    x, y, z = (float(v) for v in model.crosshair_mm)
    names = {s.label: s.name for s in model.labels.segments} if model.labels is not None else {}
    return SavedView(
        name,
        (x, y, z),
        model.axes_name,
        (model.window, model.level),
        views.layout_name,
        {
            plane: SavedPlane(s.zoom, s.shift_mm, s.slab.thickness_mm, s.slab.mode)
            for plane, s in model.planes.items()
        },
        SavedCamera(
            tuple(camera["position_mm"]), tuple(camera["focus_mm"]), tuple(camera["up"]),
            camera["half_height_mm"], camera["perspective"],
        ),
        {names[k]: look.visible for k, look in model.looks.items()},
        model.crosshair_shown,
    )  # fmt: skip


def restore(views: FourUp, view: SavedView) -> str:
    """Put the views as `view` says; returns what could not be, in words ("" when all could)."""
    model, said = views.model, ""
    reason = model.axes_reason(view.axes)
    if reason:
        said = f"The slices stay as they are: {reason}"
    elif model.axes_name != view.axes:
        model.set_axes(view.axes)
    for plane, p in view.planes.items():
        if plane in model.planes:
            slab = Slab(p.slab_mm, p.slab_mode)  # type: ignore[arg-type]  # checked when it was read
            model.set_plane(plane, PlaneState(p.zoom, p.shift_mm, slab))
    model.set_window(*view.window)
    model.set_crosshair(view.crosshair_mm)
    model.show_crosshair(view.crosshair_shown)
    for segment in model.labels.segments if model.labels is not None else ():
        if segment.name in view.segments:
            model.set_visible(segment.label, view.segments[segment.name])
    views.set_layout(view.layout)
    views.scene.set_camera_state(asdict(view.camera))
    return said
