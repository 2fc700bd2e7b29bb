"""The triangles between the tissues of a mesh, and of the tissues' outer border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.mesh import TET_FACES, triangle_areas

PAIR = 1 << 10
"""Code of a pair of parts: larger number * PAIR + smaller; the outside is 0."""


@dataclass(frozen=True, eq=False)
class TissueFaces:
    """Triangles (f, 3) where two parts, or a part and the outside, meet; each counted once.

    cells: (f, 2) tetrahedra on either side, the second -1 at the outside; the triangle's normal points out
    of the first, whose part has the larger number. codes: (f,) pair of parts, see `PAIR`.
    """

    triangles: IntArray
    cells: IntArray
    codes: IntArray

    def of_part(self, number: int) -> IntArray:
        """(b, 3) closed border of a part, normals outwards."""
        high, low = self.codes // PAIR, self.codes % PAIR
        out: IntArray = np.concatenate(
            [self.triangles[high == number], self.triangles[low == number][:, ::-1]]
        )
        return out

    def count(self, low: int, high: int) -> int:
        """Number of faces between two parts (low may be 0, the outside)."""
        return int(np.count_nonzero(self.codes == high * PAIR + low))

    def areas_mm2(self, points_mm: FloatArray) -> dict[tuple[int, int], float]:
        """Area by (smaller, larger) part number; the outside is 0."""
        area = triangle_areas(points_mm, self.triangles)
        return {
            (int(c % PAIR), int(c // PAIR)): float(area[self.codes == c].sum()) for c in np.unique(self.codes)
        }


def tissue_faces(tets: IntArray, part: IntArray) -> TissueFaces:
    """Faces between parts of (m, 4) tetrahedra with part numbers (m,) from 1."""
    faces = tets[:, np.array(TET_FACES)].reshape(-1, 3)
    ends = np.sort(faces, axis=1).astype(np.int64)
    count = int(ends.max()) + 1
    order = np.lexsort((ends[:, 2], ends[:, 0] * count + ends[:, 1]))
    same = (ends[order[1:]] == ends[order[:-1]]).all(axis=1)
    first, second = order[:-1][same], order[1:][same]
    alone = np.ones(len(faces), bool)
    alone[first] = alone[second] = False
    between = part[first // 4] != part[second // 4]
    first, second = first[between], second[between]
    swap = part[first // 4] < part[second // 4]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    border = np.flatnonzero(alone)
    chosen = np.concatenate([border, first])
    other = np.concatenate([np.full(len(border), -1), second // 4])
    low = np.where(other < 0, 0, part[other])
    codes = part[chosen // 4].astype(np.int64) * PAIR + low
    return TissueFaces(faces[chosen], np.stack([chosen // 4, other], axis=1), codes)


def members_of_nodes(faces: TissueFaces, count: int) -> IntArray:
    """(count,) bit set of the tissues that meet at each node; 0 within a tissue, bit 0: the outside."""
    bits = (1 << (faces.codes // PAIR)) | (1 << (faces.codes % PAIR))
    members = np.zeros(count, np.int64)
    for column in range(3):
        np.bitwise_or.at(members, faces.triangles[:, column], bits)
    return members
