"""What was wrong with a surface, what was done, and what is left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Faults:
    """Counts of one surface. A sound one has zeros everywhere but in triangles and shells.

    duplicate_points, degenerate (triangles without area), duplicate_triangles: of the surface as given.
    open_edges: with one triangle; holes: rings of them. nonmanifold_edges: with more than two triangles;
    nonmanifold_points: where two fans of triangles touch. turned_edges: whose two triangles disagree on
    which side is outside. inward_shells: that should enclose volume and are inside out. crossings: pairs of
    triangles that cut through each other.
    """

    triangles: int
    shells: int
    duplicate_points: int
    degenerate: int
    duplicate_triangles: int
    open_edges: int
    holes: int
    nonmanifold_edges: int
    nonmanifold_points: int
    turned_edges: int
    inward_shells: int
    crossings: int

    @property
    def sound(self) -> bool:
        """Closed, oriented, manifold and free of crossings."""
        counts = asdict(self)
        return not any(counts[k] for k in counts if k not in ("triangles", "shells"))

    def as_dict(self) -> dict[str, int]:
        """Counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Hole:
    """One hole that was filled: edges of its rim, its length in mm, the area put in, its middle in LPS."""

    edges: int
    rim_mm: float
    area_mm2: float
    centre_mm: tuple[float, float, float]


@dataclass(frozen=True)
class RepairReport:
    """Result of `repair`.

    steps: what was done, in words. moved_mm: how far the new surface leaves the old one, filled holes left
    out. dropped_mm: how far a point of the old surface lies from the new one (parts that were inside others
    or removed count). unsolved: what could not be mended, each with the next step; empty when `after.sound`.
    """

    before: Faults
    after: Faults
    filled: tuple[Hole, ...]
    steps: tuple[str, ...]
    moved_mm: float
    dropped_mm: float
    volume_mm3: float
    unsolved: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All fields, the counts by name."""
        return asdict(self) | {"sound": self.after.sound}
