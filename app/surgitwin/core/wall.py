"""A vessel wall as quadratic tetrahedra with what its surfaces are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray, content_hash, readonly


@dataclass(frozen=True, eq=False)
class WallMesh:
    """points_mm (n, 3) LPS. cells (m, 10): VTK order (corners, then `core.mesh.TET10_EDGES`), positive
    volume.

    layer (m,): index into `layers`, from the lumen outwards ("intima", "media", "adventitia", "plaque",
    "root wall" ...). calcium (m,): share 0 to 1 of the cell that is calcified. lumen, outer (f, 6): faces of
    the inner and outer surface, three corners (normal out of the wall) then the mid-sides of (0,1), (1,2),
    (2,0). ends (k,): nodes of the two cut ends. lumen_s_mm, lumen_angle (n,): arc length on the course and
    angle of each lumen node, nan for other nodes.
    """

    points_mm: FloatArray
    cells: IntArray
    layer: IntArray
    layers: tuple[str, ...]
    calcium: FloatArray
    lumen: IntArray
    outer: IntArray
    ends: IntArray
    lumen_s_mm: FloatArray
    lumen_angle: FloatArray
    facts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("points_mm", "calcium", "lumen_s_mm", "lumen_angle"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))
        for name in ("cells", "layer", "lumen", "outer", "ends"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.int64))

    @property
    def n_unknowns(self) -> int:
        """Three for each node."""
        return 3 * len(self.points_mm)

    @property
    def hash(self) -> str:
        """Hash of geometry, layers and calcium."""
        return content_hash(self.points_mm, self.cells, self.layer, self.layers, self.calcium)
