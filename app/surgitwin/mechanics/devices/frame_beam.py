"""Compiled two-node beam of Simo and Reissner's kind: large displacements and rotations, one section.

With the nodes' rotations R1, R2 (times the element's frame at rest E): psi = log((R1 E)^T R2 E), the middle
frame Rm = R1 E exp(psi / 2), g = Rm^T (x2 - x1) / L. Strains are g - (1, 0, 0) and psi / L; both stay as they
are when everything turns together. With a = |psi| the spins s of the nodes, seen from Rm, give

    d psi = S (s2 - s1),   S = I a / (2 sin(a/2)) on what is across psi, 1 along it
    w = (s1 + s2) / 2 - t psi x (s2 - s1) / 2,   t = tan(a/4) / a,   d g = Rm^T dx / L + g x w
"""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.devices.frame_jit import compiled
from surgitwin.mechanics.devices.frame_metal import fibre_stress
from surgitwin.mechanics.devices.frame_rotation import matrix, product


@compiled
def _skew(v: FloatArray, out: FloatArray) -> None:
    """out (3, 3) x = v cross x."""
    out[0, 0], out[0, 1], out[0, 2] = 0.0, -v[2], v[1]
    out[1, 0], out[1, 1], out[1, 2] = v[2], 0.0, -v[0]
    out[2, 0], out[2, 1], out[2, 2] = -v[1], v[0], 0.0


@compiled
def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@compiled
def _factors(a2: float) -> tuple[float, float, float, float, float, float]:
    """S = p I + b psi psi^T and t of the module, with p'/a, b'/a, t'/a; a2 = |psi|^2."""
    if a2 < 1e-4:
        return (
            1 + a2 / 24, 1 / 12 + 7 * a2 / 1440, -1 / 24 - 7 * a2 / 5760, -7 / 2880 - 31 * a2 / 241920,
            0.25 + a2 / 192, 1 / 96 + a2 / 3840,
        )  # fmt: skip
    a = np.sqrt(a2)
    sine, cosine = np.sin(a / 2), np.cos(a / 2)
    p = a / (2 * sine)
    dp = (sine - a * cosine / 2) / (2 * sine * sine)
    b = (1 - p) / a2
    tangent = np.tan(a / 4)
    dt = ((1 + tangent * tangent) / 4 - tangent / a) / a
    return p, dp / a, b, (-dp / a2 - 2 * b / a) / a, tangent / a, dt / a


@compiled
def _middle(q1: FloatArray, q2: FloatArray, frame: FloatArray, psi: FloatArray, middle: FloatArray) -> None:
    """Fill psi (3,), seen from the element, and the middle frame (3, 3)."""
    back, relative, half, turn = np.empty(4), np.empty(4), np.empty(4), np.empty((3, 3))
    back[0], back[1], back[2], back[3] = q1[0], -q1[1], -q1[2], -q1[3]
    product(back, q2, relative)
    if relative[0] < 0.0:
        relative *= -1.0
    sine = np.sqrt(relative[1] ** 2 + relative[2] ** 2 + relative[3] ** 2)
    size = 2.0 * np.arctan2(sine, relative[0]) / sine if sine > 1e-12 else 2.0
    for i in range(3):
        psi[i] = 0.0
        for j in range(3):
            psi[i] += frame[j, i] * size * relative[1 + j]
    relative[0] += 1.0  # the half turn lies between no turn and the whole
    relative /= np.sqrt((relative * relative).sum())
    product(q1, relative, half)
    matrix(half, turn)
    middle[:] = turn @ frame


@compiled
def _section(
    strain: FloatArray, points: FloatArray, weights: FloatArray, stiff: FloatArray, kind: int,
    row: FloatArray, shear: float, length: float, old: FloatArray, new: FloatArray, force: FloatArray,
    slope: FloatArray,
) -> None:  # fmt: skip
    """Resultants (6,) and their slopes (6, 6) for strain (6,): stretch, two shears, twist, two bendings.

    An element has one curvature. What a moment that varies along it bends more is added to the elastic shear
    (MacNeal's residual bending flexibility, length^2 / 12 EI): then elastic bending is exact on any mesh.
    """
    force[:] = 0.0
    slope[:] = 0.0
    for q in range(len(weights)):
        y, z = points[q, 0], points[q, 1]
        stress, young = fibre_stress(kind, row, strain[0] + z * strain[4] - y * strain[5], old[q], new[q])
        arm = (1.0, z, -y)
        at = (0, 4, 5)
        for i in range(3):
            force[at[i]] += weights[q] * stress * arm[i]
            for j in range(3):
                slope[at[i], at[j]] += weights[q] * young * arm[i] * arm[j]
    for i in range(3):
        slope[1 + i, 1 + i] = shear * stiff[i]
        if i < 2:
            slope[1 + i, 1 + i] /= 1.0 + shear * stiff[i] * length * length / (12.0 * row[0] * stiff[3 + i])
        force[1 + i] = slope[1 + i, 1 + i] * strain[1 + i]


