"""What a registration is: a transform between two images of one patient, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, content_hash, readonly

Kind = Literal["rigid", "affine"]
KINDS: tuple[Kind, ...] = ("rigid", "affine")
Begin = Literal["auto", "scanner", "centres", "moments"]
BEGINS: dict[Begin, str] = {
    "auto": "Try all of them",
    "scanner": "Where the scanner says they lie",
    "centres": "Middle of the image on middle",
    "moments": "Centre of mass on centre of mass",
}
"""Where the search begins without landmarks and without a transform, in words for a person."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Landmarks that stand for the same places: fixed_mm, moving_mm (n, 3) LPS of either image."""

    fixed_mm: FloatArray
    moving_mm: FloatArray
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("fixed_mm", "moving_mm"):
            value = readonly(getattr(self, name), np.float64)
            if value.ndim != 2 or value.shape[1] != 3 or not np.isfinite(value).all():
                raise ValueError(f"Pairs.{name} must be (n, 3) and finite")
            object.__setattr__(self, name, value)
        if self.fixed_mm.shape != self.moving_mm.shape:
            raise ValueError("as many landmarks in one image as in the other")

    def __len__(self) -> int:
        return len(self.fixed_mm)


@dataclass(frozen=True)
class ErrorEstimate:
    """How far the registration may be off, mm, at the points that it was estimated at.

    target_p95_mm: 95 % of the compared region lie nearer to their true place than this, in 95 % of the
    phantoms that it was calibrated on (`estimate.target_p95`,
    tests/benchmarks/bench_registration_error.py); None without the way back.
    spread_*: over runs from other starts and other samples of the voxels that ended as well as the best, None
    without such a run.
    inverse_p95: forth and back by a registration the other way round, None when it was not made.
    landmark_rms: of the pairs (fiducial registration error); landmark_left_out: root mean square of each pair
    under the transform of the others (target registration error), None under four pairs.
    A small figure says that runs agree, not that the images show the same place.
    """

    spread_median_mm: float | None
    spread_p95_mm: float | None
    inverse_p95_mm: float | None = None
    landmark_rms_mm: float | None = None
    landmark_left_out_mm: float | None = None
    runs: int = 0
    agreeing: int = 0
    target_p95_mm: float | None = None


@dataclass(frozen=True, eq=False)
class Registration:
    """matrix: 4x4, takes LPS points of the moving image to LPS points of the fixed one.

    metric: name of what was maximised; before, after: its value at the start and at the end.
    overlap: share of the fixed region that the moving image covers. settings: all that was set.
    """

    matrix: FloatArray
    kind: Kind
    metric: str
    before: float
    after: float
    overlap: float
    error: ErrorEstimate
    warnings: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        matrix = readonly(self.matrix, np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError("Registration.matrix must be 4x4 and finite")
        object.__setattr__(self, "matrix", matrix)

    def points(self, moving_mm: npt.ArrayLike) -> FloatArray:
        """(..., 3) LPS points of the moving image where they lie in the fixed one."""
        out: FloatArray = np.asarray(moving_mm, float) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return out

    @property
    def hash(self) -> str:
        """Hash of the transform."""
        return content_hash(self.matrix, self.kind)
