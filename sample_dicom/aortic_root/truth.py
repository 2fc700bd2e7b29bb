"""The truth that stands beside the images: plain values for JSON, LPS mm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from aortic_root import heart, root_shape
from aortic_root.parameters import RootParameters
from aortic_root.placement import cylinder, root_frame
from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.vessel import measure_section

PHASE_PERCENT = 35.0
"""Systolic, as the series says (physics.md 3.3: 20 to 45 % of the RR interval)."""
CLICK_AORTA_MM, CLICK_VENTRICLE_MM = 42.0, -28.0
_ANGLES = np.linspace(0, 2 * np.pi, 720, endpoint=False)


def outline(height_mm: float) -> FloatArray:
    """(720, 3) local points of the inner wall at one height."""
    radius = [root_shape.lumen_radius(a, height_mm) for a in _ANGLES]
    return cylinder(_ANGLES, radius, height_mm) + np.array([0.0, heart.bend(height_mm), 0.0])


def section(height_mm: float) -> dict[str, float]:
    """Area, perimeter and diameters of the section at one height."""
    m = measure_section(outline(height_mm), 720)
    return {
        "height_mm": height_mm,
        "area_mm2": m.area_mm2,
        "perimeter_mm": m.perimeter_mm,
        "min_diameter_mm": m.min_diameter_mm,
        "max_diameter_mm": m.max_diameter_mm,
        "area_diameter_mm": m.area_diameter_mm,
        "perimeter_diameter_mm": m.perimeter_diameter_mm,
    }


def ostium(which: int) -> tuple[FloatArray, FloatArray]:
    """Local centre of a coronary ostium on the sinus wall, and its lower edge."""
    angle, height, radius = heart.CORONARIES[which]
    centre = cylinder(angle, root_shape.lumen_radius(angle, height), height)
    levels = np.arange(height - 2 * radius, height, 0.005)
    walls = [root_shape.lumen_radius(angle, w) for w in levels]
    inside = [
        heart.in_coronary(r * math.cos(angle), r * math.sin(angle), w, which)
        for r, w in zip(walls, levels, strict=True)
    ]
    low = int(np.argmax(inside))
    return centre, cylinder(angle, walls[low], levels[low])


def _sinus_diameters() -> list[float]:
    """Cusp to opposite commissure through the axis, at the widest level of the sinuses: left, right, non."""
    levels = np.arange(5.0, 16.0, 0.25)
    areas = [section(w)["area_mm2"] for w in levels]
    widest = float(levels[int(np.argmax(areas))])
    return [
        root_shape.lumen_radius(a, widest) + root_shape.lumen_radius(a + math.pi, widest)
        for a in root_shape.CUSPS
    ]


def landmarks() -> dict[str, FloatArray]:
    """Named points in the local frame; ostia by their lower edge."""
    hinges = [cylinder(a, root_shape.lumen_radius(a, 0.0), 0.0) for a in root_shape.CUSPS]
    depth = -heart.SEPTUM_LENGTH
    wall = root_shape.lumen_radius(root_shape.SEPTUM_ANGLE, depth)
    return {
        "hinge_left": hinges[0],
        "hinge_right": hinges[1],
        "hinge_non": hinges[2],
        "ostium_left": ostium(0)[1],
        "ostium_right": ostium(1)[1],
        "sinotubular_junction": np.array([0.0, 0.0, root_shape.SINUS_HEIGHT]),
        "membranous_septum": cylinder(root_shape.SEPTUM_ANGLE, wall, depth),
    }


def clicks(parameters: RootParameters) -> dict[str, list[float]]:
    """The two clicks, LPS: in the ascending aorta and in the ventricle."""
    frame = root_frame(parameters)
    aorta = frame.to_lps((0.0, heart.bend(CLICK_AORTA_MM), CLICK_AORTA_MM))
    return {"aorta_mm": aorta.tolist(), "ventricle_mm": frame.to_lps((0.0, 0.0, CLICK_VENTRICLE_MM)).tolist()}


def truth_record(
    parameters: RootParameters, volume: Volume, labels: LabelMap, nodules_mm3: list[float]
) -> dict[str, Any]:
    """Everything a test wants to know. nodules_mm3: counted on the sub-points of the sampling."""
    frame = root_frame(parameters)
    return {
        "note": "SYNTHETIC, NOT FOR CLINICAL USE",
        "units": "mm, LPS, HU, degrees",
        "landmarks": {name: frame.to_lps(p).tolist() for name, p in landmarks().items()},
        "frame": {"origin_mm": frame.origin_mm.tolist(), "matrix": frame.matrix.tolist()},
        "annulus": {
            "point_mm": frame.origin_mm.tolist(),
            "normal": frame.axes[:, 2].tolist(),
            **section(0.0),
        },
        "outflow": section(-4.0),
        "sinotubular_junction": section(root_shape.SINUS_HEIGHT),
        "ascending": section(40.0),
        "sinus_diameters_mm": _sinus_diameters(),
        "area_by_level_mm2": {f"{w:+.0f}": section(float(w))["area_mm2"] for w in range(-6, 25)},
        "ostium_centres": [frame.to_lps(ostium(n)[0]).tolist() for n in (0, 1)],
        "coronary_height_mm": {side: float(ostium(n)[1][2]) for n, side in enumerate(("left", "right"))},
        "septum_length_mm": heart.SEPTUM_LENGTH,
        "calcium_mm3": dict(zip(heart.NODULE_NAMES, nodules_mm3, strict=True)),
        "phase_percent": PHASE_PERCENT,
        "clicks": clicks(parameters),
        "lumen_hu": parameters.lumen_hu,
        "noise_sd_hu": parameters.noise_sd_hu,
        "labels": {s.name: s.label for s in labels.segments},
        "affine_ijk_to_lps": volume.grid.affine.tolist(),
        "shape_kji": list(volume.grid.shape),
        "pixel_hash": content_hash(volume.array),
        "label_hash": content_hash(labels.array),
    }
