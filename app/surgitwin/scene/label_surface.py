"""Smooth surfaces of segments that follow local edits: made in blocks, only touched blocks are made again.

VTK holds Python's lock while it works: a block is small enough that the window does not feel it when this
runs in another thread.
"""

from __future__ import annotations

import zlib

import numpy as np
import pyvista as pv

from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import SILENT, Progress
from surgitwin.scene.label_piece import Index, Labels, Piece, blocks_of, make_piece, own_voxels, window
from surgitwin.segmentation.morphology import Box


class LabelSurface:
    """The surface of one label, kept up to date block by block, and how many voxels it has.

    Not safe for use by two threads at a time. Blocks without a boundary hold nothing.
    """

    def __init__(self, grid: ImageGrid, label: int) -> None:
        self.grid, self.label = grid, label
        self.pieces: dict[Index, Piece] = {}
        self._seen: dict[Index, tuple[int, int]] = {}  # checksum of a block's surroundings, voxels in it
        self._data: pv.PolyData | None = None

    @property
    def voxels(self) -> int:
        """Voxels of the label."""
        return sum(count for _, count in self._seen.values())

    def build(self, labels: Labels, progress: Progress = SILENT) -> None:
        """Make all blocks. labels: whole array uint8 [k, j, i]; it must not change meanwhile."""
        self.pieces.clear()
        self._seen.clear()
        self._data = None
        self.update(
            labels,
            (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2])),
            progress,
        )

    def update(self, labels: Labels, box: Box, progress: Progress = SILENT) -> tuple[Index, ...]:
        """Make the blocks again that an edit in `box` [k, j, i] changed for this label; the blocks made.

        labels: whole array after the edit. progress is a cancel point before each block.
        """
        found = blocks_of(box, labels.shape)
        made = []
        for n, block in enumerate(found):
            progress("Drawing the surface", n / len(found))
            mask = window(labels, block) == self.label
            seen = (zlib.crc32(mask), int(np.count_nonzero(mask[own_voxels(labels.shape, block)])))
            if self._seen.get(block) == seen:
                continue
            self._seen[block] = seen
            made.append(block)
            self._data = None
            piece = make_piece(mask, self.grid, block)
            if piece is None:
                self.pieces.pop(block, None)
            else:
                self.pieces[block] = piece
        return tuple(made)

    def data(self) -> pv.PolyData:
        """All blocks together as one PolyData with normals, LPS mm; empty when there is no voxel."""
        if self._data is None:
            self._data = self._joined()
        return self._data

    def _joined(self) -> pv.PolyData:
        pieces = list(self.pieces.values())
        if not pieces:
            return pv.PolyData()
        starts = np.cumsum([0, *(len(p.points_mm) for p in pieces[:-1])])
        triangles = np.concatenate([p.triangles + n for p, n in zip(pieces, starts, strict=True)])
        faces = np.empty((len(triangles), 4), np.int64)
        faces[:, 0], faces[:, 1:] = 3, triangles
        out = pv.PolyData(np.concatenate([p.points_mm for p in pieces]), faces.ravel())
        out.point_data.active_normals = np.concatenate([p.normals for p in pieces])
        return out
