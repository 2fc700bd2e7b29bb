"""A smooth course through points, with frames that turn as little as possible."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline

from surgitwin.core.arrays import FloatArray
from surgitwin.core.vessel import Course


def course_through(points_mm: FloatArray, step_mm: float, smooth_mm: float = 0.0) -> Course:
    """A course through LPS points (n, 3) in the order of the flow, stations step_mm apart.

    smooth_mm: Gaussian width along the way; the ends stay (the line is mirrored about its end points).
    """
    points = np.asarray(points_mm, float)
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    points = points[np.concatenate([[True], step > 1e-6])]
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    fine_step = min(step_mm, 0.25)
    n = max(2, round(s[-1] / fine_step))
    fine = np.linspace(0, s[-1], n + 1)
    line = np.stack([np.interp(fine, s, points[:, c]) for c in range(3)], 1)
    if smooth_mm > 0:
        line = smoothed(line, smooth_mm / (s[-1] / n))
    return _with_frames(line, step_mm)


def smoothed(values: FloatArray, sigma: float) -> FloatArray:
    """Gaussian along axis 0 that keeps both ends (odd mirror). sigma: in samples."""
    pad = min(len(values) - 1, int(4 * sigma) + 1)
    head = 2 * values[0] - values[pad:0:-1]
    tail = 2 * values[-1] - values[-2 : -pad - 2 : -1]
    long = np.concatenate([head, values, tail])
    out: FloatArray = ndimage.gaussian_filter1d(long, sigma, axis=0)[pad : pad + len(values)]
    return out


def _with_frames(line: FloatArray, step_mm: float) -> Course:
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    curve = CubicSpline(s, line)
    n = max(2, round(s[-1] / step_mm))
    at = np.linspace(0, s[-1], n + 1)
    points, tangent = curve(at), curve(at, 1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    e1 = _carried(tangent)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return Course(length, points, tangent, e1, np.cross(tangent, e1))


def _carried(tangent: FloatArray) -> FloatArray:
    """First axes (n, 3) carried along the tangents: each is the last one made square to the next tangent."""
    start = np.eye(3)[np.argmin(np.abs(tangent[0]))]
    e1 = np.empty_like(tangent)
    e1[0] = start - tangent[0] * (start @ tangent[0])
    e1[0] /= np.linalg.norm(e1[0])
    for i in range(1, len(tangent)):
        axis = e1[i - 1] - tangent[i] * (e1[i - 1] @ tangent[i])
        e1[i] = axis / np.linalg.norm(axis)
    return e1
