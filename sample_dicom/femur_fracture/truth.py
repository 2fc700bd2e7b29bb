"""The truth that stands beside the images: plain values for JSON, LPS mm."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from femur_fracture import femur_material as material
from femur_fracture import femur_shape as shape
from femur_fracture.parameters import PhantomParameters
from femur_fracture.placement import direction_to_lps, to_lps
from surgitwin.core.arrays import content_hash
from surgitwin.core.frame import Frame
from surgitwin.core.image import LabelMap, Volume

_STATION_STEP_MM, _SECTION_PIXEL_MM, _SECTION_HALF_MM = 10.0, 0.2, 40.0


@cache
def stations() -> list[dict[str, float]]:
    """Canal and outer radii of sections square to the shaft axis, measured on 0.2 mm pixels.

    canal_radius_mm: largest circle inside the endosteal outline; canal_mean_radius_mm and
    outer_radius_mm: circle of equal area.
    """
    axis = np.arange(-_SECTION_HALF_MM, _SECTION_HALF_MM, _SECTION_PIXEL_MM, dtype=np.float32)
    m, a = (v.ravel() for v in np.meshgrid(axis, axis, indexing="ij"))
    out = []
    for z in np.arange(-250.0, -9.0, _STATION_STEP_MM):
        q = (m, a + shape.centre_anterior(z), np.full(m.size, z, np.float32))
        sample = material.sample_femur(q)
        inner = (sample.inside & ~sample.cortex).reshape(axis.size, axis.size)
        distance = distance_transform_edt(inner) * _SECTION_PIXEL_MM
        best = np.unravel_index(distance.argmax(), distance.shape)
        out.append(
            {
                "z_mm": float(z),
                "centre_medial_mm": float(axis[best[0]]),
                "centre_anterior_mm": float(axis[best[1]] + shape.centre_anterior(z)),
                "canal_radius_mm": float(distance.max() - _SECTION_PIXEL_MM / 2),
                "canal_mean_radius_mm": float(np.sqrt(inner.sum() * _SECTION_PIXEL_MM**2 / np.pi)),
                "outer_radius_mm": float(np.sqrt(sample.inside.sum() * _SECTION_PIXEL_MM**2 / np.pi)),
            }
        )
    return out


def landmarks(parameters: PhantomParameters) -> dict[str, list[float]]:
    """Named points, LPS mm."""
    points = {
        "head_centre": shape.HEAD_CENTRE,
        "lesser_trochanter": shape.LESSER_TROCHANTER,
        "greater_trochanter_tip": shape.GREATER_TROCHANTER_TIP,
        "neck_root": shape.NECK_ROOT,
        "isthmus": np.array([0.0, shape.centre_anterior(shape.ISTHMUS), shape.ISTHMUS]),
        "medial_condyle_centre": np.asarray(shape.MEDIAL_CONDYLE),
        "lateral_condyle_centre": np.asarray(shape.LATERAL_CONDYLE),
        "medial_condyle_distal": shape.condyle_point("medial", (0, 0, -1)),
        "lateral_condyle_distal": shape.condyle_point("lateral", (0, 0, -1)),
        "medial_condyle_posterior": shape.condyle_point("medial", (0, -1, 0)),
        "lateral_condyle_posterior": shape.condyle_point("lateral", (0, -1, 0)),
    }
    return {name: to_lps(p, parameters).tolist() for name, p in points.items()}


def _bounds(labels: LabelMap) -> dict[str, list[float]]:
    k, j, i = np.nonzero(labels.mask("femur", "femur_canal"))
    low = labels.grid.index_to_lps(np.array([i.min(), j.min(), k.min()]) - 0.5)
    high = labels.grid.index_to_lps(np.array([i.max(), j.max(), k.max()]) + 0.5)
    return {"low_mm": low.tolist(), "high_mm": high.tolist()}


def truth_record(
    parameters: PhantomParameters,
    frame: Frame,
    volume: Volume,
    labels: LabelMap,
    volumes_mm3: dict[str, float],
) -> dict[str, Any]:
    """Everything a test wants to know. volumes_mm3: counted on the sub-points of the sampling."""
    axis: npt.NDArray[Any] = direction_to_lps((0, 0, 1), parameters)
    ends = to_lps(
        [[0, 0, shape.BOW_APEX - shape.FIT_HALF], [0, 0, shape.BOW_APEX + shape.FIT_HALF]], parameters
    )
    return {
        "note": "SYNTHETIC, NOT FOR CLINICAL USE",
        "units": "mm, LPS, HU, degrees",
        "side": parameters.side,
        "landmarks": landmarks(parameters),
        "head_radius_mm": shape.HEAD_RADIUS,
        "length_mm": shape.LENGTH,
        "frame": {"origin_mm": frame.origin_mm.tolist(), "matrix": frame.matrix.tolist()},
        "shaft_axis": {
            "point_mm": frame.origin_mm.tolist(),
            "direction": axis.tolist(),
            "ends_mm": ends.tolist(),
        },
        "neck_axis": {
            "point_mm": to_lps(shape.NECK_ROOT, parameters).tolist(),
            "direction": direction_to_lps(shape.NECK_AXIS, parameters).tolist(),
        },
        "neck_shaft_angle_deg": shape.NECK_SHAFT_DEG,
        "torsion_deg": shape.TORSION_DEG,
        "bow_radius_mm": shape.BOW_RADIUS,
        "stations": stations(),
        "volumes_mm3": volumes_mm3,
        "labels": {s.name: s.label for s in labels.segments},
        "bounding_box": _bounds(labels),
        "material_hu": {
            "marrow": material.MARROW_HU,
            "head": material.HEAD_HU,
            "neck": material.NECK_HU,
            "cortex_thickness_mm": list(material.CORTEX_MM),
            "cortex": list(material.CORTEX_HU),
        },
        "noise_sd_hu": parameters.noise_sd_hu,
        "affine_ijk_to_lps": volume.grid.affine.tolist(),
        "shape_kji": list(volume.grid.shape),
        "pixel_hash": content_hash(volume.array),
        "label_hash": content_hash(labels.array),
    }
