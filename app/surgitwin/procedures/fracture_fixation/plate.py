"""Placing a lateral locking plate: pose by least squares on the lateral cortex, screws by ray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
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


LEAST_HITS = 6
"""A plane is fitted to at least so many points under the plate (numerical setting)."""
INSIDE_MM = 3.0
"""A plate whose middle is nearer to the shaft's axis has no side from its place (numerical setting)."""
SHORTEST_LINE_MM = 20.0
"""The shaft's direction is taken over at least this length (numerical setting)."""


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


def fit_plate(
    site: Site, item: PlateItem, middle_z_mm: float, standoff_mm: float, out_deg: float = 0.0
) -> FloatArray:
    """Pose (4x4 to LPS) of a plate whose middle lies at `middle_z_mm`, on the side `out_deg`.

    out_deg: direction from the shaft to the plate, degrees from lateral towards the front.

    The plate follows the bone's centreline in the view from `out_deg`; its face starts as the
    least-squares plane through the cortex under the middle half of its width, is tilted about its short
    axis until its largest distance to the bone at a hole is smallest, and stands off so that its smallest
    distance to the bone is `standoff_mm`. A plate that was fitted is found again at the same height and
    `out_deg` (`place_of`).

    Raises GeometryError ("adjust.no_bone") when no bone lies under the plate.
    """
    work = facing(site, out_deg)
    half = item.length_mm / 2
    slope, offset = centreline(site, middle_z_mm - half, middle_z_mm + half)
    across_bone = site.anatomy.frame.vector_from_lps(work.axes[:, 1])
    slope_y, y0 = float(slope @ across_bone), float(offset @ across_bone)
    along = np.linspace(-half, half, max(int(item.length_mm / 4), 8))
    across = np.linspace(-item.width_mm / 4, item.width_mm / 4, 5)
    v, u = (a.ravel() for a in np.meshgrid(along, across, indexing="ij"))
    z_axis = np.array([0.0, slope_y, 1.0]) / np.hypot(1, slope_y)
    y_axis = np.array([0.0, 1.0, -slope_y]) / np.hypot(1, slope_y)
    middle = np.array([0.0, y0 + slope_y * middle_z_mm, middle_z_mm])
    feet = middle + v[:, None] * z_axis + u[:, None] * y_axis
    x = _hits(site, work, feet)
    found = np.isfinite(x)
    if found.sum() < LEAST_HITS:
        raise _no_bone(item)
    design = np.column_stack([np.ones(found.sum()), v[found], u[found]])
    (x0, tilt, twist), *_ = np.linalg.lstsq(design, x[found], rcond=None)
    axes = _axes(z_axis + np.array([tilt, 0.0, 0.0]), y_axis + np.array([twist, 0.0, 0.0]))
    start = Frame(work.to_lps(middle + np.array([x0, 0.0, 0.0])), work.axes @ axes)
    away = work.axes[:, 0]
    best = _best_tilt(site, item, start, standoff_mm, away)
    turned = Frame(start.origin_mm, start.axes @ rotation_about([0, 1, 0], best))
    return Frame(_stand_off(site, turned, face_points(item), standoff_mm, away), turned.axes).matrix


def place_of(site: Site, item: PlateItem, pose: FloatArray) -> tuple[float, float]:
    """Height (mm, bone frame) of a plate's middle, and the direction (degrees from lateral towards the
    front) in which it lies from the shaft; a plate inside the shaft counts as where its outer face looks."""
    frame = site.anatomy.frame
    at = frame.from_lps(pose[:3, 3])
    slope, offset = centreline(site, at[2] - item.length_mm / 2, at[2] + item.length_mm / 2)
    out = (at - offset - slope * at[2])[:2]
    if np.hypot(*out) < INSIDE_MM:
        out = frame.vector_from_lps(pose[:3, 0])[:2]
    return float(at[2]), float(np.degrees(np.arctan2(out[1], site.lateral * out[0])))


def facing(site: Site, out_deg: float) -> Frame:
    """The bone frame turned about its z axis so that x points to `out_deg` (from lateral to the front)."""
    angle = np.radians(out_deg)
    x = np.array([site.lateral * np.cos(angle), np.sin(angle), 0.0])
    axes = np.column_stack([x, np.cross([0.0, 0.0, 1.0], x), [0.0, 0.0, 1.0]])
    return Frame(site.anatomy.frame.origin_mm, site.anatomy.frame.axes @ axes)


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


