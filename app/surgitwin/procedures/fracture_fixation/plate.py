"""Placing a lateral locking plate: pose by least squares on the lateral cortex, screws by ray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, rotation_about
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import PlateItem, screw
from surgitwin.procedures.fracture_fixation.options import limit
from surgitwin.procedures.fracture_fixation.site import Site

START_OUTSIDE_MM = 90.0
"""Rays start this far lateral of the shaft's axis: wider than any femur (numerical setting)."""

TILT_RAD = float(np.radians(9.0))
COARSE_MM = 3.0
"""Range of the search for the plate's tilt and point spacing in it: numerical settings."""
TROCHANTER_MM = 15.0
"""The shaft counts as a tube from this far below the lesser trochanter (about half of its height)."""


@dataclass(frozen=True)
class Pattern:
    """Holes proximal and distal of the fracture, and the numbers of the filled ones."""

    proximal: int
    distal: int
    filled: tuple[int, ...]


def patterns(n_holes: int, per_side: int) -> Iterator[Pattern]:
    """Ways to lay a plate over the fracture: most even first, at least three holes on each side."""
    for shift in range(n_holes):
        for proximal in sorted({(n_holes + shift + 1) // 2, (n_holes - shift) // 2}):
            distal = n_holes - proximal
            if abs(proximal - distal) == shift and min(proximal, distal) >= 3:
                filled = (
                    *(proximal + 1 - k for k in _filled(proximal, per_side)),
                    *(proximal + k for k in _filled(distal, per_side)),
                )
                yield Pattern(proximal, distal, tuple(sorted(filled)))


def fit_plate(site: Site, item: PlateItem, middle_z_mm: float, standoff_mm: float) -> FloatArray:
    """Pose (4x4 to LPS) of a plate whose middle lies at `middle_z_mm`, on the lateral side.

    The plate follows the bone's centreline in the side view; its face starts as the least-squares
    plane through the lateral cortex under the middle half of its width, is tilted in the front view
    until its largest distance to the bone at a hole is smallest, and stands off so that its smallest
    distance to the bone is `standoff_mm`.
    """
    half = item.length_mm / 2
    slope_y, y0 = _centreline(site, middle_z_mm - half, middle_z_mm + half)
    along = np.linspace(-half, half, max(int(item.length_mm / 4), 8))
    across = np.linspace(-item.width_mm / 4, item.width_mm / 4, 5)
    v, u = (a.ravel() for a in np.meshgrid(along, across, indexing="ij"))
    z_axis = np.array([0.0, slope_y, 1.0]) / np.hypot(1, slope_y)
    y_axis = np.array([0.0, 1.0, -slope_y]) / np.hypot(1, slope_y)
    middle = np.array([0.0, y0 + slope_y * middle_z_mm, middle_z_mm])
    feet = middle + v[:, None] * z_axis + u[:, None] * y_axis
    x = _lateral_hits(site, feet)
    found = np.isfinite(x)
    design = np.column_stack([np.ones(found.sum()), v[found], u[found]])
    (x0, tilt, twist), *_ = np.linalg.lstsq(design, x[found], rcond=None)
    z_local = z_axis + np.array([tilt, 0.0, 0.0])
    across_local = y_axis + np.array([twist, 0.0, 0.0])
    axes = _axes(z_local, across_local, site.lateral)
    origin = middle + np.array([x0, 0.0, 0.0])
    frame = site.anatomy.frame
    start = Frame(frame.to_lps(origin), frame.axes @ axes)
    best = _best_tilt(site, item, start, standoff_mm)
    turned = Frame(start.origin_mm, start.axes @ rotation_about([0, 1, 0], best))
    return Frame(_stand_off(site, turned, face_points(item), standoff_mm), turned.axes).matrix


def with_screws(site: Site, item: PlateItem, pose: FloatArray, holes: tuple[int, ...]) -> PlacedImplant:
    """The plate with bicortical screws in `holes`, each of the next catalogue length.

    A hole under which the far cortex is out of reach gets the longest screw; the checks say so.
    """
    chosen = screw(item.screw)
    lengths = []
    for number in holes:
        exit_mm = far_cortex(site, item, pose, number, chosen.lengths_mm[-1] + 40)
        wanted = np.inf if exit_mm is None else exit_mm + limit("tip_past_cortex")
        lengths.append(chosen.snap_up(wanted) or chosen.lengths_mm[-1])
    return PlacedImplant(
        item.id, pose, {"screw": chosen.id, "holes": list(holes), "lengths_mm": [float(x) for x in lengths]}
    )


def far_cortex(site: Site, item: PlateItem, pose: FloatArray, number: int, reach_mm: float) -> float | None:
    """Distance from the plate's outer face to where the screw of a hole leaves the far cortex.

    None when it meets no bone or does not leave it within `reach_mm`.
    """
    frame = Frame.from_matrix(pose)
    start = frame.to_lps([item.thickness_mm, 0, item.hole_z_mm(number)])
    entries, exits = site.outline.crossings(start, frame.vector_to_lps([-1.0, 0, 0]), reach_mm)
    return float(exits[0]) if len(entries) and len(exits) else None


def middle_z(site: Site, item: PlateItem, pattern: Pattern, fracture_z_mm: float) -> float:
    """Height of the plate's middle that puts the fracture midway between its neighbouring holes."""
    return fracture_z_mm + item.pitch_mm / 2 - item.hole_z_mm(pattern.proximal)


def _filled(holes: int, per_side: int) -> list[int]:
    """Holes to fill on one side, counted from the fracture: the nearest stays empty when enough remain
    (working length), the outermost is always filled, the rest is spread evenly."""
    first = 2 if holes > 3 else 1
    free = holes - first + 1
    count = min(per_side, free)
    return sorted({round(k) for k in np.linspace(first, holes, count)})


def _centreline(site: Site, low_z: float, high_z: float) -> tuple[float, float]:
    """Slope and offset of y over z of the shaft's centres between two heights.

    Centres next to the lesser trochanter are left out: its bulge shifts them, not the shaft.
    """
    t = site.station_table()
    top = min(high_z, t[-1, 0], site.trochanter_z_mm - TROCHANTER_MM)
    z = np.linspace(max(low_z, t[0, 0]), top, 30)
    slope, offset = np.polyfit(z, np.interp(z, t[:, 0], t[:, 2]), 1)
    return float(slope), float(offset)


def _lateral_hits(site: Site, feet: FloatArray) -> FloatArray:
    """(n,) frame x where rays from lateral first meet the bone; NaN where they do not (sphere tracing)."""
    x = np.full(len(feet), START_OUTSIDE_MM)
    points = feet.copy()
    for _ in range(60):
        points[:, 0] = site.lateral * x
        distance = site.outline.in_frame(points)
        if np.all((distance < 0.05) | (x < -START_OUTSIDE_MM)):
            break
        x -= np.maximum(distance, 0.0)
    x[(distance > 0.5) | (x < -START_OUTSIDE_MM)] = np.nan
    return site.lateral * x


def _axes(z_local: FloatArray, across: FloatArray, lateral: float) -> FloatArray:
    """Right-handed axes (columns): z as given, x square to the face and pointing laterally."""
    z = z_local / np.linalg.norm(z_local)
    x = np.cross(across, z)
    x *= np.sign(x[0]) * lateral / np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])


