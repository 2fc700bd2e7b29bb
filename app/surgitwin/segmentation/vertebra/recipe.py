"""The recipe "vertebra": one click in a vertebral body to the whole vertebra, with clicks that correct it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import LabelMap, Segment, Volume
from surgitwin.core.progress import Progress
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.presets import Preset
from surgitwin.segmentation.recipe import Note, Points, Segmented, StepDone
from surgitwin.segmentation.vertebra import checks
from surgitwin.segmentation.vertebra.body import Body, coarse_bodies, fine_body
from surgitwin.segmentation.vertebra.bone import edge_level, quiet
from surgitwin.segmentation.vertebra.corrections import Corrections, read_corrections
from surgitwin.segmentation.vertebra.field import Field, Lattice, around, lattice
from surgitwin.segmentation.vertebra.neighbours import PAST_PLATE_MM, find_seeds
from surgitwin.segmentation.vertebra.outline import kept_open, may_be, solid
from surgitwin.segmentation.vertebra.pose import Pose, Wall, agreed_plates, clipped, find_pose, posterior_wall
from surgitwin.segmentation.vertebra.race import speed_of, travel_time

CROP_MM = 95.0
"""Numerical setting: half width of the part of the image that is read; holds any vertebra from its body."""

EXTENT_MM = ((-60.0, 60.0), (-32.0, 78.0), (-58.0, 58.0))
"""Numerical settings: left, posterior and superior extent of the local lattice round the body's middle:
half the
span of lumbar transverse processes (50 mm at most), the spinous process, and one neighbour either way."""

NEAR_MM = 62.0
"""Numerical setting: half width of the part in which the body and its plane of symmetry are sought."""

FIELD_SMOOTH_MM, CALM_MM = 0.7, 1.5
"""Numerical setting: smoothing of the image along rays (half a voxel of a coarse spine CT)."""

TRIED, AGREEING = 3, 5
"""Numerical setting: so many of the best coarse surfaces get a fine pass; the one best seen is kept.
So many of them say together where the end plates are."""

WALL_SLACK_MM = 0.3
"""Numerical setting: half of the lattice's blur, kept behind the plane of the posterior wall."""

RIM_MM = 4.0
"""Numerical setting: bone of the vertebra this far outside the smooth surface of the body and before its
posterior wall is its rim, not its arch (42 scraps on vertebra_ct before)."""

GAP_MM = 1.3
"""Numerical setting: half of the joint space that is left between bone of two vertebrae where the image's
blur
hides it (cartilage of two facets, 2 to 3 mm together, general anatomy)."""


@dataclass
class _Clock:
    """Steps as they ran."""

    steps: list[StepDone] = field(default_factory=list)
    since: float = field(default_factory=time.perf_counter)

    def done(self, title: str, used: Mapping[str, float], voxels: int | None = None) -> None:
        now = time.perf_counter()
        self.steps.append(StepDone(title, now - self.since, dict(used), voxels))
        self.since = now


def run(volume: Volume, preset: Preset, points: Points, progress: Progress) -> Segmented:
    """The vertebra round the click "vertebra".

    volume: CT in HU with a known scale. points: "vertebra" (3,) LPS mm inside the vertebral body; "inside"
    and "outside" (n, 3) LPS mm, optional, on what is missing and on what does not belong.

    Segments: "vertebra"; with `split_body` "vertebral_body" and "vertebral_arch" (all the rest, with its
    processes) instead.
    extra of the result: "body" (bool [k, j, i]), "frame" (4x4: local left, posterior, superior to LPS),
    "height_mm", "seen" (share 0..1 of the body's surface on a visible edge), "symmetry" (-1..1).

    Raises
    ------
    InputError: "segment.wrong_modality", "image.no_scale", "vertebra.click_outside", "vertebra.too_little".
    UsageError: "vertebra.no_click", "vertebra.bad_points", "vertebra.contradiction".
    GeometryError: "vertebra.no_body", "vertebra.no_end_plates".
    """
    checks.check_image(volume, preset)
    click = checks.the_click(volume, points)
    fixes = read_corrections(volume, points)
    clock = _Clock()
    progress("Finding the vertebral body", 0.0)
    image = around(volume, click, CROP_MM)
    body, pose = _find_body(image, click)
    clock.done("Vertebral body", {})
    progress("Reading the image round it", 0.3)
    at = lattice(pose.frame, EXTENT_MM, preset["lattice_mm"])
    hu = at.resample(image)
    wall = posterior_wall(hu, at.x, at.y, at.z, pose.height_mm, _back_of(body, pose))
    inner = body_mask(body, at, pose, wall)
    calm = quiet(hu, preset["noise_weight"])
    level = edge_level(calm, at.step, preset)
    bone = (calm > level) | inner
    checks.check_pedicles(bone, inner, at, pose, wall)
    clock.done("Bone", _used(preset, "bone_hu", "edge_share", "edge_max_hu", "noise_weight"), int(bone.sum()))
    progress("Separating it from its neighbours", 0.6)
    place = _Place(hu, bone, inner, at, pose, wall)
    share = _outlined(place, preset, fixes.none())
    clock.done("Neighbours", {}, int((share > 0.5).sum()))
    deep = fixes.deep(share, at)
    if deep.any:
        progress("Separating it again from what was clicked away", 0.8)
        share = _outlined(place, preset, deep)
    share = fixes.paint(share, at)
    whole = fixes.obeyed(at.back(share, volume.grid), volume.grid)
    of_body = at.back(at_body(body, at, pose, wall), volume.grid) & whole
    clock.done("Outline", _used(preset, "closing_mm", "marrow_mm"), int(whole.sum()))
    progress("Segmented", 1.0)
    notes = checks.notes(volume, whole, body, pose)
    return _result(volume, preset, whole, of_body, body, pose, clock, notes)


