"""Measurements as they are kept in a case: kinds, points, values, and their rows of plain JSON.

State key "measurements": a list of rows as `Measurement.as_dict` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError

KEY = "measurements"
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Kind:
    """What can be measured. points: how many are placed; None: as many as one likes, at least three."""

    title: str
    points: int | None
    words: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "distance": Kind("Distance", 2, ("Click the first point, or drag.", "Click the second point.")),
    "angle": Kind(
        "Angle", 3, ("Click a point on the first leg.", "Click the vertex.", "Click the second leg.")
    ),
    "lines": Kind(
        "Angle between two lines",
        4,
        (
            "Click the start of the first line.",
            "Click its end.",
            "Click the start of the second line.",
            "Click its end.",
        ),
    ),
    "area": Kind("Area", None, ("Click round the area; double-click or Enter closes it.",)),
    "profile": Kind("Values along a line", 2, ("Click the start, or drag.", "Click the end.")),
    "ellipse": Kind("Ellipse", 3, ("Drag from corner to corner.",)),
    "rectangle": Kind("Rectangle", 3, ("Drag from corner to corner.",)),
    "sphere": Kind("Sphere", 2, ("Drag from the centre outwards.",)),
}
"""Regions keep their centre and the ends of their half axes (one for the sphere)."""

COLOURS = ((0.34, 0.71, 0.91), (0.90, 0.62, 0.0), (0.0, 0.75, 0.55), (0.94, 0.89, 0.26), (0.80, 0.55, 0.72))
"""In turn, after Okabe and Ito's set for colour-blind readers (lighter, to be read on grey)."""


@dataclass(frozen=True)
class Value:
    """One number of a measurement."""

    name: str
    value: float
    unit: str

    @property
    def text(self) -> str:
        """Number with unit: mm to a tenth, degrees to a tenth, HU whole."""
        if not self.unit:
            return f"{self.value:.5g}"
        if self.unit == "°":
            return f"{self.value:.1f}°"
        whole = self.unit == "HU" or (self.unit in ("mm²", "mm³") and abs(self.value) >= 100)
        return f"{self.value:.{0 if whole else 1}f} {self.unit}"


@dataclass(frozen=True)
class Measurement:
    """points_mm: LPS. plane: the view it was made in. values: what it measured, none with a `problem`.

    image: hash of the image that its values are of, "" where they are of its points only.
    """

    id: str
    kind: str
    name: str
    points_mm: tuple[Point, ...]
    plane: str
    rgb: tuple[float, float, float]
    values: tuple[Value, ...] = ()
    problem: str = ""
    image: str = ""

    @property
    def reads_image(self) -> bool:
        """Whether its values are of the image and not of its points only."""
        return self.kind in ("profile", "ellipse", "rectangle", "sphere")

    @property
    def text(self) -> str:
        """Its first values in one line, for pictures and lists."""
        if self.problem:
            return self.problem
        shown = self.values[:2] if self.kind in ("ellipse", "rectangle", "sphere") else self.values[:1]
        return ", ".join(f"{v.name} {v.text}" if len(shown) > 1 else v.text for v in shown)

    @property
    def centre_mm(self) -> FloatArray:
        """Where to look to see it."""
        points = np.asarray(self.points_mm, float)
        return points[0] if self.kind in ("ellipse", "rectangle", "sphere") else points.mean(axis=0)

    def as_dict(self) -> dict[str, Any]:
        """The row of the case's state."""
        return {
            "id": self.id, "kind": self.kind, "name": self.name, "plane": self.plane,
            "points_mm": [list(p) for p in self.points_mm], "rgb": list(self.rgb),
            "values": [{"name": v.name, "value": v.value, "unit": v.unit} for v in self.values],
            "problem": self.problem, "image": self.image,
        }  # fmt: skip


def from_state(state: Mapping[str, Any]) -> tuple[Measurement, ...]:
    """The measurements of a case's state; InputError "measure.damaged" when a row cannot be read."""
    out = []
    for n, row in enumerate(state.get(KEY) or ()):
        try:
            kind = KINDS[row["kind"]]
            points = tuple((float(x), float(y), float(z)) for x, y, z in row["points_mm"])
            if len(points) != kind.points if kind.points is not None else len(points) < 3:
                raise ValueError("wrong number of points")
            if not np.isfinite(points).all():
                raise ValueError("points must be finite")
            values = tuple(Value(v["name"], float(v["value"]), v["unit"]) for v in row["values"])
            r, g, b = (float(c) for c in row["rgb"])
            out.append(
                Measurement(
                    row["id"],
                    row["kind"],
                    row["name"],
                    points,
                    row["plane"],
                    (r, g, b),
                    values,
                    row["problem"],
                    str(row.get("image", "")),
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "measure.damaged",
                f"Measurement {n + 1} of the case cannot be read: {error}.",
                hint="Restore the case from a copy, or remove the row from its case.json.",
                where=f"{KEY}[{n}]",
            ) from error
    return tuple(out)


def to_state(measurements: Iterable[Measurement]) -> dict[str, Any]:
    """What `Session.edit(state=...)` takes."""
    return {KEY: [m.as_dict() for m in measurements]}


def strokes(measurement: Measurement) -> tuple[FloatArray, ...]:
    """The lines that show it, each (n, 3) LPS mm; none for a sphere, which has no flat outline."""
    p, kind = np.asarray(measurement.points_mm, float), measurement.kind
    if kind == "sphere":
        return ()
    if kind == "lines":
        return p[:2], p[2:]
    if kind == "area":
        return (np.vstack([p, p[:1]]),)
    if kind == "ellipse":
        turn = np.linspace(0, 2 * np.pi, 73)[:, None]
        return (p[0] + np.cos(turn) * (p[1] - p[0]) + np.sin(turn) * (p[2] - p[0]),)
    if kind == "rectangle":
        corners = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1)])
        return (p[0] + corners @ (p[1:] - p[0]),)
    return (p,)


def as_table(measurements: Iterable[Measurement]) -> str:
    """Tab-separated lines, one per value, for a spreadsheet."""
    lines = ["Name\tKind\tQuantity\tValue\tUnit"]
    for m in measurements:
        lines += [f"{m.name}\t{KINDS[m.kind].title}\t{v.name}\t{v.value:.6g}\t{v.unit}" for v in m.values]
    return "\n".join(lines)
