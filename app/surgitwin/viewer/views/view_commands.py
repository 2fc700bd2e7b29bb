"""The commands of the views: text, icon, tip and shortcut of each."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.planning.measurements import KINDS
from surgitwin.viewer.views.four_up import TITLES


@dataclass(frozen=True)
class ViewCommand:
    """One command of the toolbar above the views."""

    id: str
    text: str
    icon: str
    tip: str
    keys: str = ""
    checkable: bool = True


LAYOUTS_OFFERED = {"four": "layout-4", "wide": "layout-3d", "scene": "layout-1", "vessel": "vessel-views"}
"""Layout -> icon."""

MEASURED = {
    "distance": ("ruler", "Shift+D", "Measure a distance, in a slice or on surfaces in 3D"),
    "angle": ("angle", "Shift+A", "Measure an angle: three points"),
    "lines": ("angle", "Shift+L", "Measure the angle between two lines (Cobb)"),
    "area": ("area", "Shift+R", "Measure an area: click round it, or draw with the button down"),
    "profile": ("profile", "Shift+P", "Show the image values along a line"),
    "ellipse": ("roi", "Shift+E", "Image values in an ellipse: mean, SD, lowest, highest, area"),
    "rectangle": ("roi", "Shift+B", "Image values in a rectangle: mean, SD, lowest, highest, area"),
    "sphere": ("sphere", "Shift+S", "Image values in a sphere: mean, SD, lowest, highest, volume"),
}
"""Kind of measurement -> icon, shortcut, tip."""

BUTTONS = {
    "distance": ("distance",),
    "angle": ("angle", "lines"),
    "area": ("area",),
    "profile": ("profile",),
    "roi": ("ellipse", "rectangle", "sphere"),
}
"""Buttons of the measuring tools; those of several kinds have a menu."""

COMMANDS = (
    *(
        ViewCommand(
            f"layout_{n}", TITLES[n], icon, f"{TITLES[n]}. Double-click a view to let it fill the whole."
        )
        for n, icon in LAYOUTS_OFFERED.items()
    ),
    ViewCommand(
        "tool_none", "Crosshair", "cursor", "Left button moves the crosshair; puts every tool away (Esc)"
    ),
    ViewCommand(
        "tool_window",
        "Window and level",
        "window-level",
        "Drag to change width and level. Ctrl+drag without a tool: best window for a region",
        "Shift+W",
    ),
    *(
        ViewCommand(f"measure_{k}", KINDS[k].title, icon, tip, keys)
        for k, (icon, keys, tip) in MEASURED.items()
    ),
    ViewCommand(
        "show_crosshair",
        "Show the crosshair",
        "crosshair",
        "Draw the linked crosshair in all views (X in a slice)",
    ),
    ViewCommand(
        "reset_views",
        "Fit all views",
        "reset",
        "Fit image and bone in all views again (R in one view)",
        "Shift+F",
        False,
    ),
    ViewCommand(
        "measure_panel",
        "List of measurements",
        "note",
        "Show the list of measurements beside the views",
        "Ctrl+M",
    ),
    ViewCommand(
        "views_panel",
        "Saved views",
        "picture",
        "Keep how the views stand under a name, and come back to it",
        "Ctrl+B",
    ),
    ViewCommand(
        "picture",
        "Save a picture ...",
        "camera",
        "Save the views as a PNG picture, with the notice",
        "Ctrl+Shift+S",
        False,
    ),
)
