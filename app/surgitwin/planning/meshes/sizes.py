"""Local sizes as a user says them: near a point, a line, a segment or surface, and where a surface bends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError, UsageError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.distance import point_distance
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.meshing.sizing import Refinement, SizeField
from surgitwin.meshing.sizing_curvature import curvature_size, to_surface

LEAST_SHARE = 1 / 3
"""Numerical setting: without a least size, curvature makes edges a third of the general size at most."""

LINE_STEP = 0.5
"""Numerical setting: points along a line lie so many of its sizes apart."""

SAMPLES = 100_000
"""Numerical setting: places of its box at which the sizes of a surface are asked for, to count elements. In a
shaft of 280 ml with edges of 0.1 mm within 3 mm of a point 5,000 gave an eighth of the elements."""


@dataclass(frozen=True)
class Near:
    """Edges of size_mm within within_mm of a place, growing by 0.3 mm a mm beyond it.

    place: "x,y,z" (LPS mm), "x,y,z/x,y,z" (a straight line) or the name of a segment or surface file.
    """

    place: str
    size_mm: float
    within_mm: float = 0.0


@dataclass(frozen=True)
class LocalSizes:
    """near: places of small edges. per_radius: edges to a radius of curvature, None for the general size;
    least_mm: the smallest of them, None for `LEAST_SHARE` of the general size."""

    near: tuple[Near, ...] = ()
    per_radius: float | None = None
    least_mm: float | None = None

    def __bool__(self) -> bool:
        return bool(self.near) or self.per_radius is not None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json and for the key of a stored mesh."""
        return {
            "near": [vars(n) for n in self.near],
            "per_radius": self.per_radius,
            "least_mm": self.least_mm,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> LocalSizes:
        """The inverse of `as_dict`."""
        near = tuple(Near(**n) for n in data.get("near") or ())
        return LocalSizes(near, data.get("per_radius"), data.get("least_mm"))


def size_fields(
    wish: LocalSizes,
    size_mm: float,
    curved: Sequence[SurfaceMesh],
    surface_of: Callable[[str], SurfaceMesh],
) -> tuple[SizeField, ...]:
    """The fields of a wish. curved: surfaces whose bends count; surface_of: the one of a name.

    Raises UsageError "usage.size_near", InputError "mesh.size_range" and what surface_of raises.
    """
    fields: list[SizeField] = [_near(n, size_mm, surface_of) for n in wish.near]
    if wish.per_radius is not None:
        least = LEAST_SHARE * size_mm if wish.least_mm is None else wish.least_mm
        fields += [curvature_size(s, wish.per_radius, least, size_mm) for s in curved]
    return tuple(fields)


def _near(near: Near, size_mm: float, surface_of: Callable[[str], SurfaceMesh]) -> Refinement:
    if not (0 < near.size_mm <= size_mm and 0 <= near.within_mm < np.inf):
        raise UsageError(
            "usage.size_near",
            f"Edges of {near.size_mm:g} mm within {near.within_mm:g} mm of {near.place} do not fit the "
            f"general size of {size_mm:g} mm.",
            hint="Give a size above 0 and not above --size, and a distance of 0 mm or more.",
            where="--size-near",
        )
    points = place_points(near.place, near.size_mm)
    at = to_surface(_surface(near.place, surface_of)) if points is None else points
    return Refinement(at, near.size_mm, near.within_mm)


def require_reached(
    wish: LocalSizes, fields: Sequence[SizeField], body_mm: FloatArray, size_mm: float
) -> None:
    """Raises UsageError "usage.size_near" for a place so far from the body that no element would be smaller.

    fields: of `size_fields`; body_mm: (n, 3) places all over the body, LPS mm.
    """
    for near, field in zip(wish.near, fields, strict=False):  # those of curvature follow
        away = (float(field(body_mm).min()) - near.size_mm) / Refinement.growth  # beyond `within_mm`
        if away > size_mm / Refinement.growth:
            raise UsageError(
                "usage.size_near",
                f"The body ends {near.within_mm + away:.0f} mm from {near.place}: edges that grow by "
                f"{Refinement.growth:g} mm a mm would be no smaller there than {size_mm:g} mm.",
                hint="Check the place: LPS mm, or a segment or surface that lies at the body.",
                where="--size-near",
            )


def _surface(name: str, surface_of: Callable[[str], SurfaceMesh]) -> SurfaceMesh:
    try:
        return surface_of(name)
    except SurgiTwinError as error:
        raise UsageError(
            "usage.size_near",
            f"{name} is no place: {error.message}",
            hint="Give x,y,z in LPS mm, x,y,z/x,y,z for a line, or the name of a segment or surface file.",
            where="--size-near",
        ) from error


def place_points(place: str, size_mm: float) -> FloatArray | None:
    """(n, 3) points of "x,y,z" or "x,y,z/x,y,z" with steps of `LINE_STEP` sizes; None for other words."""
    try:
        ends = np.array([[float(v) for v in p.split(",")] for p in place.split("/")])
    except ValueError:
        return None
    if ends.shape not in ((1, 3), (2, 3)) or not np.isfinite(ends).all():
        return None
    length = float(np.linalg.norm(ends[-1] - ends[0]))
    share = np.linspace(0, 1, max(2, int(np.ceil(length / (LINE_STEP * size_mm))) + 1))[:, None]
    out: FloatArray = ends[0] + share * (ends[-1] - ends[0]) if len(ends) == 2 else ends
    return out


def other_surface(name: str) -> SurfaceMesh:
    """The surface of a file in LPS mm, of which the distance counts. Raises as `read_surface_file`."""
    return read_surface_file(Path(name), unit="mm", frame="lps").mesh


def points_within(surface: SurfaceMesh) -> FloatArray:
    """(n, 3) points spread evenly in a closed surface, the same at each call."""
    low, high = surface.points_mm.min(axis=0), surface.points_mm.max(axis=0)
    points = np.random.default_rng(0).uniform(low, high, (SAMPLES, 3))
    out: FloatArray = points[point_distance(points, surface) < 0]
    return out
