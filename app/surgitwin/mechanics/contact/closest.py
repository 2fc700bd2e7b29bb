"""Compiled kernels of the projection: Newton's method for the closest point of one facet, over all points."""

from __future__ import annotations

from typing import Any

import numpy as np

from surgitwin.mechanics.contact.compiled import compiled
from surgitwin.mechanics.contact.shapes import shape_at

NEWTON_STEPS = 30


@compiled
def _overshoot(kind: int, xi: Any) -> float:
    """How far xi lies outside the reference facet; negative inside."""
    if kind < 2:
        return float(max(-xi[0], xi[0] - 1))
    if kind < 4:
        return float(max(-xi[0], -xi[1], xi[0] + xi[1] - 1))
    return float(max(-xi[0], -xi[1], xi[0] - 1, xi[1] - 1))


@compiled
def _frame(
    x: Any, value: Any, first: Any, second: Any, at: Any, tangent: Any, bend: Any, normal: Any
) -> None:
    """Point, tangents, second derivatives and unit normal of a facet from its node positions x (k, d)."""
    k, d = x.shape
    p = first.shape[0]
    for c in range(d):
        at[c] = 0.0
        for a in range(p):
            tangent[a, c] = 0.0
            for b in range(p):
                bend[a, b, c] = 0.0
        for n in range(k):
            at[c] += value[n] * x[n, c]
            for a in range(p):
                tangent[a, c] += first[a, n] * x[n, c]
                for b in range(p):
                    bend[a, b, c] += second[a, b, n] * x[n, c]
    if d == 2:
        normal[0], normal[1] = tangent[0, 1], -tangent[0, 0]
    else:
        for c in range(3):
            i, j = (c + 1) % 3, (c + 2) % 3
            normal[c] = tangent[0, i] * tangent[1, j] - tangent[0, j] * tangent[1, i]
    length = np.sqrt((normal * normal).sum())
    if length > 0:
        normal /= length


@compiled
def _newton(kind: int, point: Any, x: Any, xi: Any, work: Any) -> bool:
    """Closest point of the (extended) facet to `point`, into xi; False when it was not found."""
    value, first, second, at, tangent, bend, normal = work
    p = xi.shape[0]
    for a in range(p):
        xi[a] = 0.5 if (kind < 2 or kind > 3) else 1.0 / 3.0
    for _ in range(NEWTON_STEPS):
        shape_at(kind, xi, value, first, second)
        _frame(x, value, first, second, at, tangent, bend, normal)
        gap = point - at
        f0, j00 = (gap * tangent[0]).sum(), (tangent[0] * tangent[0]).sum()
        full = j00 - (gap * bend[0, 0]).sum()
        if p == 1:
            step0, step1 = f0 / (full if full > 0.2 * j00 else j00), 0.0
        else:
            f1 = (gap * tangent[1]).sum()
            j01, j11 = (tangent[0] * tangent[1]).sum(), (tangent[1] * tangent[1]).sum()
            h00, h11 = full, j11 - (gap * bend[1, 1]).sum()
            h01 = j01 - (gap * bend[0, 1]).sum()
            if h00 <= 0.0 or h00 * h11 - h01 * h01 < 0.04 * (j00 * j11 - j01 * j01):
                h00, h01, h11 = j00, j01, j11
            det = h00 * h11 - h01 * h01
            if det <= 0.0:
                return False
            step0, step1 = (h11 * f0 - h01 * f1) / det, (h00 * f1 - h01 * f0) / det
        longest = max(abs(step0), abs(step1))
        scale = 0.5 / longest if longest > 0.5 else 1.0
        xi[0] += scale * step0
        if p == 2:
            xi[1] += scale * step1
        if longest < 1e-12:
            return True
        if _overshoot(kind, xi) > 1.5:
            return False
    return bool(longest < 1e-8)


@compiled
def project_all(
    kinds: Any, rest: Any, points: Any, slave_normal: Any, corner: Any, candidate: Any, settings: Any,
    facet: Any, xi: Any, gap: Any, outside: Any,
) -> None:  # fmt: skip
    """Fill facet, xi, gap and outside at the points `rest`, whose candidates are (rest, c)."""
    kind, k = kinds
    d, p = points.shape[1], xi.shape[1]
    limit, overshoot, opposing = settings[0], settings[1], settings[2]
    work = (
        np.zeros(k), np.zeros((p, k)), np.zeros((p, p, k)),
        np.zeros(d), np.zeros((p, d)), np.zeros((p, p, d)), np.zeros(d),
    )  # fmt: skip
    place = np.zeros(p)
    for j in range(len(rest)):
        i, best = rest[j], np.inf
        for c in range(candidate.shape[1]):
            f = candidate[j, c]
            if (candidate[j, :c] == f).any() or not _newton(kind, points[i], corner[f], place, work):
                continue
            beyond = _overshoot(kind, place)
            if beyond > overshoot:
                continue
            distance = ((points[i] - work[3]) * work[6]).sum()
            if abs(distance) > limit or (slave_normal[i] * work[6]).sum() > -opposing:
                continue
            # Facets that contain the point come before extended ones at the same distance.
            score = abs(distance) + max(beyond, 0.0) * np.sqrt((work[4][0] ** 2).sum())
            if score < best:
                best = score
                facet[i], xi[i], gap[i], outside[i] = f, place, distance, beyond
