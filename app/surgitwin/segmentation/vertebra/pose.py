"""How a vertebra lies: its end plates, its axes (left, posterior, superior), its mid-plane and posterior
wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Frame
from surgitwin.segmentation.vertebra.field import Field
from surgitwin.segmentation.vertebra.star import Star

SUPERIOR = np.array([0.0, 0.0, 1.0])
POSTERIOR = np.array([0.0, 1.0, 0.0])
"""LPS: where the search for the vertebra's own axes begins (a patient lies within some 35 degrees of
them).
"""

WEDGE_DEG = 45.0
"""Numerical setting: end plates at a larger angle are no pair (Cobb angles within one vertebra stay
below).
"""

FLAT_MM, TRIPLES, LEAST_TRIANGLE_MM2 = 1.5, 300, 100.0
"""Numerical settings: how far an end plate leaves its plane (its hollow, half), planes tried through three
points of the surface, and least area (twice) of their triangle."""

TILT_DEG = 50.0
"""Numerical setting: an axis farther from the patient's is none of a spine in a lying patient (neck
included).
"""

BULGE_MM = 1.5
"""Numerical setting: a surface farther past the plane of an end plate than its rim has run into the disc."""

AGREED_SHARE = 0.3
"""Numerical setting: this share of the surfaces may lie further in."""

HEIGHT_MM = (8.0, 45.0)
"""Numerical settings: least and largest height of a body (an upper thoracic one is some 15 mm, L3 27 mm)."""

TURNS_DEG = np.arange(-32.0, 33.0, 4.0)
SHIFTS_MM = np.arange(-6.0, 7.0, 2.0)
"""Numerical settings: turns about the axis and sideways shifts tried for the plane of symmetry."""


@dataclass(frozen=True, eq=False)
class Plate:
    """An end plate as a plane: point (3,) and unit normal (3,) away from the body, LPS mm."""

    point: FloatArray
    normal: FloatArray

    def beyond(self, points: FloatArray) -> FloatArray:
        """(...) mm by which (..., 3) points lie outside the body, past this plate."""
        out: FloatArray = (points - self.point) @ self.normal
        return out


@dataclass(frozen=True, eq=False)
class Pose:
    """frame: origin halfway between the plates in the mid-plane; x left, y posterior, z superior (LPS mm).

    symmetry: correlation (-1..1) of the image with its mirror image.
    """

    frame: Frame
    upper: Plate
    lower: Plate
    height_mm: float
    symmetry: float


def find_pose(field: Field, star: Star) -> Pose:
    """The vertebra's frame from its body's surface and the mirror symmetry of the image round it.

    Raises GeometryError "vertebra.no_end_plates".
    """
    upper, lower = end_plates(star)
    axis = upper.normal - lower.normal
    axis /= np.linalg.norm(axis)
    height = float((upper.point - lower.point) @ axis)
    wedge = np.degrees(np.arccos(np.clip(-upper.normal @ lower.normal, -1, 1)))
    upright = axis[2] > np.cos(np.radians(TILT_DEG))
    if wedge > WEDGE_DEG or not upright or not HEIGHT_MM[0] <= height <= HEIGHT_MM[1]:
        raise GeometryError(
            "vertebra.no_end_plates",
            f"No pair of end plates lies round the click: the best planes are {height:.0f} mm apart, "
            f"at {wedge:.0f} degrees, and tilted by {np.degrees(np.arccos(axis[2])):.0f} degrees.",
            hint="Click in the middle of the vertebral body, between its end plates.",
            where="vertebra",
        )
    middle = 0.5 * (upper.point + lower.point)
    origin = star.centre + ((middle - star.centre) @ axis) * axis
    symmetry, axes, shift = _mirror(field, origin, axis)
    return Pose(Frame(origin + shift * axes[:, 0], axes), upper, lower, height, symmetry)


def clipped(star: Star, plates: tuple[Plate, Plate]) -> Star:
    """The surface drawn back to the end plates' planes where it bulges past one by more than BULGE_MM."""
    radii = star.radii.copy()
    for plate in plates:
        slope = star.rays.unit @ plate.normal
        room = -float(plate.beyond(star.centre[None])[0])
        bulged = (slope * radii - room > BULGE_MM) & (slope > 0)
        radii[bulged] = room / slope[bulged]
    return Star(star.centre, np.maximum(radii, 1.0), star.rays)


def agreed_plates(stars: Sequence[Star]) -> tuple[Plate, Plate]:
    """End plates of the surface that most of `stars` agree to lie within.

    A surface that misses a plate runs into the disc, never the other way; starts seldom miss at one place.
    """
    whole = [s.recentred() for s in stars]
    centre = np.median([s.centre for s in whole], axis=0)
    radii = np.quantile([s.seen_from(centre).radii for s in stars], AGREED_SHARE, axis=0)
    return end_plates(Star(centre, radii, stars[0].rays))


def end_plates(star: Star) -> tuple[Plate, Plate]:
    """Upper and lower plate: planes through the surface's caps, the axis refined with them."""
    axis = SUPERIOR
    surface = star.rays.unit * star.radii[:, None]
    for _ in range(4):
        plates = [_plate(star, surface, axis * sign) for sign in (1.0, -1.0)]
        axis = plates[0].normal - plates[1].normal
        axis = axis / np.linalg.norm(axis)
    return plates[0], plates[1]


