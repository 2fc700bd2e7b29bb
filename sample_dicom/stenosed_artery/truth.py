"""The truth that stands beside the images: plain values for JSON, LPS mm."""

from __future__ import annotations

from typing import Any

import numpy as np

from stenosed_artery.shape import BRANCH_AT, Array, ArteryShape
from surgitwin.core.arrays import content_hash
from surgitwin.core.image import Volume

STEP_MM = 0.5
CLICK_INSET_MM = 7.0


def clicks(shape: ArteryShape, axes: Array, centre: Array) -> dict[str, list[float]]:
    """Start and end on the centre line, with the flow, inside the image."""
    half = shape.parameters.length_mm / 2 - CLICK_INSET_MM
    ends = {"start": -half, "end": half}
    return {name: [round(v, 3) for v in shape.at(s, "points") @ axes.T + centre] for name, s in ends.items()}


def truth_record(
    shape: ArteryShape, axes: Array, centre: Array, volume: Volume, volumes: dict[str, float]
) -> dict[str, Any]:
    """Everything that a test wants to know. volumes mm3: counted on the sub-points of the sampling."""
    p = shape.parameters
    half = p.length_mm / 2
    s = np.arange(-half, half + 1e-9, STEP_MM)
    throat, reference = 2 * float(shape.at(0.0, "radius")), 2 * float(shape.at(0.0, "reference"))
    record: dict[str, Any] = {
        "note": "SYNTHETIC, NOT FOR CLINICAL USE",
        "units": "mm, LPS, HU; s rises with the flow, 0 at the throat",
        "s_mm": s.tolist(),
        "centreline_mm": (shape.at(s, "points") @ axes.T + centre).tolist(),
        "radius_mm": shape.at(s, "radius").tolist(),
        "reference_radius_mm": shape.at(s, "reference").tolist(),
        "lesion": {
            "start_mm": -p.lesion_half_mm,
            "throat_mm": 0.0,
            "end_mm": p.lesion_half_mm,
            "min_diameter_mm": throat,
            "reference_mm": reference,
            "diameter_percent": 100 * (1 - throat / reference),
            "area_percent": 100 * (1 - (throat / reference) ** 2),
        },
        "volumes_mm3": volumes,
        "clicks": clicks(shape, axes, centre),
        "lumen_HU": p.lumen_HU,
        "calcium_HU": p.calcium_HU,
        "noise_HU": p.noise_HU,
        "fwhm_mm": p.fwhm_mm,
        "affine_ijk_to_lps": volume.grid.affine.tolist(),
        "shape_kji": list(volume.grid.shape),
        "pixel_hash": content_hash(volume.array),
    }
    if p.branch:
        origin, direction, radius = shape.branch
        record["branch"] = {
            "s_mm": BRANCH_AT,
            "origin_mm": (origin @ axes.T + centre).tolist(),
            "direction": (direction @ axes.T).tolist(),
            "diameter_mm": 2 * radius,
        }
    return record
