"""The numbers that decide about an object: volume, what it overlaps, how near it comes, how deep it lies.

A segment is the union of its voxels, as painted. Definitions: packaging/docs/own_implants.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.objects.borders import Border, border_of, labels_at
from surgitwin.planning.objects.overlap import Overlap, overlap
from surgitwin.planning.objects.record import NOT_SIMULATED, OwnObject, placed_mesh

SAMPLES = 50_000
"""Numerical setting: at most about so many points stand for the surface of the object; their distance is in
the error that is stated."""

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""Numerical settings: sides of the cubes that thin too many points, as shares of the points' distance; the
finest that leaves `SAMPLES` is taken (the coarsest leaves about so many, whatever the body)."""

FINE = 1.0
"""Numerical setting: points on the surface are so many of the smallest voxel edges apart, when `SAMPLES`
allow it: four times as many take four times as long and lie within the same voxels."""

NEAREST = 1000
"""Numerical setting: so many points, those with the nearest (or deepest) centre of a face, are measured to
the
faces themselves. A point that is left out could change a distance by less than half a voxel's face."""

STEP_MM = 0.05
"""Numerical setting: steps along the long axis."""

Relation = Literal["apart", "crosses", "inside", "encloses"]


@dataclass(frozen=True)
class SegmentNumbers:
    """An object against one segment. overlap_mm3 with its error; share: of the object's volume.

    relation: "apart", "crosses" (its surface goes through the segment's), "inside" (it lies in the segment),
    "encloses" (the segment lies in it). distance_mm: least distance of the two surfaces, 0 where they cross,
    negative inside. depth_mm: deepest point of the object's surface in the segment, 0 when none is; None when
    the segment has no border in the image. distance_error_mm: of both. axis_mm: length of the object's long
    axis in the segment; None for a body without one.
    """

    name: str
    overlap_mm3: float
    overlap_error_mm3: float
    share: float
    relation: Relation
    distance_mm: float | None
    depth_mm: float | None
    distance_error_mm: float
    axis_mm: float | None


