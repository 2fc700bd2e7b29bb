"""Compiled contact of lumen points with the swept surface of a device's rings.

gap = r - B c: r the distance of the point from the device's axis in its section, B c the outer radius of the
rings there. Energy of a point: weight * penalty * phi(gap), phi = gap^2/2
below -width, 0 above +width, and a third-order piece between that joins them with its first two derivatives.
Axis, section and B of each point are frozen during a load step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.mechanics.vector_jit import compiled


@compiled
def gaps(
    x: Any, faces: Any, N: Any, face: Any, origin: Any, e1: Any, e2: Any, columns: Any, B: Any, c: Any,
    active: Any, polar: Any, gap: Any,
) -> None:  # fmt: skip
    """Gap of every lumen point; `polar` (m, 3) gets its radius and the cosine and sine of its angle.

    x (n, 3): places of nodes. faces (f, 6), face (m,), N (m, 6): where the points are. origin, e1, e2
    (m, 3): frozen sections. columns, B (m, 8): ring values c that make the radius there.
    """
    for q in range(len(face)):
        if not active[q]:
            gap[q] = 1e9
            continue
        u, v = 0.0, 0.0
        for i in range(3):
            place = -origin[q, i]
            for a in range(6):
                place += N[q, a] * x[faces[face[q], a], i]
            u += place * e1[q, i]
            v += place * e2[q, i]
        r = np.sqrt(u * u + v * v)
        polar[q, 0], polar[q, 1], polar[q, 2] = r, u / r, v / r
        radius = 0.0
        for k in range(8):
            radius += B[q, k] * c[columns[q, k]]
        gap[q] = r - radius


@compiled
def contact_forces(
    gap: Any, weight: Any, polar: Any, faces: Any, N: Any, face: Any, e1: Any, e2: Any, columns: Any, B: Any,
    width: float, normal: Any, stiffness: Any, wall: Any, rings: Any,
) -> float:  # fmt: skip
    """Adds the gradient of the contact energy to `wall` (n, 3) and `rings`; returns the energy N mm.

    weight (m,): area times penalty, N/mm. normal (m,): gets the force of each point, N; stiffness (m,) its
    slope.
    """
    energy = 0.0
    for q in range(len(gap)):
        normal[q], stiffness[q] = 0.0, 0.0
        g = gap[q]
        if g >= width:
            continue
        if g > -width:
            normal[q] = weight[q] * (width - g) ** 2 / (4 * width)
            stiffness[q] = weight[q] * (width - g) / (2 * width)
            energy += weight[q] * (width - g) ** 3 / (12 * width)
        else:
            normal[q] = -weight[q] * g
            stiffness[q] = weight[q]
            energy += weight[q] * (0.5 * g * g + width * width / 6)
        for i in range(3):
            push = -normal[q] * (polar[q, 1] * e1[q, i] + polar[q, 2] * e2[q, i])
            for a in range(6):
                wall[faces[face[q], a], i] += N[q, a] * push
        for k in range(8):
            rings[columns[q, k]] += B[q, k] * normal[q]
    return energy


@compiled
def contact_tangent(
    polar: Any, normal: Any, stiffness: Any, faces: Any, N: Any, face: Any, e1: Any, e2: Any, columns: Any,
    B: Any, start: Any, lumen: Any, cross: Any, ring: Any, data: Any,
) -> None:  # fmt: skip
    """Adds the contact's upper triangle to the values `data`.

    start (f, 6, 6, 3): of the blocks of face nodes as in `wall_kernel.tangent`. lumen (n,): number of a node
    among the lumen's nodes. cross (lumen nodes, 3, columns): place of (node, component, ring value); ring
    (columns, columns): of ring values, -1 in the lower triangle.
    """
    radial, around = np.empty(3), np.empty(3)
    for q in range(len(normal)):
        if stiffness[q] == 0.0:
            continue
        k, turn = stiffness[q], -normal[q] / polar[q, 0]
        for i in range(3):
            radial[i] = polar[q, 1] * e1[q, i] + polar[q, 2] * e2[q, i]
            around[i] = polar[q, 1] * e2[q, i] - polar[q, 2] * e1[q, i]
        for a in range(6):
            for b in range(6):
                if start[face[q], a, b, 0] < 0:
                    continue
                both = N[q, a] * N[q, b]
                for i in range(3):
                    to = start[face[q], a, b, i]
                    first, low = (i, i) if a == b else (0, 0)
                    for j in range(first, 3):
                        part = k * radial[i] * radial[j] + turn * around[i] * around[j]
                        data[to + j - low] += both * part
            node = lumen[faces[face[q], a]]
            for i in range(3):
                pull = -k * N[q, a] * radial[i]
                for m in range(8):
                    data[cross[node, i, columns[q, m]]] += pull * B[q, m]
        for m in range(8):
            for n in range(8):
                to = ring[columns[q, m], columns[q, n]]
                if to >= 0:
                    data[to] += k * B[q, m] * B[q, n]
