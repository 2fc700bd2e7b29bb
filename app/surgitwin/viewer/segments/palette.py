"""The buttons of the segment editor: tools that take the mouse, then the effects of the registry."""

from __future__ import annotations

from surgitwin.segmentation.edit.effects import effects

KEYS = {"threshold": "T", "fill": "H", "smooth": "S", "grow": "G"}
"""Effect -> key."""

PANELS = tuple(spec for spec in effects() if not spec.mouse)
"""Effects with a panel; the other ones take the mouse."""

TOOLS = {
    "paint": ("Brush", "B", "brush", "Paint the chosen segment"),
    "erase": ("Eraser", "E", "eraser", "Erase the chosen segment"),
    "scissors": ("Scissors", "C", "scissors", "Cut the chosen segment along the line of sight"),
    "livewire": (
        "Livewire",
        "W",
        "livewire",
        "A line that follows edges between clicks",
    ),
    "island_keep": ("Keep island", "K", "island-keep", "Keep only the piece that is clicked"),
    "island_remove": ("Remove island", "J", "island-remove", "Remove the piece that is clicked"),
    **{e.name: (e.title, KEYS.get(e.name, ""), e.name.replace("_", "-"), e.words) for e in PANELS},
}
"""Id -> words, key, icon, tip."""

COLUMNS = 4
"""Of the palette."""