@dataclass(frozen=True)
class ObjectNumbers:
    """fault: why nothing more is told, then segments is empty. outside_mm3: part of it beyond the image.
    long_mm: length of its long axis."""

    volume_mm3: float | None
    fault: str
    segments: tuple[SegmentNumbers, ...] = ()
    outside_mm3: float | None = None
    long_mm: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for --json; mm and mm3."""
        return asdict(self) | {"segments": [asdict(s) for s in self.segments], "note": NOT_SIMULATED}


def measure_object(case: Case, own: OwnObject, progress: Progress = SILENT) -> ObjectNumbers:
    """The numbers of an object where it lies now. Raises InputError "image.no_scale"."""
    case.volume.require_scale()
    if own.fault:
        return ObjectNumbers(None, own.fault)
    if not case.state.get("labels"):
        return ObjectNumbers(own.volume_mm3, "")
    labels = case.labels
    body = placed_mesh(case, own)
    progress("Volumes in the segments", 0.1)
    volumes = overlap(body, labels)
    points, gap_mm = surface_points(body, FINE * float(labels.grid.spacing_mm.min()))
    at = labels_at(labels, points)
    direction = None if own.long_axis is None else own.matrix[:3, :3] @ np.array(own.long_axis)
    axis = None if direction is None else axis_points(body, direction)
    on_axis = None if axis is None else labels_at(labels, axis)
    rows = []
    for n, segment in enumerate(labels.segments):
        progress(f"Distance to {segment.name}", 0.3 + 0.7 * n / len(labels.segments))
        border = _border(case, labels, segment.label)
        row = _against(segment.name, segment.label, volumes, border, points, at == segment.label, gap_mm)
        if row is not None:
            length = None if on_axis is None else float((on_axis == segment.label).sum()) * STEP_MM
            rows.append(SegmentNumbers(**row, axis_mm=length))
    long_mm = None if axis is None else len(axis) * STEP_MM
    return ObjectNumbers(own.volume_mm3, "", tuple(rows), volumes.outside_mm3, long_mm)


def _border(case: Case, labels: LabelMap, label: int) -> Border | None:
    """The border, kept with the case until its labels change."""
    key = str(case.state["labels"]["hash"])
    out: Border | None = case.kept(f"border {label}", key, lambda: border_of(labels, label))
    return out


def _against(
    name: str, label: int, volumes: Overlap, border: Border | None, points: FloatArray, inside: Any,
    gap_mm: float,
) -> dict[str, Any] | None:  # fmt: skip
    """The row of one segment without its length; None for a segment without a voxel."""
    common = volumes.by_label.get(label, 0.0)
    if border is None and not common:
        return None
    relation, near, deep = _distances(border, points, inside, common > 0)
    half_voxel = 0.0 if border is None else float(np.linalg.norm(border.grid.spacing_mm)) / 2
    return {
        "name": name, "overlap_mm3": common, "overlap_error_mm3": volumes.error.get(label, 0.0),
        "share": common / volumes.volume_mm3, "relation": relation, "distance_mm": near, "depth_mm": deep,
        "distance_error_mm": half_voxel + gap_mm,
    }  # fmt: skip


def _distances(
    border: Border | None, points: FloatArray, inside: Any, common: bool
) -> tuple[Relation, float | None, float | None]:
    """Relation, least distance and greatest depth; the last two None without a border in the image."""
    if border is None:
        return ("inside" if inside.all() else "crosses"), None, None
    about, _ = border.tree.query(points)
    deep = 0.0
    if inside.any():
        far = _first(inside & (about >= about[inside].max() - border.reach_mm), -about)
        deep = float(border.exact(points[far], about[far]).max())
        if not inside.all():
            return "crosses", 0.0, deep
    close = _first(about <= about.min() + border.reach_mm, about)
    near = float(border.exact(points[close], about[close]).min())
    if inside.all():
        return "inside", -near, deep
    return ("encloses" if common else "apart"), near, 0.0


def _first(chosen: Any, value: FloatArray) -> IntArray:
    """Numbers of the chosen points, `NEAREST` at most, those with the smallest values."""
    rows = np.flatnonzero(chosen)
    if len(rows) <= NEAREST:
        return rows
    out: IntArray = rows[np.argpartition(value[rows], NEAREST)[:NEAREST]]
    return out


def surface_points(body: SurfaceMesh, apart_mm: float) -> tuple[FloatArray, float]:
    """Points on the surface (n, 3), and how far a place on it may lie from the nearest one, mm."""
    apart = max(apart_mm, float(np.sqrt(2 * body.area_mm2 / SAMPLES)))
    corners = body.points_mm[body.triangles]
    longest = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).max(axis=1)
    parts = np.ceil(longest / apart).astype(int)
    found = [body.points_mm]
    for n in np.unique(parts[parts > 1]):
        a, b = (v.ravel() for v in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
        weight = np.stack([a, b, n - a - b], axis=1)[a + b <= n] / n
        found.append(np.einsum("wc,tcx->twx", weight, corners[parts == n]).reshape(-1, 3))
    points, gap = np.concatenate(found), float((longest / np.maximum(parts, 1)).max()) / np.sqrt(3)
    if len(points) <= SAMPLES:
        return points, gap
    for share in SHARES:  # one for each cube that holds any; long thin triangles were split too finely across
        cube = np.floor((points - points.min(axis=0)) / (share * apart)).astype(np.int64)
        size = cube.max(axis=0) + 1
        _, first = np.unique((cube[:, 0] * size[1] + cube[:, 1]) * size[2] + cube[:, 2], return_index=True)
        if len(first) <= SAMPLES:
            break
    return points[first], gap + share * apart * float(np.sqrt(3))


def axis_points(body: SurfaceMesh, direction: FloatArray) -> FloatArray:
    """(n, 3) places `STEP_MM` apart on the line along `direction` through the centroid of a closed body, from
    its one end to its other."""
    a, b, c = (body.points_mm[body.triangles[:, n]] for n in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    centre = ((a + b + c) * volume[:, None]).sum(axis=0) / (4 * volume.sum())
    along = (body.points_mm - centre) @ direction
    count = int(np.ptp(along) / STEP_MM)
    out: FloatArray = centre + (along.min() + STEP_MM * (np.arange(count) + 0.5))[:, None] * direction
    return out