@compiled
def _rows(
    psi: FloatArray, g: FloatArray, length: float, w: FloatArray, dg: FloatArray, dpsi: FloatArray
) -> None:
    """Fill w, dg, dpsi (3, 12): their slopes in (x1, s1, x2, s2), all seen from the middle frame."""
    p, _, b, _, t, _ = _factors((psi * psi).sum())
    turn, cross = np.empty((3, 3)), np.empty((3, 3))
    _skew(psi, turn)
    _skew(g, cross)
    w[:] = 0.0
    dg[:] = 0.0
    dpsi[:] = 0.0
    for i in range(3):
        dg[i, i], dg[i, 6 + i] = -1.0 / length, 1.0 / length
        for j in range(3):
            unit = 1.0 if i == j else 0.0
            s = p * unit + b * psi[i] * psi[j]
            dpsi[i, 3 + j], dpsi[i, 9 + j] = -s, s
            half = 0.5 * t * turn[i, j]
            w[i, 3 + j], w[i, 9 + j] = 0.5 * unit + half, 0.5 * unit - half
    dg += cross @ w


@compiled
def _moment_slopes(
    psi: FloatArray, m: FloatArray, c: FloatArray, dm: FloatArray, dc: FloatArray, dpsi: FloatArray
) -> FloatArray:
    """Slope (3, 12) of q = S M + t psi x c / 2."""
    p, dp, b, db, t, dt = _factors((psi * psi).sum())
    along = (psi * m).sum()
    side = _cross(psi, c)
    by_psi, by_m, turn = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    _skew(c, turn)
    for i in range(3):
        for j in range(3):
            unit = 1.0 if i == j else 0.0
            by_m[i, j] = p * unit + b * psi[i] * psi[j]
            by_psi[i, j] = (dp * m[i] + db * along * psi[i] + 0.5 * dt * side[i]) * psi[j]
            by_psi[i, j] += b * (along * unit + psi[i] * m[j]) - 0.5 * t * turn[i, j]
    _skew(psi, turn)
    return by_m @ dm + by_psi @ dpsi + 0.5 * t * (turn @ dc)


@compiled
def _nodal(psi: FloatArray, g: FloatArray, length: float, force: FloatArray, f: FloatArray) -> None:
    """Nodal forces f (12,) of the resultants force (6,), seen from the middle frame."""
    p, _, b, _, t, _ = _factors((psi * psi).sum())
    n, m = force[:3], force[3:]
    c = length * _cross(n, g)
    q = p * m + b * (psi * m).sum() * psi + 0.5 * t * _cross(psi, c)
    f[0:3], f[3:6], f[6:9], f[9:12] = -n, 0.5 * c - q, n, 0.5 * c + q


@compiled
def _slopes(
    psi: FloatArray, g: FloatArray, length: float, carried: FloatArray, slope: FloatArray, k: FloatArray,
    lead: FloatArray,
) -> None:  # fmt: skip
    """Slopes k (12, 12) of the nodal forces and lead (6, 12) of the resultants, in the middle frame."""
    w, dg, dpsi = np.empty((3, 12)), np.empty((3, 12)), np.empty((3, 12))
    _rows(psi, g, length, w, dg, dpsi)
    n, m = carried[:3].copy(), carried[3:].copy()
    bend = dpsi / length
    lead[:3] = np.ascontiguousarray(slope[:3, :3]) @ dg + np.ascontiguousarray(slope[:3, 3:]) @ bend
    lead[3:] = np.ascontiguousarray(slope[3:, :3]) @ dg + np.ascontiguousarray(slope[3:, 3:]) @ bend
    dn, dm = lead[:3].copy(), lead[3:].copy()
    turn_n, turn_g, turn, f = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3)), np.empty(12)
    _skew(n, turn_n)
    _skew(g, turn_g)
    dc = length * (turn_n @ dg - turn_g @ dn)
    dq = _moment_slopes(psi, m, length * _cross(n, g), dm, dc, dpsi)
    k[0:3], k[3:6], k[6:9], k[9:12] = -dn, 0.5 * dc - dq, dn, 0.5 * dc + dq
    _nodal(psi, g, length, carried, f)
    for a in range(4):  # the middle frame turns with w, and the forces with it
        _skew(f[3 * a : 3 * a + 3], turn)
        k[3 * a : 3 * a + 3] -= turn @ w


