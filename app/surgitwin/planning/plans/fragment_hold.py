"""A fragment in the hand: what moves, in which directions, and its surfaces for the views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Frame, Plane
from surgitwin.core.image import LabelMap, Segment
from surgitwin.planning.plans.reduction import BODY, Fragment, ReductionAxes, check_segments
from surgitwin.scene.cut_handles import Cut
from surgitwin.scene.datasets import label_data, with_normals
from surgitwin.scene.handles import Gizmo, all_handles
from surgitwin.scene.model import BONE, Layer
from surgitwin.segmentation.fragment import fragment_mask

MOVING = (0.34, 0.71, 0.91)
"""Colour of the fragment in the hand: sky blue of Okabe and Ito, apart from bone for every reader."""
START_RADIUS_MM = 26.0
"""Radius at which the ends of the parting cut are held where the bone has no measured section."""


@dataclass(frozen=True, eq=False)
class HeldFragment:
    """axes: directions and pivot of the reduction. moving, rest: layers of the fragment and what stays."""

    fragment: Fragment
    axes: ReductionAxes
    volume_ml: float
    moving: tuple[Layer, ...]
    rest: tuple[Layer, ...]

    def gizmo(self, matrix: FloatArray) -> Gizmo:
        """Handles at the pivot, where the fragment is now; arrows stay in the bone's directions."""
        at = matrix[:3, :3] @ self.axes.pivot_mm + matrix[:3, 3]
        return Gizmo(at, self.axes.frame.axes, all_handles())


def hold_fragment(labels: LabelMap, fragment: Fragment, anatomy: FemurAnatomy | None) -> HeldFragment:
    """Take a fragment; for a worker (finds its voxels and their surfaces).

    The pivot is the cut's centre, or the fragment's middle without a cut. Raises UsageError
    "reduction.fragment", GeometryError "reduction.empty".
    """
    check_segments(labels, fragment)
    mask = fragment_mask(labels, fragment.segments, fragment.plane)
    rest = labels.mask(*fragment.segments) & ~mask
    middle = labels.grid.index_to_lps(np.argwhere(mask).mean(axis=0)[::-1])
    pivot = middle if fragment.plane is None else fragment.plane.point_mm
    voxel_ml = labels.grid.voxel_volume_mm3 / 1000
    return HeldFragment(
        fragment,
        reduction_axes(anatomy, pivot),
        float(mask.sum()) * voxel_ml,
        _layers(labels, mask, "fragment", MOVING, 1.0),
        _layers(labels, rest, "rest of the bone", BONE, 0.6),
    )


def reduction_axes(anatomy: FemurAnatomy | None, pivot_mm: FloatArray) -> ReductionAxes:
    """The bone's directions, or the body's before the bone is measured."""
    if anatomy is None:
        return ReductionAxes(Frame(np.zeros(3), BODY), "left", pivot_mm, measured=False)
    return ReductionAxes(anatomy.frame, anatomy.side, pivot_mm)


def parting_cut(point_mm: FloatArray, anatomy: FemurAnatomy | None) -> Cut:
    """The cut to begin with: across the shaft through a point."""
    if anatomy is None:
        up, radius = np.array([0.0, 0.0, 1.0]), START_RADIUS_MM
    else:
        up = anatomy.frame.axes[:, 2]
        z = float(anatomy.frame.from_lps(point_mm)[2])
        near = min(anatomy.stations, key=lambda s: abs(s.z_mm - z), default=None)
        radius = START_RADIUS_MM if near is None else near.outer_radius_mm + 8.0
    return Cut(Plane(point_mm, up), 0.0, radius, up, (0.0, 0.0))


def side_of(cut: Cut, below: bool) -> Plane:
    """The cut as a fragment's plane: its normal points into the fragment below or above it."""
    sign = -1.0 if below == (float(cut.plane.normal @ cut.along) > 0) else 1.0
    return Plane(cut.plane.point_mm, sign * np.asarray(cut.plane.normal))


def _layers(
    labels: LabelMap,
    mask: npt.NDArray[np.bool_],
    name: str,
    rgb: tuple[float, float, float],
    opacity: float,
) -> tuple[Layer, ...]:
    one = LabelMap(mask.astype(np.uint8), labels.grid, (Segment(1, name, "", rgb),))
    data = label_data(one, name)
    return (Layer(name, with_normals(data), rgb, opacity),) if data.n_points else ()
