"""Arrow keys as small motions of what is held, in the directions of the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.scene.drags import Motion, move, turn
from surgitwin.scene.handles import Gizmo
from surgitwin.scene.screens import Screen
from surgitwin.viewer.tools.base import Modifiers

STEP, FINE = 1.0, 0.1
"""mm or degrees of a key press, and with Ctrl."""
WAYS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
"""Key -> to the right and down."""


@dataclass(frozen=True, eq=False)
class Nudge:
    """handle: name of the handle that would do it by mouse."""

    handle: str
    motion: Motion


def nudge(gizmo: Gizmo, ring: Gizmo, screen: Screen, key: str, held: Modifiers) -> Nudge | None:
    """1 mm towards an arrow key's side of the screen, with Alt 1 degree about the ring's z; Ctrl: a tenth.

    A key along which the gizmo's z mostly lies slides along z. Up and right turn positively. None for other
    keys.
    """
    if key not in WAYS:
        return None
    size = FINE if held.ctrl else STEP
    right, down = WAYS[key]
    if held.alt:
        return Nudge("turn", turn(ring, 2, size * (right - down)))
    way = right * screen.right + down * screen.down
    along = float(way @ gizmo.axes[:, 2])
    if abs(along) > np.cos(np.pi / 4):
        return Nudge("slide", move(gizmo, [0, 0, size * np.sign(along)]))
    return Nudge("drag", move(gizmo, size * (way @ gizmo.axes)))
