"""What the segments of a label map measure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.ndimage as ndi

from surgitwin.core.image import LabelMap, Volume


@dataclass(frozen=True)
class SegmentStatistics:
    """One row of `segments` in contracts.md.

    mean, sd: of the values, in `unit` ("HU", "1" for an image without one); None for an empty segment.
    hu_mean, hu_sd: the same for an image in HU, None for any other.
    """

    name: str
    code: str
    voxels: int
    volume_ml: float
    hu_mean: float | None
    hu_sd: float | None
    mean: float | None
    sd: float | None
    unit: str
    touches_border: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)


def statistics(labels: LabelMap, volume: Volume) -> list[SegmentStatistics]:
    """Count, volume (ml), mean and standard deviation, and whether it touches the image border."""
    boxes = dict(enumerate(ndi.find_objects(labels.array, 255), start=1))
    voxel_ml = labels.grid.voxel_volume_mm3 / 1000
    out = []
    for segment in labels.segments:
        box = boxes[segment.label]
        inside = np.zeros(0) if box is None else volume.array[box][labels.array[box] == segment.label]
        at_face = box is not None and any(
            s.start == 0 or s.stop == n for s, n in zip(box, labels.array.shape, strict=True)
        )
        mean = float(inside.mean(dtype=np.float64)) if inside.size else None
        sd = float(inside.std(dtype=np.float64)) if inside.size else None
        out.append(
            SegmentStatistics(
                name=segment.name,
                code=segment.code,
                voxels=int(inside.size),
                volume_ml=float(inside.size * voxel_ml),
                hu_mean=mean if volume.unit == "HU" else None,
                hu_sd=sd if volume.unit == "HU" else None,
                mean=mean,
                sd=sd,
                unit=volume.unit or "1",
                touches_border=at_face,
            )
        )
    return out
