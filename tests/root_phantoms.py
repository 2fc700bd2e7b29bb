"""The synthetic aortic root for tests of any package, and how far a measured root is from its truth.

from root_phantoms import root_phantom, measured_root, root_errors
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from aortic_root.parameters import FULL, RootParameters
from aortic_root.phantom import RootPhantom, build_phantom
from surgitwin.anatomy.root import measure_root
from surgitwin.anatomy.root.sections import cut
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.frame import Plane
from surgitwin.core.vessel import measure_section

ROTATIONS = (
    (0, 0, 0), (15, 0, 0), (-15, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 25), (0, 0, -25), (12, 12, 20),
    (-12, 12, -20), (12, -12, -20), (-12, -12, 20), (20, -5, 10),
)  # fmt: skip
"""Degrees about LPS x, y, z: the twelve of the accuracy table."""
NOISES_HU = (20.0, 40.0)
LIMITS = {
    "plane_deg": 1.0,
    "plane_mm": 0.6,
    "min_diameter_mm": 0.5,
    "max_diameter_mm": 0.5,
    "area_diameter_mm": 0.5,
    "perimeter_diameter_mm": 0.5,
    "area_percent": 2.0,
    "left_coronary_mm": 1.0,
    "right_coronary_mm": 1.0,
}
"""What the issue asks of the proposals; diameters and area at the true level."""


@cache
def root_phantom(parameters: RootParameters = FULL) -> RootPhantom:
    """The phantom with these parameters, shared by the tests of a session."""
    return build_phantom(parameters)


@cache
def measured_root(parameters: RootParameters = FULL) -> RootAnatomy:
    """The phantom measured from its true clicks."""
    phantom = root_phantom(parameters)
    clicks = phantom.truth["clicks"]
    return measure_root(phantom.volume, clicks["aorta_mm"], clicks["ventricle_mm"])


def root_errors(anatomy: RootAnatomy, truth: dict[str, Any]) -> dict[str, float]:
    """Measured minus true, by the names of `LIMITS`, and what is only reported; nan for what was not found.

    plane_mm: height of the proposed plane over the true centre. area_at_proposal_percent: at its level.
    """
    true = truth["annulus"]
    plane = Plane(true["point_mm"], true["normal"])
    normal = anatomy.proposed_annulus.normal
    here = measure_section(cut(anatomy.tube, plane))
    out = {
        "plane_deg": float(np.degrees(np.arccos(np.clip(normal @ plane.normal, -1, 1)))),
        "plane_mm": float((anatomy.proposed_annulus.point_mm - plane.point_mm) @ plane.normal),
        "area_percent": 100 * (here.area_mm2 / true["area_mm2"] - 1),
        "area_at_proposal_percent": 100 * (anatomy.sections["annulus"].area_mm2 / true["area_mm2"] - 1),
    }
    for name in ("min_diameter_mm", "max_diameter_mm", "area_diameter_mm", "perimeter_diameter_mm"):
        out[name] = getattr(here, name) - true[name]
    for side in ("left", "right"):
        height = anatomy.coronary_height_mm[side]
        out[f"{side}_coronary_mm"] = np.nan if height is None else height - truth["coronary_height_mm"][side]
    septum = anatomy.septum_length_mm
    out["septum_mm"] = np.nan if septum is None else septum - truth["septum_length_mm"]
    junction = anatomy.landmarks["sinotubular_junction"].point_mm
    at = np.array(truth["landmarks"]["sinotubular_junction"])
    out["junction_mm"] = np.nan if junction is None else float((junction - at) @ plane.normal)
    return out


def failures(errors: dict[str, float]) -> list[str]:
    """The limits that are not met, in words; a value that was not found meets none."""
    return [f"{k} {errors[k]:+.2f} (limit {v:g})" for k, v in LIMITS.items() if not abs(errors[k]) <= v]
