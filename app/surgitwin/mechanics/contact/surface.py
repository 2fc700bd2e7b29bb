"""A surface as facets of displacement nodes: positions, tangents, normals and weighted areas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.contact.shapes import KINDS, NODES, Kind, Shape, dimension, rule, shape


@dataclass(frozen=True, eq=False)
class Surface:
    """Facets of a body.

    nodes (f, k): displacement-node numbers of each facet in VTK's order, so that the normal points out of
    the body: (x1 - x0) x (x2 - x0) for triangles and quadrilaterals; with the body on the left of the
    way along a line (plane and axisymmetric models). X (N, d) mm: reference positions of ALL displacement
    nodes of the model. axisymmetric: d = 2, coordinates (r, z), areas carry 2 pi r.
    thickness_mm: of a plane part, else 1.
    Raises InputError "contact.bad_surface" for an empty or inconsistent surface.
    """

    nodes: IntArray
    kind: Kind
    X: FloatArray
    axisymmetric: bool = False
    thickness_mm: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", readonly(self.nodes, np.int64))
        object.__setattr__(self, "X", readonly(self.X, float))
        wrong = self._fault()
        if wrong:
            raise InputError(
                "contact.bad_surface",
                f"A contact surface cannot be used: {wrong}.",
                hint="Name a surface with facets on the boundary of its part.",
            )

    def _fault(self) -> str:
        if self.kind not in KINDS:
            return f"unknown facet kind {self.kind!r}"
        if self.nodes.ndim != 2 or not len(self.nodes) or self.nodes.shape[1] != NODES[self.kind]:
            return f"facets have shape {self.nodes.shape}, {self.kind} needs (f >= 1, {NODES[self.kind]})"
        if self.X.ndim != 2 or self.X.shape[1] != dimension(self.kind) + 1:
            return f"positions have shape {self.X.shape} for {self.kind} facets"
        if self.nodes.min() < 0 or self.nodes.max() >= len(self.X):
            return "a facet names a node that does not exist"
        if self.axisymmetric and self.X.shape[1] != 2:
            return "an axisymmetric surface has two coordinates"
        return ""

    @property
    def dim(self) -> int:
        """Number of coordinates, 2 or 3."""
        return int(self.X.shape[1])

    def positions(self, u: FloatArray) -> FloatArray:
        """(N, d) current positions for u (N*d,)."""
        out: FloatArray = self.X + np.asarray(u, float).reshape(self.X.shape)
        return out

    @cached_property
    def size_mm(self) -> FloatArray:
        """(f,) edge length of each facet: of the line, of half a square, of a square of equal area."""
        xi, w = rule(self.kind, 0)
        local = shape(self.kind, xi)
        area = np.array([measure(tangents(self.X[self.nodes], local, q)) for q in range(len(w))]).T @ w
        if not (area > 0).all():
            raise GeometryError(
                "contact.flat_facet",
                f"{int((area <= 0).sum())} facets of a contact surface have no area.",
                hint="Repair the mesh: remove flat elements.",
            )
        factor = 2.0 if self.kind in ("tri3", "tri6") else 1.0
        out: FloatArray = area if self.dim == 2 else np.sqrt(factor * area)
        return out


def tangents(corner: FloatArray, local: Shape, point: int) -> FloatArray:
    """(f, p, d) tangents of facets with nodes (f, k, d) at one reference point."""
    out: FloatArray = np.einsum("pk,fkd->fpd", local.first[point], corner)
    return out


def cross(tangent: FloatArray) -> FloatArray:
    """(n, d) outward normals, not of unit length, of tangents (n, p, d); its length is the area factor."""
    if tangent.shape[-1] == 2:
        t = tangent[:, 0]
        return np.stack([t[:, 1], -t[:, 0]], 1)
    out: FloatArray = np.cross(tangent[:, 0], tangent[:, 1])
    return out


def measure(tangent: FloatArray) -> FloatArray:
    """(n,) area (length) factor of tangents (n, p, d)."""
    out: FloatArray = np.linalg.norm(cross(tangent), axis=1)
    return out


def unit(vectors: FloatArray) -> FloatArray:
    """Rows of `vectors` at length one; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    out: FloatArray = vectors / np.where(length > 0, length, 1.0)
    return out


def oriented(nodes: IntArray, kind: Kind, X: FloatArray, inside: npt.ArrayLike) -> IntArray:
    """Facets (f, k), turned where the normal points to `inside` (f, d), a point of the facet's cell."""
    nodes = np.array(nodes, np.int64)
    centre = np.array([[0.5]]) if dimension(kind) == 1 else np.full((1, 2), 1 / 3)
    local = shape(kind, centre)
    normal = cross(tangents(X[nodes], local, 0))
    middle = np.einsum("k,fkd->fd", local.value[0], X[nodes])
    turn = np.einsum("fd,fd->f", normal, np.asarray(inside, float) - middle) > 0
    nodes[turn] = nodes[turn][:, REVERSED[kind]]
    return nodes


REVERSED: dict[Kind, list[int]] = {
    "line2": [1, 0],
    "line3": [1, 0, 2],
    "tri3": [0, 2, 1],
    "tri6": [0, 2, 1, 5, 4, 3],
    "quad4": [0, 3, 2, 1],
    "quad9": [0, 3, 2, 1, 7, 6, 5, 4, 8],
}
"""Node order of the same facet seen from the other side."""
