"""What a mesh of tissues says about itself: quality, volumes, distances from the labels, areas of contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TetMesh
from surgitwin.meshing.quality import Quality, qualities
from surgitwin.meshing.tissues.faces import TissueFaces, tissue_faces
from surgitwin.meshing.tissues.fields import TissueFields


@dataclass(frozen=True)
class TissuePart:
    """One tissue. labels_mm3: volume of its voxels; volume_change: of the mesh against them, relative.

    specks_mm3: volume of pieces too small to mesh that went to neighbours (negative: it took some over).
    hausdorff_mm, p95_mm, mean_mm: distances of the part's border (nodes, middles) from the labels' border.
    """

    quality: Quality
    labels_mm3: float
    volume_change: float
    specks_mm3: float
    hausdorff_mm: float
    p95_mm: float
    mean_distance_mm: float

    def as_dict(self) -> dict[str, Any]:
        """The contract's row of `parts` and the further numbers."""
        own = {k: getattr(self, k) for k in self.__dataclass_fields__ if k != "quality"}
        return {**self.quality.as_dict(), **own}


@dataclass(frozen=True)
class Contact:
    """Area in mm2 over which two tissues share faces; `second` is "outside" for a free border."""

    first: str
    second: str
    area_mm2: float
    faces: int


def tissue_parts(mesh: TetMesh, fields: TissueFields) -> tuple[TissuePart, ...]:
    """One report per tissue, in order."""
    faces = tissue_faces(mesh.corners, mesh.part)
    out = []
    for found in qualities(mesh):
        number = mesh.part_id(found.name)
        away = np.abs(fields.unsmoothed(border_points(mesh, faces.of_part(number)))[:, number])
        target = float(fields.volume_mm3[number])
        out.append(
            TissuePart(
                quality=found,
                labels_mm3=target,
                volume_change=found.volume_mm3 / target - 1,
                specks_mm3=float(fields.specks_mm3[number]),
                hausdorff_mm=float(away.max()),
                p95_mm=float(np.percentile(away, 95)),
                mean_distance_mm=float(away.mean()),
            )
        )
    return tuple(out)


def border_points(mesh: TetMesh, triangles: IntArray) -> FloatArray:
    """Corners, edge middles (curved when the mesh is) and face centres of triangles (f, 3)."""
    points = mesh.points_mm
    corners = points[triangles]
    ends = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
    if mesh.order == 1:
        middles = points[ends].mean(axis=1).reshape(-1, 3, 3)
    else:
        keys, nodes = mesh.edge_table
        middles = points[nodes[np.searchsorted(keys, ends[:, 0] * len(points) + ends[:, 1])]].reshape(
            -1, 3, 3
        )
    centres = (4 * middles.sum(axis=1) - corners.sum(axis=1)) / 9
    return np.vstack([points[np.unique(triangles)], middles.reshape(-1, 3), centres])


def contacts(mesh: TetMesh, faces: TissueFaces | None = None) -> tuple[Contact, ...]:
    """Every pair of tissues that share faces, and every free border."""
    found = faces or tissue_faces(mesh.corners, mesh.part)
    names = {0: "outside", **mesh.names}
    out = []
    for (low, high), area in found.areas_mm2(mesh.points_mm).items():
        out.append(Contact(names[high], names[low], area, found.count(low, high)))
    return tuple(out)
