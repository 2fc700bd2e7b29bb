"""The body of a vertebra as a star-convex surface round a click: many starts, then one finer pass.

Method: shared "vessels-from-images.md" (star-convex body, cortical edge, spherical low-pass, 27 starts).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.arrays import FloatArray
from surgitwin.segmentation.vertebra.field import Field
from surgitwin.segmentation.vertebra.star import Directions, Star, agree, directions

COARSE_RAYS, FINE_RAYS = 700, 2500
"""Numerical settings: 8 and 4 degrees between rays, 3.5 and 1.8 mm on a body of 25 mm radius."""

REACH_MM = (6.0, 34.0)
"""Rays look here: from the half depth of an upper thoracic body to the half diagonal of a lumbar one."""

STEP_MM = 0.5
EDGE_SPAN = 3
"""Numerical settings: samples along a ray; an edge is the fall over 2 x 3 samples (3 mm, cortex and its
blur).
"""

FULL_EDGE_HU = 360.0
"""Numerical setting: a fall of more HU than this is no better an edge (metal, calcified disc)."""

CORTEX_HU = (140.0, 100.0)
"""Numerical settings: an edge needs a voxel of bone this dense just inside it (coarse, fine pass)."""

CROSSING = (0.35, 0.1)
"""Numerical settings: share of the edges already crossed that is taken off, so that the first one wins."""

STARTS_MM = ((-5.0, 0.0, 5.0), (-8.0, 0.0, 8.0), (-6.0, 0.0, 6.0))
"""Numerical settings: centres tried round the click along left, posterior, superior."""

COARSE_KERNEL_RAD, FINE_KERNELS_RAD = 0.18, (0.10, 0.05)
"""Numerical settings: how far neighbouring rays must agree (the spike's .18 rad; 4.5 and 1.3 mm in the
end).
"""

HOLD_COARSE, HOLD_FINE = (0.0, 0.9, 0.9), 2.0
"""Numerical settings: HU per mm squared that pull an edge back to the surface of the pass before."""

SCALE_COARSE_MM, SCALE_FINE_MM, FINE_REACH_MM = 2.0, 1.5, 3.0
"""Numerical settings: when a ray is an outlier, and how far the fine pass may leave the coarse surface."""

INSET_SHARE = 1 / 2
"""Numerical setting: the cortex of a body (0.3 to 0.5 mm) is thinner than a voxel, so its steepest fall
lies about
one width of the image's blur outside it; the surface is drawn in by this share of a voxel."""

SEEN_HU = 60.0
"""Numerical setting: a fall over 3 mm that counts as an edge seen, for the share of the surface on one."""


CROSSED_HU, CROSSED_MARGIN_MM, CROSSED_COST = 80.0, 4.0, 0.5
"""Numerical settings: a ray that falls by this much from a denser place before it is within the margin of the
surface has crossed an end plate or a wall (measured: 0.01 of the rays of a right surface, 0.07 to 0.25 of
those that
hold a disc or the canal); the share of such rays counts against a surface at this rate."""


@dataclass(frozen=True, eq=False)
class Body:
    """The surface, the share of it (0..1) on a visible edge, and the share of rays that cross one before
    it.
    """

    star: Star
    seen: float
    crossed: float

    @property
    def score(self) -> float:
        """How much it looks like a body; larger is better."""
        return self.seen - CROSSED_COST * self.crossed


def coarse_bodies(field: Field, calm: Field, click: FloatArray) -> list[Body]:
    """Surfaces grown from centres round `click` (3,) LPS mm, the best first.

    field, calm: HU, smoothed by about 0.7 and 1.5 mm.
    """
    rays = directions(COARSE_RAYS)
    offsets = np.stack(np.meshgrid(*STARTS_MM, indexing="ij"), -1).reshape(-1, 3)
    stars = [Star(click + o, np.full(COARSE_RAYS, np.nan), rays) for o in offsets]
    kernel = rays.kernel(COARSE_KERNEL_RAD)
    reach = np.arange(*REACH_MM, STEP_MM)
    for turn, hold in enumerate(HOLD_COARSE):
        centres = np.stack([s.centre for s in stars])
        score, fall = _edges(field, centres, rays, reach, CORTEX_HU[0], CROSSING[0])
        prior = np.stack([s.radii for s in stars])
        if hold:
            score = score - hold * (reach - prior[..., None]) ** 2
        best = score.argmax(-1)
        weight = np.take_along_axis(fall if hold else score, best[..., None], -1)[..., 0]
        radii = agree(reach[best], np.clip(weight, 0, 120) + 1, kernel, SCALE_COARSE_MM)
        stars = [Star(c, r, rays) for c, r in zip(centres, radii, strict=True)]
        if turn < len(HOLD_COARSE) - 1:
            stars = [s.recentred() for s in stars]
    return sorted((_rated(field, calm, s) for s in stars), key=lambda b: -b.score)


