"""Rigid patches: every node of a patch follows six unknowns (three of motion, three of rotation).

u_i = t + r cross (x_i - c) / L for the nodes i of the patch, c their centre and L their extent, so
both unknown triples are lengths. K' = T^T K T on both levels; exact, serial only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.blocks import spread


@dataclass(frozen=True, eq=False)
class RigidPatches:
    """T on both levels ("maps[degree]": all unknowns from reduced ones) and the reduced interpolation."""

    maps: dict[int, sp.csr_matrix]
    interpolation: sp.csr_matrix

    def reduce(self, matrix: sp.bsr_matrix, degree: int) -> sp.bsr_matrix:
        """T^T K T."""
        t = self.maps[degree]
        return (t.T @ matrix.tocsr() @ t).tobsr((3, 3))


def rigid_patches(
    points: dict[int, FloatArray],
    nodes: list[dict[int, IntArray]],
    fixed: dict[int, Any],
    prolong: sp.csr_matrix,
) -> RigidPatches:
    """Reduction for several patches.

    points[degree] (n, 3): positions of all node unknowns. nodes: per patch, its node unknowns on each
    level. fixed[degree]: clamped node unknowns. prolong: scalar P1-to-P2 interpolation.
    Raises InputError "patch.rigid_overlap" when patches share nodes with each other or the support.
    """
    for degree in (2, 1):
        everything = np.concatenate([fixed[degree], *(n[degree] for n in nodes)])
        if len(np.unique(everything)) < len(everything):
            raise InputError(
                "patch.rigid_overlap",
                "A rigid load patch shares nodes with the support or with another rigid patch.",
                hint="Choose patches that do not touch.",
            )
    maps = {
        d: _map(points[d], [n[d] for n in nodes], [_frame(points[1][n[1]]) for n in nodes]) for d in (2, 1)
    }
    inner = np.setdiff1d(np.arange(len(points[2])), np.concatenate([n[2] for n in nodes]))
    rows = (spread(prolong).tocsr() @ maps[1])[(3 * inner[:, None] + np.arange(3)).ravel()]
    masters = sp.eye(6 * len(nodes), format="csr")
    left = sp.csr_matrix((6 * len(nodes), maps[1].shape[1] - 6 * len(nodes)))
    return RigidPatches(maps, sp.vstack([rows, sp.hstack([left, masters])], format="csr"))


def _frame(points: FloatArray) -> tuple[FloatArray, float]:
    return points.mean(axis=0), float(np.ptp(points, axis=0).max())


def _map(
    points: FloatArray, patches: list[IntArray], frames: list[tuple[FloatArray, float]]
) -> sp.csr_matrix:
    """(3 n, 3 (n - patch nodes) + 6 patches): free nodes copy, patch nodes follow their masters."""
    n = len(points)
    inner = np.setdiff1d(np.arange(n), np.concatenate(patches))
    copy = sp.csr_matrix((np.ones(len(inner)), (inner, np.arange(len(inner)))), shape=(n, len(inner)))
    columns: list[Any] = [spread(copy).tocsr()]
    for patch, (centre, length) in zip(patches, frames, strict=True):
        modes = np.zeros((len(patch), 3, 6))
        modes[:, :, :3] = np.eye(3)
        for k, axis in enumerate(np.eye(3)):
            modes[:, :, 3 + k] = np.cross(axis, points[patch] - centre) / length
        rows = np.repeat((3 * patch[:, None] + np.arange(3)).ravel(), 6)
        at = np.tile(np.arange(6), 3 * len(patch))
        columns.append(sp.csr_matrix((modes.ravel(), (rows, at)), shape=(3 * n, 6)))
    return sp.hstack(columns, format="csr")