def _find_body(image: Field, click: FloatArray) -> tuple[Body, Pose]:
    close = image.part(click, NEAR_MM)
    smooth, calm = close.smoothed(FIELD_SMOOTH_MM), close.smoothed(CALM_MM)
    coarse = coarse_bodies(smooth, calm, click)
    plates = agreed_plates([c.star for c in coarse[:AGREEING]])
    coarse = [replace(c, star=clipped(c.star, plates)) for c in coarse[:TRIED]]
    tried = [(fine_body(smooth, calm, c), c) for c in coarse]
    fine, start = max(tried, key=lambda pair: pair[0].score)
    checks.check_body(image, fine, click)
    return fine, find_pose(smooth, start.star)


def _back_of(body: Body, pose: Pose) -> float:
    """y of the surface's hindmost part near the mid-plane: where the posterior wall is looked for."""
    local = pose.frame.from_lps(body.star.points)
    middle = (np.abs(local[:, 0]) < 10) & (np.abs(local[:, 2]) < 0.32 * pose.height_mm) & (local[:, 1] > 0)
    return float(np.median(local[middle, 1]))


def at_body(body: Body, at: Lattice, pose: Pose, wall: Wall) -> FloatArray:
    """Share 0..1 of the body on the lattice: before its posterior wall, within its surface or on its rims."""
    _, y, z = at.axes()
    inner = body_mask(body, at, pose, wall)
    near = ndi.distance_transform_edt(~inner) * at.step <= RIM_MM
    share: FloatArray = (inner | (near & (wall.behind(y, z) <= WALL_SLACK_MM))).astype(np.float32)
    return share


def body_mask(body: Body, at: Lattice, pose: Pose, wall: Wall) -> Mask:
    """Voxels of the lattice within the body's surface, between its end plates and before its posterior
    wall.
    """
    _, y, z = at.axes()
    points = at.frame.to_lps(at.points())
    mask: Mask = body.star.inside(points) & (wall.behind(y, z) <= WALL_SLACK_MM)
    for plate in (pose.upper, pose.lower):
        mask &= plate.beyond(points) < PAST_PLATE_MM
    return mask


@dataclass(frozen=True, eq=False)
class _Place:
    """HU, bone and body on the lattice [k, j, i], and how the vertebra lies in it."""

    hu: FloatArray
    bone: Mask
    body: Mask
    at: Lattice
    pose: Pose
    wall: Wall


def _outlined(place: _Place, preset: Preset, fixes: Corrections) -> FloatArray:
    """Share 0..1 of this vertebra on the lattice; `fixes` say which pieces are its own or a neighbour's."""
    inner, at, wall = place.body, place.at, place.wall
    mine, others = _divide(place, fixes)
    closed_off = others | ~may_be(inner, at, place.pose, wall)
    return solid(
        mine & ~closed_off,
        inner,
        closed_off & ~inner,
        kept_open(at, wall),
        at.step,
        preset["closing_mm"],
        preset["marrow_mm"],
    )


def _divide(place: _Place, fixes: Corrections) -> tuple[Mask, Mask]:
    """Bone of this vertebra, and bone of its neighbours."""
    hu, bone, body, at = place.hu, place.bone, place.body, place.at
    seeds = find_seeds(hu, bone, body, at, place.pose, place.wall)
    speed = speed_of(hu, at.step, body)
    more, less = fixes.seeds(at)
    mask = bone | more | seeds.bodies
    others = (seeds.above | seeds.below) & ~body
    mine = travel_time(speed, mask, (seeds.this & ~others | more) & ~less, at.step)
    theirs = travel_time(speed, mask, (others | less) & ~more, at.step)
    won: Mask = mask & np.isfinite(mine) & (mine <= theirs)
    lost: Mask = (mask & (theirs < mine)) | others
    apart = lost & bone & ~body & ~ndi.binary_dilation(less, iterations=2)
    lost |= (ndi.distance_transform_edt(~apart) * at.step <= GAP_MM) & ~more
    return (won & ~lost) | body, lost & ~body


def _used(preset: Preset, *names: str) -> dict[str, float]:
    return {n: preset[n] for n in names}


def _result(
    volume: Volume,
    preset: Preset,
    whole: Mask,
    of_body: Mask,
    body: Body,
    pose: Pose,
    clock: _Clock,
    notes: tuple[Note, ...],
) -> Segmented:
    table = {s.name: s for s in preset.segments}
    made: tuple[Segment, ...] = (table["vertebra"],)
    labels = np.where(whole, made[0].label, 0).astype(np.uint8)
    if preset["split_body"]:
        made = (table["vertebral_body"], table["vertebral_arch"])
        labels[whole] = np.where(of_body[whole], made[0].label, made[1].label)
    extra: dict[str, npt.NDArray[Any] | float | str] = {
        "body": of_body,
        "frame": pose.frame.matrix,
        "height_mm": pose.height_mm,
        "seen": body.seen,
        "symmetry": pose.symmetry,
    }
    return Segmented(LabelMap(labels, volume.grid, made), tuple(clock.steps), notes, extra)