def _plate(star: Star, surface: FloatArray, out: FloatArray) -> Plate:
    along = star.rays.unit @ out
    aside = np.linalg.norm(surface - np.outer(surface @ out, out), axis=1)
    waist = np.median(aside[np.abs(along) < 0.3])
    cap = surface[(along > 0.5) & (aside < 0.75 * waist)]
    weight = _weight(cap, *_first_plane(cap, out))
    for _ in range(5):
        mean = (cap * weight[:, None]).sum(0) / weight.sum()
        spread = ((cap - mean) * weight[:, None]).T @ (cap - mean)
        normal = np.linalg.eigh(spread)[1][:, 0]
        normal = normal * np.sign(normal @ out)
        weight = _weight(cap, mean, normal)
    return Plate(star.centre + mean, normal)


def _weight(cap: FloatArray, point: FloatArray, normal: FloatArray) -> FloatArray:
    out: FloatArray = 1 / (1 + (((cap - point) @ normal) / FLAT_MM) ** 2)
    return out


def _first_plane(cap: FloatArray, out: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Point and normal of the plane through three points of the cap that most of it lies near: a bulge into
    the disc on one side does not tilt it.
    """
    three = cap[np.random.default_rng(0).integers(0, len(cap), (TRIPLES, 3))]
    normals = np.cross(three[:, 1] - three[:, 0], three[:, 2] - three[:, 0])
    length = np.linalg.norm(normals, axis=1)
    normals = normals / np.maximum(length, 1e-9)[:, None]
    normals *= np.sign(normals @ out)[:, None]
    off = np.einsum("nd,nd->n", three[:, 0], normals)
    near = (1 / (1 + ((cap @ normals.T - off) / FLAT_MM) ** 2)).sum(0)
    near[(length < LEAST_TRIANGLE_MM2) | (normals @ out < np.cos(np.radians(WEDGE_DEG)))] = -1
    best = int(near.argmax())
    return three[best, 0], normals[best]


def _axes(axis: FloatArray, posterior: FloatArray) -> FloatArray:
    y = posterior - (posterior @ axis) * axis
    y = y / np.linalg.norm(y)
    return np.stack([np.cross(y, axis), y, axis], 1)


def _mirror(field: Field, origin: FloatArray, axis: FloatArray) -> tuple[float, FloatArray, float]:
    """Correlation, axes (columns) and sideways shift of the best plane of symmetry that holds `axis`."""
    half = np.arange(1.0, 42.0, 2.0), np.arange(-26.0, 52.0, 2.0), np.arange(-14.0, 15.0, 4.0)
    x, y, z = np.meshgrid(*half, indexing="ij")
    both = np.stack([np.stack([x, y, z], -1), np.stack([-x, y, z], -1)])
    start = _axes(axis, POSTERIOR)

    def rate(turn_deg: float, shift: float) -> tuple[float, FloatArray]:
        turn = np.radians(turn_deg)
        axes = _axes(axis, np.cos(turn) * start[:, 1] + np.sin(turn) * start[:, 0])
        left, right = np.clip(field.at(origin + shift * axes[:, 0] + both @ axes.T), -150, 500)
        return float(np.corrcoef(left.ravel(), right.ravel())[0, 1]), axes

    pairs = [(t, s) for t in TURNS_DEG for s in SHIFTS_MM]
    for step_deg, step_mm in ((2.0, 1.0), (1.0, 0.5), (0.0, 0.0)):
        best = max(pairs, key=lambda p: rate(*p)[0])
        pairs = [(best[0] + a, best[1] + b) for a in (-step_deg, 0, step_deg) for b in (-step_mm, 0, step_mm)]
    symmetry, axes = rate(*best)
    return symmetry, axes, best[1]


@dataclass(frozen=True)
class Wall:
    """The posterior wall as a plane y = y_mm + slope * z in the vertebra's frame, and its mean fall in HU."""

    y_mm: float
    slope: float
    fall_hu: float

    def behind(self, y: FloatArray, z: FloatArray) -> FloatArray:
        """mm behind the wall, towards the canal."""
        return y - (self.y_mm + self.slope * z)


WALL_HALF_MM = 10.0
WALL_SHARE = 0.32
"""Numerical settings: the wall is sought this far either side of the mid-plane (between the pedicles) and
over
this share of the height above and below the middle (away from the end plates' rims)."""


def posterior_wall(
    hu: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray, height: float, near: float
) -> Wall:
    """The plane with the largest fall from body to canal within 8 mm of y = `near`.

    hu: [k, j, i] in the vertebra's frame; x, y, z: (n,) mm, equal steps; height: of the body in mm.
    """
    step = float(y[1] - y[0])
    span = max(round(1.5 / step), 1)
    columns, rows = np.abs(x) < WALL_HALF_MM, np.abs(z) < WALL_SHARE * height
    part = ndi.gaussian_filter(hu[rows], 1 / step)[:, :, columns]
    fall = np.zeros_like(part)
    fall[:, span:-span] = np.clip(part[:, : -2 * span] - part[:, 2 * span :], -100, 200)
    profile = fall.mean(2)
    level = np.arange(len(profile))
    best = Wall(near, 0.0, -np.inf)
    for at in np.arange(near - 8, near + 8.1, 0.5):
        for slope in np.tan(np.radians(np.arange(-12.0, 13.0, 3.0))):
            where = (at + slope * z[rows] - y[0]) / step
            value = float(ndi.map_coordinates(profile, [level, where], order=1, mode="nearest").mean())
            if value > best.fall_hu:
                best = Wall(float(at), float(slope), value)
    return best
