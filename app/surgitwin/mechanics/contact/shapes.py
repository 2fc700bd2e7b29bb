"""Shape functions of facets with first and second derivatives, and quadrature on them.

Reference facets: line [0, 1]; triangle (0,0), (1,0), (0,1); quadrilateral [0, 1] x [0, 1]. Nodes in VTK's
order: corners counter-clockwise, then mid-sides, then the centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.contact.compiled import compiled
from surgitwin.mechanics.quadrature import triangle_rule

Kind = Literal["line2", "line3", "tri3", "tri6", "quad4", "quad9"]
KINDS: tuple[Kind, ...] = ("line2", "line3", "tri3", "tri6", "quad4", "quad9")
NODES: dict[Kind, int] = {"line2": 2, "line3": 3, "tri3": 3, "tri6": 6, "quad4": 4, "quad9": 9}
LINEAR: dict[Kind, Kind] = {
    "line2": "line2",
    "line3": "line2",
    "tri3": "tri3",
    "tri6": "tri3",
    "quad4": "quad4",
    "quad9": "quad4",
}
"""The facet of the corners, on which pressures are interpolated."""

_QUAD_I = np.array([0, 1, 1, 0, 2, 1, 2, 0, 2])
_QUAD_J = np.array([0, 0, 1, 1, 0, 2, 1, 2, 2])


@compiled
def _line(quadratic: bool, r: float, value: Any, first: Any, second: Any) -> None:
    """Values and derivatives of the functions of a line with nodes 0, 1 (and 1/2)."""
    if quadratic:
        value[0], value[1], value[2] = (1 - r) * (1 - 2 * r), r * (2 * r - 1), 4 * r * (1 - r)
        first[0], first[1], first[2] = 4 * r - 3, 4 * r - 1, 4 - 8 * r
        second[0], second[1], second[2] = 4.0, 4.0, -8.0
    else:
        value[0], value[1] = 1 - r, r
        first[0], first[1] = -1.0, 1.0
        second[0], second[1] = 0.0, 0.0


@compiled
def _triangle(quadratic: bool, r: float, s: float, value: Any, first: Any, second: Any) -> None:
    b = np.array([1 - r - s, r, s])
    g = np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    for i in range(3):
        j = (i + 1) % 3
        if not quadratic:
            value[i] = b[i]
        else:
            value[i] = b[i] * (2 * b[i] - 1)
            value[3 + i] = 4 * b[i] * b[j]
        for a in range(2):
            if not quadratic:
                first[a, i] = g[a, i]
            else:
                first[a, i] = (4 * b[i] - 1) * g[a, i]
                first[a, 3 + i] = 4 * (b[i] * g[a, j] + b[j] * g[a, i])
            for c in range(2):
                if not quadratic:
                    second[a, c, i] = 0.0
                else:
                    second[a, c, i] = 4 * g[a, i] * g[c, i]
                    second[a, c, 3 + i] = 4 * (g[a, i] * g[c, j] + g[a, j] * g[c, i])


@compiled
def _quadrilateral(count: int, r: float, s: float, value: Any, first: Any, second: Any) -> None:
    p, q = np.zeros((3, 3)), np.zeros((3, 3))
    _line(count == 9, r, p[0], p[1], p[2])
    _line(count == 9, s, q[0], q[1], q[2])
    for n in range(count):
        i, j = _QUAD_I[n], _QUAD_J[n]
        value[n] = p[0, i] * q[0, j]
        first[0, n], first[1, n] = p[1, i] * q[0, j], p[0, i] * q[1, j]
        second[0, 0, n], second[1, 1, n] = p[2, i] * q[0, j], p[0, i] * q[2, j]
        second[0, 1, n] = second[1, 0, n] = p[1, i] * q[1, j]


@compiled
def shape_at(kind: int, xi: Any, value: Any, first: Any, second: Any) -> None:
    """Fill value (k,), first (p, k) and second (p, p, k) at xi (p,) for facet number `kind` of KINDS."""
    if kind < 2:
        _line(kind == 1, xi[0], value, first[0], second[0, 0])
    elif kind < 4:
        _triangle(kind == 3, xi[0], xi[1], value, first, second)
    else:
        _quadrilateral(4 if kind == 4 else 9, xi[0], xi[1], value, first, second)


@compiled
def _shape_many(kind: int, xi: Any, value: Any, first: Any, second: Any) -> None:
    for n in range(len(xi)):
        shape_at(kind, xi[n], value[n], first[n], second[n])


@dataclass(frozen=True, eq=False)
class Shape:
    """value (n, k), first (n, p, k), second (n, p, p, k) of k functions at n points of dimension p."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


def dimension(kind: Kind) -> int:
    """1 for lines, 2 for triangles and quadrilaterals."""
    return 1 if kind in ("line2", "line3") else 2


def shape(kind: Kind, xi: FloatArray) -> Shape:
    """Functions of the facet at xi (n, p)."""
    n, k, p = len(xi), NODES[kind], dimension(kind)
    out = Shape(np.zeros((n, k)), np.zeros((n, p, k)), np.zeros((n, p, p, k)))
    _shape_many(KINDS.index(kind), np.ascontiguousarray(xi, float), out.value, out.first, out.second)
    return out


def rule(kind: Kind, level: int) -> tuple[FloatArray, FloatArray]:
    """Points (q, p) and weights (q,) on the facet split into 2**level pieces along each side.

    Each piece has a rule of degree 4 (triangles) or 5 (three Gauss points along a side).
    """
    pieces = 2**level
    nodes, weights = np.polynomial.legendre.leggauss(3)
    line = ((nodes + 1) / 2 + np.arange(pieces)[:, None]).ravel() / pieces
    line_weight = np.tile(weights / 2, pieces) / pieces
    if dimension(kind) == 1:
        return line[:, None], line_weight
    if LINEAR[kind] == "quad4":
        r, s = np.meshgrid(line, line, indexing="ij")
        return np.stack([r.ravel(), s.ravel()], 1), np.outer(line_weight, line_weight).ravel()
    x, w = triangle_rule()
    i, j = np.meshgrid(np.arange(pieces), np.arange(pieces), indexing="ij")
    lower, upper = (i + j) < pieces, (i + j) < pieces - 1
    corner = np.stack([i, j], -1)
    points = [corner[lower][:, None] + x, corner[upper][:, None] + 1 - x]
    return np.concatenate(points).reshape(-1, 2) / pieces, np.tile(w, pieces**2) / pieces**2


def corner_map(kind: Kind, cells: IntArray) -> IntArray:
    """Nodes (f, c) of the corners of facets (f, k)."""
    out: IntArray = cells[:, : NODES[LINEAR[kind]]]
    return out
