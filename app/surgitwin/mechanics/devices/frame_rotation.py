"""Rotations of frame nodes as unit quaternions (w, x, y, z); compiled helpers and their vectorised forms."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_jit import compiled


@compiled
def product(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """out (4,) = a b."""
    out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
    out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2]
    out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1]
    out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]


@compiled
def matrix(q: FloatArray, out: FloatArray) -> None:
    """out (3, 3) = the rotation of the unit quaternion q."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    out[0, 0], out[0, 1], out[0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    out[1, 0], out[1, 1], out[1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    out[2, 0], out[2, 1], out[2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)


@compiled
def turned(rotation: FloatArray, spin: FloatArray) -> FloatArray:
    """(n, 4) rotations after a further turn by the vectors `spin` (n, 3), radians, in space."""
    out = np.empty_like(rotation)
    step = np.empty(4)
    for i in range(len(rotation)):
        angle2 = spin[i, 0] ** 2 + spin[i, 1] ** 2 + spin[i, 2] ** 2
        angle = np.sqrt(angle2)
        step[0] = np.cos(angle / 2)
        share = np.sin(angle / 2) / angle if angle > 1e-6 else 0.5 - angle2 / 48
        for c in range(3):
            step[1 + c] = share * spin[i, c]
        product(step, rotation[i], out[i])
        size = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2 + out[i, 3] ** 2)
        for c in range(4):
            out[i, c] /= size
    return out


def no_turn(n: int) -> FloatArray:
    """(n, 4) identities."""
    out = np.zeros((n, 4))
    out[:, 0] = 1.0
    return out


def quaternions(matrices: FloatArray) -> FloatArray:
    """(n, 4) of rotation matrices (n, 3, 3)."""
    m = np.asarray(matrices, float)
    trace = np.einsum("nii->n", m)
    diagonal = np.einsum("nii->ni", m)
    squares = np.concatenate([1 + trace[:, None], 1 + 2 * diagonal - trace[:, None]], axis=1)  # 4 q^2
    lead = squares.argmax(1)
    skew = np.stack([m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], axis=1)
    table = np.empty((len(m), 4, 4))  # 4 q q^T
    table[:, 1:, 1:] = m + m.transpose(0, 2, 1)
    table[:, 0, 1:], table[:, 1:, 0] = skew, skew
    table[:, range(4), range(4)] = squares
    rows = table[np.arange(len(m)), lead]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def matrices(rotation: FloatArray) -> FloatArray:
    """(n, 3, 3) of unit quaternions (n, 4)."""
    w, x, y, z = np.asarray(rotation, float).T
    out = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    return np.ascontiguousarray(out.transpose(2, 0, 1))
