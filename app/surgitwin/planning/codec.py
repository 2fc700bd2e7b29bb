"""Anatomy as plain JSON values and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.anatomy.types import CanalStation, FemurAnatomy, Landmark
from surgitwin.core.frame import Frame, Plane


def _plane(plane: Plane) -> dict[str, Any]:
    return {"point_mm": plane.point_mm.tolist(), "normal": plane.normal.tolist()}


def _to_plane(data: dict[str, Any]) -> Plane:
    return Plane(np.array(data["point_mm"]), np.array(data["normal"]))


def anatomy_to_json(anatomy: FemurAnatomy) -> dict[str, Any]:
    """Plain form; the frame is given as its 4x4 matrix (local to LPS, mm)."""
    return {
        "side": anatomy.side,
        "side_confidence": anatomy.side_confidence,
        "frame": anatomy.frame.matrix.tolist(),
        "landmarks": {
            name: {"point_mm": mark.point_mm.tolist(), "estimated": mark.estimated, "rule": mark.rule}
            for name, mark in anatomy.landmarks.items()
        },
        "distal_cut": _plane(anatomy.distal_cut),
        "proximal_cut": None if anatomy.proximal_cut is None else _plane(anatomy.proximal_cut),
        "stations": [
            [s.z_mm, *s.centre_mm.tolist(), s.canal_radius_mm, s.outer_radius_mm] for s in anatomy.stations
        ],
        "head_radius_mm": anatomy.head_radius_mm,
        "torsion_deg": anatomy.torsion_deg,
        "torsion_estimated": anatomy.torsion_estimated,
        "warnings": list(anatomy.warnings),
    }


def anatomy_from_json(data: dict[str, Any]) -> FemurAnatomy:
    """Inverse of `anatomy_to_json`."""
    return FemurAnatomy(
        side=data["side"],
        frame=Frame.from_matrix(data["frame"]),
        landmarks={
            name: Landmark(np.array(m["point_mm"]), m["estimated"], m["rule"])
            for name, m in data["landmarks"].items()
        },
        distal_cut=_to_plane(data["distal_cut"]),
        proximal_cut=None if data["proximal_cut"] is None else _to_plane(data["proximal_cut"]),
        stations=tuple(CanalStation(z, np.array([x, y]), rc, ro) for z, x, y, rc, ro in data["stations"]),
        head_radius_mm=data["head_radius_mm"],
        torsion_deg=data["torsion_deg"],
        torsion_estimated=data["torsion_estimated"],
        side_confidence=data["side_confidence"],
        warnings=tuple(data["warnings"]),
    )