def centreline(site: Site, low_z: float, high_z: float) -> tuple[FloatArray, FloatArray]:
    """Slope (3,) and offset (3,) over z of the shaft's centres between two heights, bone frame (z: 0).

    Centres next to the lesser trochanter are left out: its bulge shifts them, not the shaft.
    """
    t = site.station_table()
    top = min(high_z, t[-1, 0], site.trochanter_z_mm - TROCHANTER_MM)
    low = min(max(low_z, t[0, 0]), top - SHORTEST_LINE_MM)
    z = np.linspace(low, top, 30)
    lines = [np.polyfit(z, np.interp(z, t[:, 0], t[:, n]), 1) for n in (1, 2)]
    return (
        np.array([lines[0][0], lines[1][0], 0.0]),
        np.array([lines[0][1], lines[1][1], 0.0]),
    )


def _hits(site: Site, work: Frame, feet: FloatArray) -> FloatArray:
    """(n,) x in `work` where rays from outside first meet the bone; NaN where they do not or where they
    start in bone (sphere tracing)."""
    x = np.full(len(feet), START_OUTSIDE_MM)
    points = feet.copy()
    points[:, 0] = x
    in_bone = site.outline(work.to_lps(points)) < 0
    for _ in range(60):
        points[:, 0] = x
        distance = site.outline(work.to_lps(points))
        if np.all((distance < 0.05) | (x < -START_OUTSIDE_MM)):
            break
        x -= np.maximum(distance, 0.0)
    x[(distance > 0.5) | (x < -START_OUTSIDE_MM) | in_bone] = np.nan
    return x


def _axes(z_local: FloatArray, across: FloatArray) -> FloatArray:
    """Right-handed axes (columns): z as given, x square to the face and pointing outwards (x > 0)."""
    z = z_local / np.linalg.norm(z_local)
    x = np.cross(across, z)
    x *= np.sign(x[0]) / np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])


def _best_tilt(site: Site, item: PlateItem, start: Frame, standoff_mm: float, away: FloatArray) -> float:
    """Rotation (rad) about the plate's y axis that makes its largest distance at a hole smallest."""
    points = face_points(item, COARSE_MM)
    holes = np.array([[0, 0, item.hole_z_mm(n)] for n in range(1, item.n_holes + 1)], float)

    def largest(angle: float) -> float:
        frame = Frame(start.origin_mm, start.axes @ rotation_about([0, 1, 0], angle))
        frame = Frame(_stand_off(site, frame, points, standoff_mm, away), frame.axes)
        return float(site.outline(frame.to_lps(holes)).max())

    angles = np.linspace(-TILT_RAD, TILT_RAD, 13)
    middle = float(angles[int(np.argmin([largest(a) for a in angles]))])
    step = float(angles[1] - angles[0])
    fine = np.linspace(middle - step, middle + step, 9)
    return float(fine[int(np.argmin([largest(a) for a in fine]))])


def _stand_off(
    site: Site, plate: Frame, points: FloatArray, standoff_mm: float, away: FloatArray
) -> FloatArray:
    """Origin of the plate moved along `away` (3,) until its nearest point is `standoff_mm` from the bone."""
    lps = plate.to_lps(points)
    shift = 0.0
    for _ in range(20):
        step = standoff_mm - float(site.outline(lps + shift * away).min())
        shift += step
        if abs(step) < 0.005:
            break
    return plate.origin_mm + shift * away


def _no_bone(item: PlateItem) -> GeometryError:
    return GeometryError(
        "adjust.no_bone",
        f"There is no bone under the {item.title.lower()} here.",
        hint="Move the plate back to the shaft.",
        where=item.id,
    )


def face_points(item: PlateItem, step_mm: float = 1.5) -> FloatArray:
    """(n, 3) points on the plate's bone-facing face and side faces, in the plate's frame."""
    z = np.linspace(-item.length_mm / 2, item.length_mm / 2, int(item.length_mm / step_mm) + 2)
    y = np.linspace(-item.width_mm / 2, item.width_mm / 2, int(item.width_mm / step_mm) + 2)
    face = np.stack(np.meshgrid([0.0], y, z, indexing="ij"), -1).reshape(-1, 3)
    x = np.linspace(0, item.thickness_mm, 4)
    sides = np.stack(np.meshgrid(x, [y[0], y[-1]], z, indexing="ij"), -1).reshape(-1, 3)
    return np.vstack([face, sides])
