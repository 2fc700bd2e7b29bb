"""Left or right, from the bone itself: independent cues vote, the image's own axes only check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Side


@dataclass(frozen=True)
class Cue:
    """One sign: positive says left. weight 0..1: how clear it is. `from_bone`: independent of the scanner."""

    name: str
    sign: int
    weight: float
    from_bone: bool = True


def turn(reference_angle: float, direction: FloatArray) -> float:
    """Angle (rad, -pi..pi) about z from the reference direction to the direction's x, y part."""
    angle = float(np.arctan2(direction[1], direction[0])) - reference_angle
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def posterior_cue(name: str, neck: float, direction: FloatArray, full_mm: float) -> Cue:
    """Cue from a direction (2,) or (3,) mm that points posteriorly; full weight from full_mm on.

    On a left femur z is proximal, the neck points medially and turning from medial to posterior about z
    is negative.
    """
    across = float(np.hypot(direction[0], direction[1]) * np.sin(turn(neck, direction)))
    return Cue(name, 1 if across < 0 else -1, min(abs(across) / full_mm, 1.0))


def decide(cues: list[Cue]) -> tuple[Side, str, list[str]]:
    """Side, its confidence in words, and warnings."""
    bone = [c for c in cues if c.from_bone]
    score = sum(c.sign * c.weight for c in bone)
    side: Side = "left" if score > 0 else "right"
    sign = 1 if side == "left" else -1
    agree = [c.name for c in bone if c.sign == sign]
    against = [c.name for c in bone if c.sign != sign and c.weight > 0.2]
    share = abs(score) / max(sum(c.weight for c in bone), 1e-9)
    word = "sure" if share > 0.9 and not against else "likely" if share > 0.4 else "doubtful"
    text = f"{word}: {', '.join(agree)} say {side}"
    if against:
        text += f"; {', '.join(against)} say the opposite"
    warnings = [] if word != "doubtful" else [f"The side ({side}) is doubtful: {text}."]
    warnings += [
        f"The {c.name} of the image suggests the other side than the bone ({side}); check left and right."
        for c in cues
        if not c.from_bone and c.sign != sign and c.weight > 0.5
    ]
    return side, text, warnings