def _best_tilt(site: Site, item: PlateItem, start: Frame, standoff_mm: float) -> float:
    """Rotation (rad) about the plate's y axis that makes its largest distance at a hole smallest."""
    points = face_points(item, COARSE_MM)
    holes = np.array([[0, 0, item.hole_z_mm(n)] for n in range(1, item.n_holes + 1)], float)

    def largest(angle: float) -> float:
        frame = Frame(start.origin_mm, start.axes @ rotation_about([0, 1, 0], angle))
        frame = Frame(_stand_off(site, frame, points, standoff_mm), frame.axes)
        return float(site.outline(frame.to_lps(holes)).max())

    angles = np.linspace(-TILT_RAD, TILT_RAD, 13)
    middle = float(angles[int(np.argmin([largest(a) for a in angles]))])
    step = float(angles[1] - angles[0])
    fine = np.linspace(middle - step, middle + step, 9)
    return float(fine[int(np.argmin([largest(a) for a in fine]))])


def _stand_off(site: Site, plate: Frame, points: FloatArray, standoff_mm: float) -> FloatArray:
    """Origin of the plate moved along its x until its nearest point is `standoff_mm` from the bone."""
    lps, away = plate.to_lps(points), plate.axes[:, 0]
    shift = 0.0
    for _ in range(20):
        step = standoff_mm - float(site.outline(lps + shift * away).min())
        shift += step
        if abs(step) < 0.005:
            break
    return plate.origin_mm + shift * away


def face_points(item: PlateItem, step_mm: float = 1.5) -> FloatArray:
    """(n, 3) points on the plate's bone-facing face and side faces, in the plate's frame."""
    z = np.linspace(-item.length_mm / 2, item.length_mm / 2, int(item.length_mm / step_mm) + 2)
    y = np.linspace(-item.width_mm / 2, item.width_mm / 2, int(item.width_mm / step_mm) + 2)
    face = np.stack(np.meshgrid([0.0], y, z, indexing="ij"), -1).reshape(-1, 3)
    x = np.linspace(0, item.thickness_mm, 4)
    sides = np.stack(np.meshgrid(x, [y[0], y[-1]], z, indexing="ij"), -1).reshape(-1, 3)
    return np.vstack([face, sides])
