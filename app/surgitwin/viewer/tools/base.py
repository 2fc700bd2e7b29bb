"""What a tool is given by the views and what it answers; tools are tested without a window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from surgitwin.core.arrays import FloatArray

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

SCENE = "scene"
"""`ViewEvent.where` of the 3D view; slices are "axial", "sagittal", "coronal"."""


@dataclass(frozen=True)
class Modifiers:
    """Keys held down."""

    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True, eq=False)
class ViewEvent:
    """A mouse event in a view.

    view: the widget. where: "axial", "sagittal", "coronal" or "scene". point_mm: (3,) LPS on the slice; in
    the 3D view the surface point under the mouse, None beside every surface. ray: origin (3,) and unit
    direction (3,) LPS, in slices along the plane's normal. pixel: (x, y) in the view from its top left, in
    the toolkit's px. mm_per_px: of the view at the point, to tell what is near. button: "left", "middle",
    "right" or "" (hover). notches: of the wheel. picked: group and layer of `SceneView` under the mouse,
    ("", "") beside.
    """

    view: Any
    where: str
    point_mm: FloatArray | None
    ray: tuple[FloatArray, FloatArray]
    pixel: tuple[float, float] = (0.0, 0.0)
    mm_per_px: float = 1.0
    button: str = "left"
    modifiers: Modifiers = field(default_factory=Modifiers)
    double: bool = False
    notches: float = 0.0
    picked: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class KeyPress:
    """A key in a view. key: its name ("Escape", "Delete", "Return", "Z"). text: what it types."""

    view: Any
    where: str
    key: str
    text: str = ""
    modifiers: Modifiers = field(default_factory=Modifiers)


class SliceOverlay(Protocol):
    """Something that is painted over the slices all the time: `ViewModel.add_overlay`.

    It may also have `grab(event: ViewEvent) -> Tool | None`, asked when a left press is taken by no tool: the
    tool it gives gets `move` and `release` of that one drag. And `key(press: KeyPress) -> bool`.
    """

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw on the slice view `view` (its `position_of(lps)` and `plane`)."""


class Tool:
    """Base of all tools: does nothing and leaves every event to the view.

    A slice view offers left presses (but Shift+left, which pans), the wheel and keys; the 3D view offers left
    presses before it turns the camera. What `press` takes (True) is followed by `move` and `release`.
    """

    title = ""
    words = ""
    """What to do now, for the status line."""
    cursor = "cross"
    """"cross", "arrow", "hand" or "blank"."""
    hovers_in_scene = False
    """Whether `hover` is also wanted in the 3D view (each one searches the surface under the mouse)."""

    def press(self, event: ViewEvent) -> bool:
        """A button went down; True: the tool takes the drag."""
        return False

    def move(self, event: ViewEvent) -> None:
        """The mouse moved during a drag that the tool took."""

    def release(self, event: ViewEvent) -> None:
        """The button of a drag that the tool took went up."""

    def hover(self, event: ViewEvent) -> None:
        """The mouse moved with no button down."""

    def wheel(self, event: ViewEvent) -> bool:
        """The wheel turned by `event.notches`; True: the view does not change its slice."""
        return False

    def key(self, event: KeyPress) -> bool:
        """A key; True: the view does nothing more with it."""
        return False

    def paint(self, view: Any, painter: QPainter) -> None:
        """Draw over the slice view `view` while the tool is active."""

    def cancel(self) -> None:
        """Give up what is half done; called by Escape and before another tool takes over."""

    def activated(self) -> None:
        """The tool became the active one."""

    def deactivated(self) -> None:
        """Another tool, or none, took its place."""
