"""What the planner of a fracture needs to know about the bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.frame import medial_sign
from surgitwin.core.plan import Fracture
from surgitwin.implants.distance import DistanceGrid
from surgitwin.procedures.base import Context

GRIDS_KEPT = 4
"""Distance grids kept in memory: a case under work, its mirror image and two more (some MB each)."""
_grids: dict[str, DistanceGrid] = {}


@dataclass(frozen=True, eq=False)
class Site:
    """Anatomy and the signed distance to the bone's outline (canal filled), in the bone frame."""

    anatomy: FemurAnatomy
    outline: DistanceGrid

    @classmethod
    def of(cls, context: Context) -> Site:
        """The site of a context; the distance grid is computed once per surface and frame."""
        key = content_hash(context.surface.points_mm, context.surface.triangles, context.anatomy.frame)
        found = _grids.get(key)
        if found is None:
            found = DistanceGrid.from_surface(context.surface, context.anatomy.frame)
            while len(_grids) >= GRIDS_KEPT:
                _grids.pop(next(iter(_grids)))
            _grids[key] = found
        return cls(context.anatomy, found)

    @property
    def lateral(self) -> float:
        """Sign of the bone frame's x axis towards lateral."""
        return -float(medial_sign(self.anatomy.side))

    @property
    def distal_z_mm(self) -> float:
        """Height of the distal cut in the bone frame: what lies below is not modelled."""
        return float(self.anatomy.frame.from_lps(self.anatomy.distal_cut.point_mm)[2])

    @property
    def trochanter_z_mm(self) -> float:
        """Height of the lesser trochanter in the bone frame."""
        return self.landmark_z_mm("lesser_trochanter")

    def landmark_z_mm(self, name: str) -> float:
        """Height of a landmark in the bone frame."""
        return float(self.anatomy.frame.from_lps(self.anatomy.landmarks[name].point_mm)[2])

    def height(self, fracture: Fracture) -> float:
        """Height of a fracture's centre in the bone frame."""
        return float(self.anatomy.frame.from_lps(fracture.plane.point_mm)[2])

    def station_table(self) -> FloatArray:
        """(n, 5): z, centre x, centre y, canal radius, outer radius of the stations, distal first."""
        rows = [
            (s.z_mm, s.centre_mm[0], s.centre_mm[1], s.canal_radius_mm, s.outer_radius_mm)
            for s in self.anatomy.stations
        ]
        return np.array(sorted(rows), float)

    def centre_at(self, z_mm: float) -> FloatArray:
        """(3,) canal centre at a height, bone frame; the end stations' centre beyond them."""
        t = self.station_table()
        return np.array([np.interp(z_mm, t[:, 0], t[:, 1]), np.interp(z_mm, t[:, 0], t[:, 2]), z_mm])
