"""What the segments of a label map measure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surgitwin.core.image import LabelMap, Volume


@dataclass(frozen=True)
class SegmentStatistics:
    """One row of `segments` in contracts.md. HU values are None for an empty segment."""

    name: str
    code: str
    voxels: int
    volume_ml: float
    hu_mean: float | None
    hu_sd: float | None
    touches_border: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)


def statistics(labels: LabelMap, volume: Volume) -> list[SegmentStatistics]:
    """Count, volume (ml), HU mean and standard deviation, and whether it touches the image border."""
    out = []
    for segment in labels.segments:
        mask = labels.array == segment.label
        hu = volume.array[mask]
        faces = [np.take(mask, end, axis).any() for axis in range(3) for end in (0, -1)]
        out.append(
            SegmentStatistics(
                name=segment.name,
                code=segment.code,
                voxels=int(hu.size),
                volume_ml=float(hu.size * labels.grid.voxel_volume_mm3 / 1000),
                hu_mean=float(hu.mean(dtype=np.float64)) if hu.size else None,
                hu_sd=float(hu.std(dtype=np.float64)) if hu.size else None,
                touches_border=bool(np.any(faces)),
            )
        )
    return out
