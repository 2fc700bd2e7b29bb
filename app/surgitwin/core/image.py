"""Images: the grid that ties voxels to the patient, volumes of numbers, and label maps.

Arrays are indexed [k, j, i] (slice, row, column); `ImageGrid` is the one place that turns indices
into LPS millimetres. Its affine takes (i, j, k), as in DICOM PS3.3 C.7.6.2.1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, content_hash, readonly
from surgitwin.core.errors import InputError


@dataclass(frozen=True, eq=False)
class ImageGrid:
    """Regular grid of voxel centres.

    shape: (nk, nj, ni). origin_mm: LPS centre of voxel 0. spacing_mm: (si, sj, sk).
    direction: (3, 3), columns are the unit directions of i, j, k in LPS (may be left-handed).
    """

    shape: tuple[int, int, int]
    origin_mm: FloatArray
    spacing_mm: FloatArray
    direction: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        for name, shape in (("origin_mm", (3,)), ("spacing_mm", (3,)), ("direction", (3, 3))):
            value = readonly(getattr(self, name), np.float64)
            if value.shape != shape or not np.isfinite(value).all():
                raise ValueError(f"ImageGrid.{name} must be finite and of shape {shape}")
            object.__setattr__(self, name, value)
        if (self.spacing_mm <= 0).any():
            raise ValueError("ImageGrid.spacing_mm must be positive")

    @property
    def affine(self) -> FloatArray:
        """4x4, homogeneous (i, j, k) to LPS mm."""
        m = np.eye(4)
        m[:3, :3] = self.direction * self.spacing_mm
        m[:3, 3] = self.origin_mm
        return m

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    def index_to_lps(self, ijk: npt.ArrayLike) -> FloatArray:
        """(..., 3) continuous (i, j, k) to LPS mm."""
        m = self.affine
        out: FloatArray = np.asarray(ijk, float) @ m[:3, :3].T + m[:3, 3]
        return out

    def lps_to_index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """(..., 3) LPS mm to continuous (i, j, k)."""
        inverse = np.linalg.inv(self.affine)
        out: FloatArray = np.asarray(points_mm, float) @ inverse[:3, :3].T + inverse[:3, 3]
        return out


@dataclass(frozen=True, eq=False)
class Volume:
    """One image: array [k, j, i] in `unit` ("HU" for CT), its grid and what the header told.

    scale_known: False when nobody could say what the grid's lengths mean in mm; then no length, area, volume,
    mesh or simulation may be given (`require_scale`).
    """

    array: npt.NDArray[Any]
    grid: ImageGrid
    modality: str = "CT"
    unit: str = "HU"
    meta: Mapping[str, Any] = field(default_factory=dict)
    scale_known: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", readonly(self.array))
        if self.array.shape != self.grid.shape:
            raise ValueError(f"array {self.array.shape} does not fit grid {self.grid.shape}")

    @property
    def unit_text(self) -> str:
        """The unit as it stands behind a value, "" where values have none (MR)."""
        return "" if self.unit == "1" else self.unit

    @property
    def hash(self) -> str:
        """Hash of voxels and grid."""
        return content_hash(self.array, self.grid)

    def require_scale(self) -> None:
        """Raise InputError "image.no_scale" unless lengths of this image are millimetres."""
        if not self.scale_known:
            raise InputError(
                "image.no_scale",
                "Nobody could say how long a voxel of this image is in mm, so nothing can be measured on it.",
                hint="Import it again and give its voxel size in mm, or use it to look at only.",
                where="spacing",
            )


@dataclass(frozen=True)
class Segment:
    """One entry of a label map; `code` is the SNOMED CT code value, `rgb` 0..1."""

    label: int
    name: str
    code: str
    rgb: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class LabelMap:
    """Labels uint8 [k, j, i] (0 is background) on the grid of their image, with their meaning."""

    array: npt.NDArray[np.uint8]
    grid: ImageGrid
    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", readonly(self.array, np.uint8))
        if self.array.shape != self.grid.shape:
            raise ValueError(f"labels {self.array.shape} do not fit grid {self.grid.shape}")

    def segment(self, name: str) -> Segment:
        """The segment called `name`; KeyError when there is none."""
        for s in self.segments:
            if s.name == name:
                return s
        raise KeyError(name)

    def mask(self, *names: str) -> npt.NDArray[np.bool_]:
        """Boolean [k, j, i]: voxels of the named segments together."""
        labels = [self.segment(n).label for n in names]
        out: npt.NDArray[np.bool_] = np.isin(self.array, labels)
        return out

    @property
    def hash(self) -> str:
        """Hash of labels, grid and meaning."""
        return content_hash(self.array, self.grid, self.segments)
