"""Places and angles in the bone's own directions: what a surgeon reads and types instead of a matrix.

Heights are millimetres below the lesser trochanter, sideways places are medial and to the front of the
shaft's axis, tilts are those that one sees in the front and in the side view. Left and right read alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.frame import Plane, anatomical_to_frame, frame_to_anatomical
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import NailItem, item

STEEPEST_DEG = 80.0
"""A steeper tilt is none: the direction is then better given as another one (numerical setting)."""

Reference = Literal["plate", "nail"]


@dataclass(frozen=True)
class PoseNumbers:
    """An implant's place as numbers (mm, degrees).

    below_mm: below the lesser trochanter, of the plate's middle or the nail's top. medial_mm, anterior_mm:
    from the shaft's axis. tilt_front_deg: as seen from in front, positive when its upper end leans
    medially. tilt_side_deg: as seen from the side, positive when it leans to the front. turn_deg: about
    the shaft, 0 for a plate on the lateral side and a nail whose bow looks to the front, positive when
    the lateral side goes to the front.
    """

    below_mm: float
    medial_mm: float
    anterior_mm: float
    tilt_front_deg: float
    tilt_side_deg: float
    turn_deg: float


@dataclass(frozen=True)
class PlaneNumbers:
    """A fracture plane as numbers: below_mm under the lesser trochanter, along the shaft. tilt_front_deg:
    positive when its medial side is higher; tilt_side_deg: positive when its front is higher."""

    below_mm: float
    tilt_front_deg: float
    tilt_side_deg: float


def lesser_z(anatomy: FemurAnatomy) -> float:
    """Height of the lesser trochanter in the bone frame, mm."""
    return float(anatomy.frame.from_lps(anatomy.landmarks["lesser_trochanter"].point_mm)[2])


def below_lesser(anatomy: FemurAnatomy, point_lps: FloatArray) -> float:
    """How far (mm) a point lies below the lesser trochanter, along the shaft."""
    return lesser_z(anatomy) - float(anatomy.frame.from_lps(point_lps)[2])


def shaft_centre(anatomy: FemurAnatomy, below_mm: float) -> FloatArray:
    """(3,) LPS: the middle of the canal `below_mm` under the lesser trochanter; beyond the measured
    sections the last one's middle."""
    z = lesser_z(anatomy) - below_mm
    rows = sorted((s.z_mm, *s.centre_mm) for s in anatomy.stations)
    heights = [r[0] for r in rows]
    x, y = (float(np.interp(z, heights, [r[n] for r in rows])) for n in (1, 2))
    return anatomy.frame.to_lps([x, y, z])


def shaft_range(anatomy: FemurAnatomy) -> tuple[float, float]:
    """Least and largest distance (mm) below the lesser trochanter of the modelled shaft."""
    return 0.0, max(below_lesser(anatomy, anatomy.distal_cut.point_mm), 0.0)


def anatomical(anatomy: FemurAnatomy, vector_lps: FloatArray) -> FloatArray:
    """(3,) medial, anterior and proximal parts of an LPS vector."""
    return frame_to_anatomical(anatomy.frame.vector_from_lps(vector_lps), anatomy.side)


def from_anatomical(anatomy: FemurAnatomy, medial_anterior_proximal: FloatArray) -> FloatArray:
    """(3,) LPS vector of medial, anterior and proximal parts."""
    return anatomy.frame.vector_to_lps(anatomical_to_frame(medial_anterior_proximal, anatomy.side))


def plane_numbers(anatomy: FemurAnatomy, plane: Plane) -> PlaneNumbers:
    """Numbers of a plane whose normal points proximally (or distally: the same plane)."""
    m, a, p = anatomical(anatomy, plane.normal)
    front, side = (float(np.degrees(np.arctan(-v / p))) if abs(p) > 1e-9 else 90.0 for v in (m, a))
    return PlaneNumbers(below_lesser(anatomy, plane.point_mm), front, side)


def plane_from(anatomy: FemurAnatomy, numbers: PlaneNumbers) -> Plane:
    """The plane through the middle of the canal at a height; UsageError "plan.tilt" when too steep."""
    _check_tilts(numbers.tilt_front_deg, numbers.tilt_side_deg)
    front, side = np.tan(np.radians([numbers.tilt_front_deg, numbers.tilt_side_deg]))
    normal = from_anatomical(anatomy, np.array([-front, -side, 1.0]))
    return Plane(shaft_centre(anatomy, numbers.below_mm), normal)


def pose_numbers(anatomy: FemurAnatomy, placed: PlacedImplant) -> PoseNumbers:
    """Numbers of a placed plate or nail."""
    pose = placed.pose
    at = anatomical(anatomy, pose[:3, 3] - anatomy.frame.origin_mm)
    m, a, p = anatomical(anatomy, pose[:3, 2])
    axis, neutral = _reference(placed.catalogue_id)
    out = anatomical(anatomy, pose[:3, axis])
    turn = float(np.degrees(np.arctan2(out[1], -out[0]))) - neutral
    return PoseNumbers(
        below_lesser(anatomy, pose[:3, 3]),
        float(at[0]),
        float(at[1]),
        float(np.degrees(np.arctan2(m, p))),
        float(np.degrees(np.arctan2(a, p))),
        (turn + 180.0) % 360.0 - 180.0,
    )


def pose_from(anatomy: FemurAnatomy, catalogue_id: str, numbers: PoseNumbers) -> FloatArray:
    """Pose (4x4 to LPS) of numbers, inverse of `pose_numbers`; UsageError "plan.tilt" when too steep."""
    _check_tilts(numbers.tilt_front_deg, numbers.tilt_side_deg)
    tilts = np.tan(np.radians([numbers.tilt_front_deg, numbers.tilt_side_deg]))
    z = from_anatomical(anatomy, np.array([*tilts, 1.0]))
    z /= np.linalg.norm(z)
    axis, neutral = _reference(catalogue_id)
    angle = np.radians(numbers.turn_deg + neutral)
    flat = from_anatomical(anatomy, np.array([-np.cos(angle), np.sin(angle), 0.0]))
    up = anatomy.frame.axes[:, 2]
    out = flat - (flat @ z) / (up @ z) * up
    out /= np.linalg.norm(out)
    x, y = (out, np.cross(z, out)) if axis == 0 else (np.cross(out, z), out)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([x, y, z])
    height = lesser_z(anatomy) - numbers.below_mm
    local = anatomical_to_frame([numbers.medial_mm, numbers.anterior_mm, height], anatomy.side)
    pose[:3, 3] = anatomy.frame.to_lps(local)
    return pose


def _reference(catalogue_id: str) -> tuple[int, float]:
    """The implant's axis that tells its turn, and where that axis looks at a turn of 0 (degrees from
    lateral to the front): a plate's outer face laterally, a nail's y axis to the front."""
    return (1, 90.0) if isinstance(item(catalogue_id), NailItem) else (0, 0.0)


def _check_tilts(*degrees: float) -> None:
    if not all(abs(d) <= STEEPEST_DEG for d in degrees):
        raise UsageError(
            "plan.tilt",
            f"A tilt of {max(degrees, key=abs):.0f} degrees is steeper than {STEEPEST_DEG:g}.",
            hint="Choose a smaller angle.",
        )
