"""Cross-sections of the shaft: canal centre, inscribed canal radius and outer radius."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from surgitwin.anatomy.straight import SPACING_MM, StraightBone, straighten
from surgitwin.anatomy.types import CanalStation
from surgitwin.core.frame import Frame
from surgitwin.core.image import LabelMap

STEP_MM = 2.0


def canal_stations(
    labels: LabelMap, frame: Frame, bone: StraightBone, low: float, high: float
) -> tuple[CanalStation, ...]:
    """Stations every STEP_MM mm from height `low` to `high` in the bone frame.

    Where a section shows no canal its centre is that of the outline and its canal radius is 0.
    """
    canal_mask = labels.mask("femur_canal")
    canal = straighten(canal_mask, labels.grid, frame) if canal_mask.any() else None
    out = []
    for z in np.arange(low, high + 1e-9, STEP_MM):
        k = round((z - bone.low_mm[2]) / SPACING_MM)
        section = bone.inside[k]
        xy = np.argwhere(section)[:, ::-1] * SPACING_MM + bone.low_mm[:2]
        outer = float(np.sqrt(section.sum() * SPACING_MM**2 / np.pi))
        centre, radius = xy.mean(axis=0), 0.0
        if canal is not None:
            kc = round((z - canal.low_mm[2]) / SPACING_MM)
            if 0 <= kc < len(canal.distance) and canal.inside[kc].any():
                depth = ndi.distance_transform_edt(np.pad(canal.inside[kc], 1))[1:-1, 1:-1] * SPACING_MM
                at = np.argwhere(depth >= depth.max() - 1e-9).mean(axis=0)[::-1]
                centre, radius = at * SPACING_MM + canal.low_mm[:2], float(depth.max() - SPACING_MM / 2)
        out.append(CanalStation(float(z), centre, max(radius, 0.0), outer))
    return tuple(out)
