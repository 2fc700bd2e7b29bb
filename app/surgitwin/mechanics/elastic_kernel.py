"""K u of linear elasticity on straight ten-node tetrahedra without a matrix: numba kernels.

Between its corners a quadratic field is the linear one plus six bubbles h_ab L_a L_b. Its gradient along
L_b at corner q's point of the four-point rule (barycentrics A at q, B elsewhere) is therefore
u_b + 4 B sum_a h_ab + 4 (A - B) h_qb: a quarter of the operations of the ten shape functions. A cell
needs 14 numbers and 10 node numbers, its matrix 900. `LANES` cells are worked on together, so that every
operation is one vector instruction; that is why rows of the scratch table are written out.

Scratch rows (of LANES numbers each): 0 vector (node, component), _H bubbles (q, b, component), _C corner
gradients, _T sums over the points. Cell data rows: 9 gradients of L_1..L_3, 4 weights, nu / (1 - 2 nu).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.mechanics.vector_jit import compiled, inlined

LANES = 16
_H, _C, _T, SCRATCH_ROWS = 30, 78, 90, 102
DATA_ROWS = 14
_A, _B = (5 + 3 * 5**0.5) / 20, (5 - 5**0.5) / 20
CONSTANTS = (4 * _B, 4 * (_A - _B), 0.5, 0.0)
"""What the kernels take as `k`, in the precision of their vectors."""


@inlined
def _bubble(s: Any, e: int, a: int, b: int, k: Any) -> None:
    """Bubble of edge e = (a, b), stored for both ends."""
    for i in range(LANES):
        for c in range(3):
            ends = s[(3 * a + c) * LANES + i] + s[(3 * b + c) * LANES + i]
            h = s[(12 + 3 * e + c) * LANES + i] - k[2] * ends
            s[(_H + 12 * a + 3 * b + c) * LANES + i] = h
            s[(_H + 12 * b + 3 * a + c) * LANES + i] = h


@inlined
def _corner(s: Any, b: int, k: Any) -> None:
    """u_b + 4 B sum_a h_ab; the bubble of a corner with itself and the sums begin at zero."""
    for i in range(LANES):
        for c in range(3):
            s[(_H + 15 * b + c) * LANES + i] = k[3]
            s[(_T + 3 * b + c) * LANES + i] = k[3]
            h = s[(_H + 3 * b + c) * LANES + i] + s[(_H + 12 + 3 * b + c) * LANES + i]
            h += s[(_H + 24 + 3 * b + c) * LANES + i] + s[(_H + 36 + 3 * b + c) * LANES + i]
            s[(_C + 3 * b + c) * LANES + i] = s[(3 * b + c) * LANES + i] + k[0] * h


@inlined
def _point(s: Any, g: Any, q: int, k: Any) -> None:
    """Gradient, stress and its share of the nodal forces at point q (the bubbles' places take them)."""
    h = (_H + 12 * q) * LANES
    for i in range(LANES):
        o0 = s[_C * LANES + i] + k[1] * s[h + i]
        o1 = s[(_C + 1) * LANES + i] + k[1] * s[h + LANES + i]
        o2 = s[(_C + 2) * LANES + i] + k[1] * s[h + 2 * LANES + i]
        a0 = s[(_C + 3) * LANES + i] + k[1] * s[h + 3 * LANES + i] - o0
        a1 = s[(_C + 4) * LANES + i] + k[1] * s[h + 4 * LANES + i] - o1
        a2 = s[(_C + 5) * LANES + i] + k[1] * s[h + 5 * LANES + i] - o2
        b0 = s[(_C + 6) * LANES + i] + k[1] * s[h + 6 * LANES + i] - o0
        b1 = s[(_C + 7) * LANES + i] + k[1] * s[h + 7 * LANES + i] - o1
        b2 = s[(_C + 8) * LANES + i] + k[1] * s[h + 8 * LANES + i] - o2
        c0 = s[(_C + 9) * LANES + i] + k[1] * s[h + 9 * LANES + i] - o0
        c1 = s[(_C + 10) * LANES + i] + k[1] * s[h + 10 * LANES + i] - o1
        c2 = s[(_C + 11) * LANES + i] + k[1] * s[h + 11 * LANES + i] - o2
        ax, ay, az = g[i], g[LANES + i], g[2 * LANES + i]
        bx, by, bz = g[3 * LANES + i], g[4 * LANES + i], g[5 * LANES + i]
        cx, cy, cz = g[6 * LANES + i], g[7 * LANES + i], g[8 * LANES + i]
        w = g[(9 + q) * LANES + i]
        xx = a0 * ax + b0 * bx + c0 * cx
        yy = a1 * ay + b1 * by + c1 * cy
        zz = a2 * az + b2 * bz + c2 * cz
        pressure = g[13 * LANES + i] * (xx + yy + zz)
        half = k[2] * w
        xy = half * (a0 * ay + b0 * by + c0 * cy + a1 * ax + b1 * bx + c1 * cx)
        xz = half * (a0 * az + b0 * bz + c0 * cz + a2 * ax + b2 * bx + c2 * cx)
        yz = half * (a1 * az + b1 * bz + c1 * cz + a2 * ay + b2 * by + c2 * cy)
        xx, yy, zz = w * (xx + pressure), w * (yy + pressure), w * (zz + pressure)
        a0 = xx * ax + xy * ay + xz * az
        a1 = xy * ax + yy * ay + yz * az
        a2 = xz * ax + yz * ay + zz * az
        b0 = xx * bx + xy * by + xz * bz
        b1 = xy * bx + yy * by + yz * bz
        b2 = xz * bx + yz * by + zz * bz
        c0 = xx * cx + xy * cy + xz * cz
        c1 = xy * cx + yy * cy + yz * cz
        c2 = xz * cx + yz * cy + zz * cz
        o0, o1, o2 = -a0 - b0 - c0, -a1 - b1 - c1, -a2 - b2 - c2
        s[h + i] = o0
        s[h + LANES + i] = o1
        s[h + 2 * LANES + i] = o2
        s[h + 3 * LANES + i] = a0
        s[h + 4 * LANES + i] = a1
        s[h + 5 * LANES + i] = a2
        s[h + 6 * LANES + i] = b0
        s[h + 7 * LANES + i] = b1
        s[h + 8 * LANES + i] = b2
        s[h + 9 * LANES + i] = c0
        s[h + 10 * LANES + i] = c1
        s[h + 11 * LANES + i] = c2
        s[_T * LANES + i] += o0
        s[(_T + 1) * LANES + i] += o1
        s[(_T + 2) * LANES + i] += o2
        s[(_T + 3) * LANES + i] += a0
        s[(_T + 4) * LANES + i] += a1
        s[(_T + 5) * LANES + i] += a2
        s[(_T + 6) * LANES + i] += b0
        s[(_T + 7) * LANES + i] += b1
        s[(_T + 8) * LANES + i] += b2
        s[(_T + 9) * LANES + i] += c0
        s[(_T + 10) * LANES + i] += c1
        s[(_T + 11) * LANES + i] += c2


@inlined
def _side(s: Any, e: int, a: int, b: int, k: Any) -> None:
    """Force of the mid-side node of edge e = (a, b): that of its bubble."""
    for i in range(LANES):
        for c in range(3):
            sums = s[(_T + 3 * a + c) * LANES + i] + s[(_T + 3 * b + c) * LANES + i]
            own = s[(_H + 12 * a + 3 * b + c) * LANES + i] + s[(_H + 12 * b + 3 * a + c) * LANES + i]
            s[(12 + 3 * e + c) * LANES + i] = k[0] * sums + k[1] * own


@inlined
def _ends(s: Any, k: Any) -> None:
    """Forces of the corners: half of each bubble's force acts backwards on both its ends."""
    for i in range(LANES):
        for c in range(3):
            e0, e1, e2 = s[(12 + c) * LANES + i], s[(15 + c) * LANES + i], s[(18 + c) * LANES + i]
            e3, e4, e5 = s[(21 + c) * LANES + i], s[(24 + c) * LANES + i], s[(27 + c) * LANES + i]
            s[c * LANES + i] = s[(_T + c) * LANES + i] - k[2] * (e0 + e2 + e3)
            s[(3 + c) * LANES + i] = s[(_T + 3 + c) * LANES + i] - k[2] * (e0 + e1 + e4)
            s[(6 + c) * LANES + i] = s[(_T + 6 + c) * LANES + i] - k[2] * (e1 + e2 + e5)
            s[(9 + c) * LANES + i] = s[(_T + 9 + c) * LANES + i] - k[2] * (e3 + e4 + e5)


@compiled
def _cells(s: Any, g: Any, k: Any) -> None:
    """Vectors of LANES cells (rows 0..29) into their nodal forces."""
    _bubble(s, 0, 0, 1, k)
    _bubble(s, 1, 1, 2, k)
    _bubble(s, 2, 2, 0, k)
    _bubble(s, 3, 0, 3, k)
    _bubble(s, 4, 1, 3, k)
    _bubble(s, 5, 2, 3, k)
    _corner(s, 0, k)
    _corner(s, 1, k)
    _corner(s, 2, k)
    _corner(s, 3, k)
    _point(s, g, 0, k)
    _point(s, g, 1, k)
    _point(s, g, 2, k)
    _point(s, g, 3, k)
    _side(s, 0, 0, 1, k)
    _side(s, 1, 1, 2, k)
    _side(s, 2, 2, 0, k)
    _side(s, 3, 0, 3, k)
    _side(s, 4, 1, 3, k)
    _side(s, 5, 2, 3, k)
    _ends(s, k)


@compiled
def apply_cells(nodes: Any, data: Any, x: Any, y: Any, s: Any, k: Any) -> None:
    """y += K x: x, y (vectors, n, 3); nodes (batches, LANES, 10); data (batches, DATA_ROWS * LANES).

    s: scratch (SCRATCH_ROWS * LANES,) and k: `CONSTANTS`, both in the precision of the vectors.
    """
    for batch in range(len(nodes)):
        for v in range(len(x)):
            for i in range(LANES):
                for a in range(10):
                    at = nodes[batch, i, a]
                    for c in range(3):
                        s[(3 * a + c) * LANES + i] = x[v, at, c]
            _cells(s, data[batch], k)
            for i in range(LANES):
                for a in range(10):
                    at = nodes[batch, i, a]
                    for c in range(3):
                        y[v, at, c] += s[(3 * a + c) * LANES + i]


@compiled
def add_diagonal(nodes: Any, data: Any, out: Any) -> None:
    """Add the 3x3 diagonal blocks of K to `out` (n, 3, 3); arguments as those of `apply_cells`, in double."""
    g = np.zeros((4, 3))
    n = np.zeros(3)
    for batch in range(len(nodes)):
        for i in range(LANES):
            for j in range(9):
                g[1 + j // 3, j % 3] = data[batch, j * LANES + i]
            for c in range(3):
                g[0, c] = -g[1, c] - g[2, c] - g[3, c]
            ratio = data[batch, 13 * LANES + i]
            for q in range(4):
                w = data[batch, (9 + q) * LANES + i]
                for a in range(10):
                    b, d = 0, 0
                    if a >= 4:
                        b, d = _EDGE_A[a - 4], _EDGE_B[a - 4]
                    for c in range(3):
                        if a < 4:
                            n[c] = (4 * (_A if q == a else _B) - 1) * g[a, c]
                        else:
                            n[c] = 4 * ((_A if q == b else _B) * g[d, c] + (_A if q == d else _B) * g[b, c])
                    square = 0.5 * w * (n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
                    at = nodes[batch, i, a]
                    for c in range(3):
                        out[at, c, c] += square
                        for e in range(3):
                            out[at, c, e] += (ratio + 0.5) * w * n[c] * n[e]


_EDGE_A = np.array([0, 1, 2, 0, 1, 2])
_EDGE_B = np.array([1, 2, 0, 3, 3, 3])
