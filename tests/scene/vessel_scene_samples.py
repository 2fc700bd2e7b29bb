"""A bent tube, its wall with a device in it, and a root, all made by hand with known numbers."""

from __future__ import annotations

import numpy as np

from surgitwin.core.vessel import Calcium, Course, LumenTube
from surgitwin.core.wall import WallMesh

RADIUS_MM, BEND_MM = 3.0, 60.0


def course(length: float = 40.0, n: int = 81, bend_mm: float = BEND_MM) -> Course:
    """An arc of radius `bend_mm` in the coronal plane that starts upwards."""
    s = np.linspace(0, length, n)
    t = s / bend_mm
    points = np.stack([bend_mm * (1 - np.cos(t)), np.zeros(n), bend_mm * np.sin(t)], 1)
    points += np.array([10.0, -20.0, 30.0])
    tangent = np.stack([np.sin(t), np.zeros(n), np.cos(t)], 1)
    e1 = np.stack([np.cos(t), np.zeros(n), -np.sin(t)], 1)
    return Course(s, points, tangent, e1, np.cross(tangent, e1))


def tube(throat: float = 0.5, radius_mm: float = RADIUS_MM, m: int = 48, **changes: float) -> LumenTube:
    """A tube with a round narrowing to `throat` of its radius in the middle, calcified at angle 0 there."""
    line = course(**changes)
    s = line.s_mm - line.s_mm.mean()
    radius = radius_mm * (1 - (1 - throat) * np.exp(-((s / 4.0) ** 2)))
    angle = 2 * np.pi * np.arange(m) / m
    hard = (np.abs(s) < 3)[:, None] & (np.cos(angle) > 0.7)[None]
    return LumenTube(line, np.repeat(radius[:, None], m, 1), hard)


def calcium(of: LumenTube) -> Calcium:
    """Voxels of 0.4 mm just outside the calcified wall."""
    assert of.calcified is not None
    points = (of.course.points_mm[:, None] + of.rays * (of.radius_mm + 0.4)[..., None])[of.calcified]
    return Calcium(points, 0.064, 850.0, {"fixed 850 HU": 0.064 * len(points)})


def wall(of: LumenTube, thickness_mm: float = 1.0, every: int = 4, spokes: int = 12) -> WallMesh:
    """Faces of the lumen with their nodes; cells only as many as a mesh must have to be one."""
    rows, step = np.arange(0, len(of.course.s_mm), every), of.radius_mm.shape[1] // (2 * spokes)
    columns = np.arange(2 * spokes) * step
    inner = of.wall_mm[np.ix_(rows, columns)].reshape(-1, 3)
    n, m = len(rows), len(columns)
    s = np.repeat(of.course.s_mm[rows], m)
    angle = np.tile(of.angles[columns], n)
    at = lambda i, j: i * m + j % m  # noqa: E731
    faces = [
        row
        for i in range(0, n - 2, 2)
        for j in range(0, m, 2)
        for row in (
            (at(i, j), at(i, j + 2), at(i + 2, j + 2), at(i, j + 1), at(i + 1, j + 2), at(i + 1, j + 1)),
            (at(i, j), at(i + 2, j + 2), at(i + 2, j), at(i + 1, j + 1), at(i + 2, j + 1), at(i + 1, j)),
        )
    ]
    cells = np.array([f + f[:4] for f in faces])
    empty = np.zeros((0, 6))
    return WallMesh(
        inner, cells, np.zeros(len(cells)), ("media",), np.zeros(len(cells)), np.array(faces), empty,
        np.zeros(0), s, angle, {"thickness_mm": thickness_mm},
    )  # fmt: skip


def struts(of: LumenTube, start: float, end: float, crowns: int = 6, rings: int = 5) -> list[np.ndarray]:
    """Zig-zag rings on the lumen of `of` between two arc lengths."""
    height = (end - start) / rings
    out = []
    for ring in range(rings):
        s = start + height * (ring + np.array([0.15, 0.85] * crowns + [0.15]))
        angle = np.linspace(0, 2 * np.pi, 2 * crowns + 1)
        points, _, e1, e2 = of.course.frames_at(s)
        radius = np.interp(s, of.course.s_mm, of.radius_mm.mean(1))
        spoke = e1 * np.cos(angle)[:, None] + e2 * np.sin(angle)[:, None]
        out.append(points + spoke * radius[:, None])
    return out
