"""The lumen that blood flows through: as measured, or as a deployed device leaves it."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import LumenTube
from surgitwin.core.wall import WallMesh
from surgitwin.mechanics.flow.vessel_shape import Narrowing, SideBranch, VesselShape
from surgitwin.meshing.vessels.lumen_rings import Lumen


def deployed_lumen(tube: LumenTube, wall: WallMesh, displacement_mm: FloatArray) -> Lumen:
    """The tube moved by the wall's displacement (n, 3), linear between the wall's lumen nodes.

    Beyond the ends of the wall the displacement of its end fades over one diameter.
    """
    nodes = np.flatnonzero(np.isfinite(wall.lumen_s_mm))
    s, turn = wall.lumen_s_mm[nodes], np.mod(wall.lumen_angle[nodes], 2 * np.pi)
    scale = float(np.median(tube.diameter_mm)) / 2  # angles in millimetres around, so that triangles are even
    places = np.concatenate([np.column_stack([s, scale * (turn + 2 * np.pi * k)]) for k in (-1, 0, 1)])
    moved = LinearNDInterpolator(places, np.tile(displacement_mm[nodes], (3, 1)))
    at_s, at_turn = np.meshgrid(tube.course.s_mm, tube.angles, indexing="ij")
    inside = np.clip(at_s, s.min(), s.max())
    values = np.nan_to_num(moved(inside, scale * at_turn))
    fade = np.clip(1 - np.abs(at_s - inside) / (2 * scale), 0, 1)
    return Lumen(tube.course.s_mm, tube.wall_mm + values * fade[..., None])


def vessel_shape(anatomy: ArteryAnatomy, lumen: Lumen) -> VesselShape:
    """What the reduced models see of a lumen: its areas with the lesions' references and the branches."""
    lesions = sorted(anatomy.lesions, key=lambda found: found.start_mm)
    narrowings = tuple(
        Narrowing(found.start_mm, found.end_mm, found.reference_mm, bool(found.doubt)) for found in lesions
    )
    branches = tuple(
        SideBranch(b.s_mm, b.diameter_mm)
        for b in sorted(anatomy.branches, key=lambda b: b.s_mm)
        if b.diameter_mm is not None
    )
    return VesselShape(lumen.s_mm, smooth_area_mm2(lumen), narrowings, branches)


def smooth_area_mm2(lumen: Lumen) -> FloatArray:
    """(n,) areas of the smooth outlines through the points: the polygons', times their share of a circle."""
    turn = 2 * np.pi / lumen.wall_mm.shape[1]
    out: FloatArray = lumen.area_mm2 * turn / np.sin(turn)
    return out