def fine_body(field: Field, calm: Field, coarse: Body) -> Body:
    """The surface on finer rays and with less smoothing, within FINE_REACH_MM of the coarse one."""
    star = coarse.star.recentred().on(directions(FINE_RAYS))
    offset = np.arange(-FINE_REACH_MM, FINE_REACH_MM + 1e-6, STEP_MM)
    margin = EDGE_SPAN * STEP_MM
    wide = np.arange(-FINE_REACH_MM - margin, FINE_REACH_MM + margin + 1e-6, STEP_MM)
    score, fall = _edges_near(field, star, wide)
    score, fall = score[:, EDGE_SPAN:-EDGE_SPAN], fall[:, EDGE_SPAN:-EDGE_SPAN]
    moved: FloatArray = np.zeros(FINE_RAYS)
    rows = np.arange(FINE_RAYS)
    for width in FINE_KERNELS_RAD:
        kernel = star.rays.kernel(width)
        for _ in range(2):
            best = (score - HOLD_FINE * (offset - moved[:, None]) ** 2).argmax(1)
            weight = np.clip(fall[rows, best], 0, 120) + 1
            moved = agree(offset[best], weight, kernel, SCALE_FINE_MM)
    inset = INSET_SHARE * float(field.grid.spacing_mm.mean())
    fine = Star(star.centre, np.maximum(star.radii + moved - inset, 1.0), star.rays)
    return _rated(field, calm, fine)


def _rated(field: Field, calm: Field, star: Star) -> Body:
    return Body(star, _share_seen(field, star), _share_crossed(calm, star))


def _share_crossed(calm: Field, star: Star) -> float:
    reach = np.linspace(0, 1, 40) * np.maximum(star.radii - CROSSED_MARGIN_MM, 0)[:, None]
    hu = calm.at(star.centre + star.rays.unit[:, None] * reach[..., None])
    fall = np.maximum.accumulate(hu, axis=1) - hu
    return float((fall.max(axis=1) > CROSSED_HU).mean())


def _edges(
    field: Field, centres: FloatArray, rays: Directions, reach: FloatArray, cortex_hu: float, crossing: float
) -> tuple[FloatArray, FloatArray]:
    """Score and fall (starts, rays, reach) of an edge at every sample of every ray."""
    points = centres[:, None, None] + rays.unit[None, :, None] * reach[None, None, :, None]
    return _rate(field.at(points), cortex_hu, crossing)


def _edges_near(field: Field, star: Star, offset: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = star.centre + star.rays.unit[:, None] * (star.radii[:, None] + offset)[..., None]
    return _rate(field.at(points), CORTEX_HU[1], CROSSING[1])


def _rate(hu: FloatArray, cortex_hu: float, crossing: float) -> tuple[FloatArray, FloatArray]:
    fall = np.zeros_like(hu)
    fall[..., EDGE_SPAN:-EDGE_SPAN] = hu[..., : -2 * EDGE_SPAN] - hu[..., 2 * EDGE_SPAN :]
    fall = np.clip(fall, 0, FULL_EDGE_HU) / 3
    peak = ndi.maximum_filter1d(hu, 2 * EDGE_SPAN + 1, axis=-1)
    score = fall * (peak > cortex_hu)
    crossed = np.cumsum(fall, -1) / 6
    score[..., EDGE_SPAN + 1 :] -= crossing * crossed[..., : -EDGE_SPAN - 1]
    return score, fall


def _share_seen(field: Field, star: Star) -> float:
    def at(offset: float) -> FloatArray:
        return field.at(star.centre + star.rays.unit * (star.radii + offset)[:, None])

    fall = np.maximum(at(-1.5), at(-0.5)) - at(1.5)
    return float((fall > SEEN_HU).mean())
