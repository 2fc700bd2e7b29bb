"""Making, computing and changing the measurements of a case (`measurement_rows` says how they are kept)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.image import Volume
from surgitwin.imaging import measure
from surgitwin.planning.measurement_rows import (
    COLOURS,
    KEY,
    KINDS,
    Kind,
    Measurement,
    Point,
    Value,
    as_table,
    from_state,
    strokes,
    to_state,
)

__all__ = [
    "COLOURS", "KEY", "KINDS", "Kind", "Measurement", "Point", "Value", "as_table", "computed", "from_state",
    "moved", "new", "present", "region_points", "strokes", "to_state",
]  # fmt: skip


def new(
    existing: Sequence[Measurement],
    kind: str,
    points_mm: npt.ArrayLike,
    plane: str,
    volume: Volume,
    image: str = "",
) -> Measurement:
    """A measurement with a name and colour of its own, computed. KeyError for an unknown kind.

    image: hash of `volume`, kept with values that are of it.
    """
    title = KINDS[kind].title
    number = 1 + max((int(m.id[1:]) for m in existing if m.id[1:].isdigit()), default=0)
    names = {m.name for m in existing}
    count = next(n for n in range(1, len(existing) + 2) if f"{title} {n}" not in names)
    colour = COLOURS[(number - 1) % len(COLOURS)]
    made = Measurement(f"m{number}", kind, f"{title} {count}", _points(points_mm), plane, colour)
    return computed(made, volume, image)


def present(measurement: Measurement, volume: Volume | None, image: str) -> Measurement:
    """The measurement on the image with hash `image`: computed again when its values are of another one.

    volume: None while that image is still being read; then there are no values.
    """
    if not measurement.reads_image or measurement.image == image:
        return measurement
    if volume is None:
        return replace(measurement, values=(), problem="The image changed: it is measured again.")
    return computed(measurement, volume, image)


def computed(measurement: Measurement, volume: Volume, image: str = "") -> Measurement:
    """The same points with the values of `volume`; what cannot be measured says so in `problem`."""
    measurement = replace(measurement, image=image if measurement.reads_image else "")
    try:
        volume.require_scale()
        return replace(measurement, values=_values(measurement, volume), problem="")
    except SurgiTwinError as error:
        return replace(measurement, values=(), problem=error.message)
    except ValueError:
        return replace(measurement, values=(), problem="Two points lie on each other.")


def moved(
    measurement: Measurement, index: int, point_mm: npt.ArrayLike, volume: Volume, image: str = ""
) -> Measurement:
    """With point `index` at an LPS place; a region keeps its axes: its centre takes all along."""
    points, goal = np.array(measurement.points_mm, float), np.asarray(point_mm, float)
    if measurement.kind in ("ellipse", "rectangle", "sphere") and index == 0:
        points += goal - points[0]
    elif measurement.kind in ("ellipse", "rectangle"):
        along = points[index] - points[0]
        along = along / np.linalg.norm(along)
        points[index] = points[0] + max(float((goal - points[0]) @ along), 0.05) * along
    else:
        points[index] = goal
    return computed(replace(measurement, points_mm=_points(points)), volume, image)


def region_points(
    kind: str, one_mm: FloatArray, other_mm: FloatArray, right: FloatArray, down: FloatArray
) -> FloatArray:
    """Points of a region dragged from one LPS corner to the other on a plane with unit `right` and `down`.

    A sphere is dragged from its centre outwards.
    """
    if kind == "sphere":
        return np.stack([one_mm, other_mm])
    centre, away = (one_mm + other_mm) / 2, (other_mm - one_mm) / 2
    a, b = (max(abs(float(away @ d)), 0.05) * d for d in (right, down))
    return np.stack([centre, centre + a, centre + b])


def _values(m: Measurement, volume: Volume) -> tuple[Value, ...]:
    p = np.asarray(m.points_mm, float)
    if m.kind == "distance":
        return (Value("length", measure.distance(p), "mm"),)
    if m.kind == "angle":
        return (Value("angle", math.degrees(measure.angle(p[0], p[1], p[2])), "°"),)
    if m.kind == "lines":
        return (Value("angle", math.degrees(measure.angle_of_lines(p)), "°"),)
    if m.kind == "area":
        return (
            Value("area", measure.polygon_area(p), "mm²"),
            Value("perimeter", measure.perimeter(p), "mm"),
        )
    if m.kind == "profile":
        found = measure.statistics(measure.profile(volume, p[0], p[1]).value)
        return (*_numbers(found, volume)[:4], Value("length", measure.distance(p), "mm"))
    if m.kind == "sphere":
        radius = measure.distance(p)
        found = measure.ball_statistics(volume, p[0], radius)
        size = (Value("volume", 4 / 3 * math.pi * radius**3, "mm³"), Value("diameter", 2 * radius, "mm"))
        return (*_numbers(found, volume), *size)
    a, b = p[1] - p[0], p[2] - p[0]
    found = measure.flat_statistics(volume, p[0], a, b, m.kind == "ellipse")
    area = (math.pi if m.kind == "ellipse" else 4.0) * measure.distance(p[:2]) * measure.distance(p[[0, 2]])
    return (*_numbers(found, volume), Value("area", area, "mm²"))


def _numbers(found: measure.Statistics, volume: Volume) -> tuple[Value, ...]:
    unit = volume.unit_text
    return (
        Value("mean", found.mean, unit), Value("SD", found.sd, unit), Value("lowest", found.low, unit),
        Value("highest", found.high, unit), Value(found.counted, float(found.count), ""),
    )  # fmt: skip


def _points(points_mm: npt.ArrayLike) -> tuple[Point, ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in np.asarray(points_mm, float))