@compiled
def _into_space(
    middle: FloatArray, f: FloatArray, k: FloatArray, six: FloatArray, half: FloatArray, force: FloatArray,
    slope: FloatArray, lead: FloatArray,
) -> None:  # fmt: skip
    """Turn forces, slopes and leads from the middle frame, and take the symmetric part of the slopes."""
    for b in range(0, 12, 3):
        for i in range(3):
            force[b + i] = middle[i, 0] * f[b] + middle[i, 1] * f[b + 1] + middle[i, 2] * f[b + 2]
            for row in range(6):
                lead[row, b + i] = (
                    six[row, b] * middle[i, 0]
                    + six[row, b + 1] * middle[i, 1]
                    + six[row, b + 2] * middle[i, 2]
                )
            for row in range(12):
                half[row, b + i] = (
                    k[row, b] * middle[i, 0] + k[row, b + 1] * middle[i, 1] + k[row, b + 2] * middle[i, 2]
                )
    for a in range(0, 12, 3):
        for i in range(3):
            x, y, z = middle[i, 0], middle[i, 1], middle[i, 2]
            for j in range(12):
                slope[a + i, j] = x * half[a, j] + y * half[a + 1, j] + z * half[a + 2, j]
    for i in range(12):
        for j in range(i):
            slope[i, j] = slope[j, i] = 0.5 * (slope[i, j] + slope[j, i])


@compiled
def frame_forces(
    points: FloatArray, rotation: FloatArray, ends: IntArray, length: FloatArray, frames: FloatArray,
    section: IntArray, fibres: FloatArray, weights: FloatArray, stiff: FloatArray, kind: int, row: FloatArray,
    shear: float, old: FloatArray, predict: bool, carried: FloatArray, new: FloatArray, force: FloatArray,
    slope: FloatArray, lead: FloatArray, strains: FloatArray,
) -> None:  # fmt: skip
    """Forces (e, 12) and symmetric slopes (e, 12, 12) of all elements, in space.

    points (n, 3), rotation (n, 4), ends (e, 2), length (e,), frames (e, 3, 3); section (e,) picks one of
    fibres (s, q, 2), weights (s, q), stiff (s, 5); old, new (e, q, 3). Filled: new, force, slope, strains
    (e, 6), and lead (e, 6, 12), the slopes of the resultants. carried (e, 6): resultants in the slope's
    geometric part; taken as given when `predict`, else filled with the present ones. The slope is symmetric
    where nodes carry no moment from outside: its unsymmetric part is left out.
    """
    psi, g, middle = np.empty(3), np.empty(3), np.empty((3, 3))
    resultant, c6, f, k, six = (
        np.empty(6),
        np.empty((6, 6)),
        np.empty(12),
        np.empty((12, 12)),
        np.empty((6, 12)),
    )
    half = np.empty((12, 12))
    for e in range(len(ends)):
        a, b = ends[e, 0], ends[e, 1]
        _middle(rotation[a], rotation[b], frames[e], psi, middle)
        for i in range(3):
            g[i] = 0.0
            for j in range(3):
                g[i] += middle[j, i] * (points[b, j] - points[a, j]) / length[e]
            strains[e, i], strains[e, 3 + i] = g[i], psi[i] / length[e]
        strains[e, 0] -= 1.0
        s = section[e]
        _section(
            strains[e],
            fibres[s],
            weights[s],
            stiff[s],
            kind,
            row,
            shear,
            length[e],
            old[e],
            new[e],
            resultant,
            c6,
        )
        if not predict:
            carried[e] = resultant
        _nodal(psi, g, length[e], resultant, f)
        _slopes(psi, g, length[e], carried[e], c6, k, six)
        carried[e] = resultant
        _into_space(middle, f, k, six, half, force[e], slope[e], lead[e])
