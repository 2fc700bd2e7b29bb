"""Pages of the help (``resources/help/*.md``), which page belongs to which tool, and the list of keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from surgitwin.core.errors import InputError
from surgitwin.core.resources import resources_dir

ORDER = (
    "index", "import", "studies", "anatomy", "presets", "brush", "scissors", "islands", "threshold", "fill",
    "smooth", "grow", "between", "livewire", "margin", "combine", "watershed", "level-set", "mirror",
    "crop", "mask", "landmarks", "reduce", "review", "plans", "fracture", "implants", "move-implant",
    "screws", "checks", "simulate", "compare", "vessel", "annulus", "device", "deploy", "matrix", "flow",
    "vessel-tree", "models", "registration", "own-implants",
    "report", "rehearsal", "views", "window-level", "measure", "saved-views", "save", "privacy", "shortcuts",
    "trouble",
)  # fmt: skip
"""All topics as they are listed."""

SHORTCUTS = "shortcuts"
"""The topic that is made from the window's commands."""

TOOLS = {
    "PaintTool": "brush",
    "ScissorsTool": "scissors",
    "LivewireTool": "livewire",
    "IslandTool": "islands",
    "LandmarkTool": "landmarks",
    "ImplantTool": "move-implant",
    "MeasureTool": "measure",
    "MovePoint": "measure",
    "WindowTool": "window-level",
    "CutTool": "fracture",
    "ReduceTool": "reduce",
    "ObjectTool": "own-implants",
    "ClickTool": "vessel",
}
"""Class of a tool -> topic."""

COMMANDS = {
    "paint": "brush",
    "erase": "brush",
    "scissors": "scissors",
    "island_keep": "islands",
    "island_remove": "islands",
    "threshold": "threshold",
    "fill": "fill",
    "smooth": "smooth",
    "grow": "grow",
    "livewire": "livewire",
    "between": "between",
    "joint": "smooth",
    "margin": "margin",
    "hollow": "margin",
    "boolean": "combine",
    "watershed": "watershed",
    "level_set": "level-set",
    "mirror": "mirror",
    "crop": "crop",
}
"""Command that is checked while its tool is used -> topic."""


def title(topic: str) -> str:
    """Heading of a page."""
    return "Keys" if topic == SHORTCUTS else text(topic).partition("\n")[0].removeprefix("# ").strip()


@cache
def text(topic: str) -> str:
    """Markdown of a page (InputError "help.missing")."""
    path = resources_dir() / "help" / f"{topic}.md"
    if topic not in ORDER or not path.is_file():
        raise InputError(
            "help.missing",
            f"There is no help page {topic!r}.",
            hint="Begin with the first page of the help.",
            where=topic,
        )
    return path.read_text(encoding="utf-8")


def search(words: str) -> tuple[str, ...]:
    """Topics that hold every word, those with a word in the title first; all for no words."""
    wanted = words.lower().split()
    if not wanted:
        return ORDER
    pages = [t for t in ORDER if t != SHORTCUTS and all(w in text(t).lower() for w in wanted)]
    return tuple(sorted(pages, key=lambda t: not any(w in title(t).lower() for w in wanted)))


def result_page(words: str) -> str:
    """Markdown of what a search found, with a line of each page."""
    found = search(words)
    if not found:
        return f"# Nothing found\n\nNo page holds *{words}*. Try one other word, or begin [here](index.md)."
    lines = [f"- [{title(t)}]({t}.md): {_first_sentence(t)}" for t in found if t != SHORTCUTS]
    return f"# Found: {words}\n\n" + "\n".join(lines) + "\n"


def _first_sentence(topic: str) -> str:
    body = text(topic).partition("\n")[2]
    plain = next((p for p in body.split("\n\n") if p.strip() and not p.strip().startswith(("#", "-"))), "")
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", plain.strip())
    return re.split(r"(?<=[.:])\s", plain)[0]


def shortcut_page(rows: Iterable[tuple[str, str, str]]) -> str:
    """Markdown table of keys from (group, keys, words) rows; fixed keys of the views are added."""
    groups: dict[str, list[str]] = {}
    for group, keys, words in (*rows, *VIEW_KEYS):
        if keys:
            groups.setdefault(group, []).append(f"| {words.replace('|', '/')} | **{keys}** |")
    parts = [
        f"## {group}\n\n| What | Keys |\n|---|---|\n" + "\n".join(lines) for group, lines in groups.items()
    ]
    return "# Keys\n\n" + "\n\n".join(parts) + "\n"


VIEW_KEYS = (
    ("In a slice", "Wheel, arrows, Page up/down", "Next or previous slice"),
    ("In a slice", "Home, End", "First, last slice"),
    ("In a slice", "Ctrl+wheel, right drag", "Zoom"),
    ("In a slice", "Middle drag, Shift+left drag", "Pan"),
    ("In a slice", "Left click", "Crosshair"),
    ("In a slice", "Ctrl+left drag", "Best window for a region"),
    ("In a slice", "1 to 6", "Window presets; 5: as opened"),
    ("In a slice", "R", "Fit"),
    ("In a slice", "X", "Crosshair on or off"),
    ("In a slice", "Double-click", "One view fills all, and back"),
    ("In 3D", "Left drag", "Turn"),
    ("In 3D", "Right drag", "Zoom"),
    ("In 3D", "Middle drag", "Pan"),
    ("In 3D", "R", "Fit"),
    ("With a tool", "Escape", "End the tool, or give a drag up"),
)
"""Mouse and keys that are no commands."""
