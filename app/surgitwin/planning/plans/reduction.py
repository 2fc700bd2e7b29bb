"""Which fragment is reduced and how it is moved, as plain values in a surgeon's directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import UsageError
from surgitwin.core.frame import Frame, Plane, Side, anatomical_to_frame, frame_to_anatomical, medial_sign
from surgitwin.core.image import LabelMap

BONE_SEGMENTS = ("femur", "femur_canal")
"""A fragment cut off by a plane is made of these."""
RIGID_TOLERANCE = 1e-6
NOTE = (
    "A fragment was reduced: densities in it, above all next to the fracture, are interpolated from the "
    "image, not measured."
)


@dataclass(frozen=True, eq=False)
class Fragment:
    """What moves: `segments` (names), and of them what lies on the side of the plane's normal, if given."""

    segments: tuple[str, ...] = BONE_SEGMENTS
    plane: Plane | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        plane = self.plane
        at = None if plane is None else {"point_mm": plane.point_mm.tolist(), "normal": plane.normal.tolist()}
        return {"segments": list(self.segments), "plane": at}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fragment:
        """Inverse of `as_dict`; UsageError "reduction.fragment" naming what is wrong."""
        try:
            plane = data.get("plane")
            at = None if plane is None else Plane(np.array(plane["point_mm"], float), plane["normal"])
            return cls(tuple(str(s) for s in data["segments"]), at)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                "reduction.fragment",
                f"The fragment cannot be read: {type(error).__name__} {error}.",
                hint="It needs segments (names) and a plane (point_mm, normal) or none.",
                where="fragment",
            ) from None


@dataclass(frozen=True, eq=False)
class ReductionAxes:
    """Directions in which a reduction is given, about pivot_mm (3,) LPS.

    measured: `frame` is the bone frame of a femur of `side`; else it is the body's (x right, y front, z up).
    """

    frame: Frame
    side: Side
    pivot_mm: FloatArray
    measured: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "pivot_mm", readonly(self.pivot_mm, np.float64))

    @property
    def move_words(self) -> tuple[str, str, str]:
        """Positive directions of the three shifts."""
        return ("inwards (medial)", "forwards", "up the shaft") if self.measured else ("right", "front", "up")

    @property
    def turn_words(self) -> tuple[str, str, str]:
        """What positive turns do."""
        inner = "inwards (varus)" if self.measured else "to the right"
        return (
            "lower end backwards",
            f"lower end {inner}",
            "front to the " + ("inner side" if self.measured else "right"),
        )


BODY = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class BoneMotion:
    """A rigid motion in `ReductionAxes`. mm: shift (inwards, forwards, up). degrees: turns of the fragment
    about the pivot: lower end backwards, lower end inwards, front inwards; the last one is done first."""

    mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def matrix(self, axes: ReductionAxes) -> FloatArray:
        """4x4, LPS."""
        x, y, z = np.radians(self.degrees)
        sign = medial_sign(axes.side)
        local = Rotation.from_euler("XYZ", [-x, -sign * y, -sign * z]).as_matrix()
        out = np.eye(4)
        out[:3, :3] = axes.frame.axes @ local @ axes.frame.axes.T
        shift = axes.frame.vector_to_lps(anatomical_to_frame(self.mm, axes.side))
        out[:3, 3] = axes.pivot_mm + shift - out[:3, :3] @ axes.pivot_mm
        return out

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike, axes: ReductionAxes) -> BoneMotion:
        """Inverse of `matrix` (turns within 90 degrees sideways)."""
        m = rigid(matrix)
        shift = m[:3, :3] @ axes.pivot_mm + m[:3, 3] - axes.pivot_mm
        mm = frame_to_anatomical(axes.frame.vector_from_lps(shift), axes.side)
        local = axes.frame.axes.T @ m[:3, :3] @ axes.frame.axes
        x, y, z = Rotation.from_matrix(local).as_euler("XYZ", degrees=True)
        sign = medial_sign(axes.side)
        a, b, c = (float(v) + 0.0 for v in mm)
        return cls((a, b, c), (-float(x), -sign * float(y), -sign * float(z)))


def rigid(matrix: npt.ArrayLike) -> FloatArray:
    """A 4x4 as floats. Raises UsageError "reduction.not_rigid" for anything but a turn and a shift."""
    m = np.asarray(matrix, float)
    r = m[:3, :3] if m.shape == (4, 4) else np.zeros((3, 3))
    good = (
        m.shape == (4, 4)
        and bool(np.isfinite(m).all())
        and np.allclose(m[3], (0, 0, 0, 1))
        and np.allclose(r.T @ r, np.eye(3), atol=RIGID_TOLERANCE)
        and np.linalg.det(r) > 0
    )
    if not good:
        raise UsageError(
            "reduction.not_rigid",
            "The motion of a fragment must be a 4x4 matrix that turns and shifts, without scale or mirror.",
            hint="Give a rotation matrix with a shift in mm (LPS).",
            where="matrix",
        )
    return m


def moved_words(matrix: npt.ArrayLike, centre_mm: npt.ArrayLike) -> str:
    """How far the fragment's middle went and by how much it was turned: "6.2 mm and 4.0 degrees"."""
    way, angle = moved(matrix, centre_mm)
    return f"{way:.1f} mm and {angle:.1f} degrees"


def moved(matrix: npt.ArrayLike, centre_mm: npt.ArrayLike) -> tuple[float, float]:
    """Way of the point `centre_mm` in mm and angle of the turn in degrees."""
    m, c = rigid(matrix), np.asarray(centre_mm, float)
    way = float(np.linalg.norm(m[:3, :3] @ c + m[:3, 3] - c))
    return way, float(np.degrees(Rotation.from_matrix(m[:3, :3]).magnitude()))


def check_segments(labels: LabelMap, fragment: Fragment) -> None:
    """UsageError "reduction.fragment" when it names no segment or an unknown one."""
    known = [s.name for s in labels.segments]
    wrong = [s for s in fragment.segments if s not in known]
    if wrong or not fragment.segments:
        raise UsageError(
            "reduction.fragment",
            f"There is no segment called {', '.join(wrong)}." if wrong else "The fragment names no segment.",
            hint=f"Segments of this case: {', '.join(known)}.",
            where="fragment",
        )


def reductions(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Reductions done, oldest first."""
    return list(state.get("reduction") or [])


def reduction_notes(state: Mapping[str, Any]) -> list[str]:
    """What the user must know about reductions, in sentences; [] without one."""
    notes = []
    for n, step in enumerate(reductions(state), 1):
        text = f"Fragment {n} was moved by {step['moved_mm']:.1f} mm and {step['turned_deg']:.1f} degrees."
        if step["overlap_mm3"] >= 1:
            text += f" It overlaps other bone by {step['overlap_mm3']:.0f} mm\u00b3."
        if step["lost_mm3"] >= 1:
            text += f" {step['lost_mm3'] / 1000:.1f} ml of it left the image."
        notes.append(text)
    return [*notes, NOTE] if notes else []
