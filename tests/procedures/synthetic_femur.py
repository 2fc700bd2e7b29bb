"""A femur made by hand for the planner's tests: bowed tube with trochanter and canal stations.

Built for the left side in the bone frame and mirrored in x for the right one, so that mirrored anatomy is
exact; then carried to LPS by an oblique frame.
"""

import numpy as np

from surgitwin.anatomy.types import CanalStation, FemurAnatomy, Landmark
from surgitwin.core.frame import Frame, Plane, medial_sign, rotation_about
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.procedures import Context

BOW_RADIUS = 1200.0
OUTER, CANAL = 14.0, 7.0


def bow(z):
    """Anterior offset of the shaft's axis: zero at the lesser trochanter and 300 mm below it."""
    zz = np.minimum(z, 0.0)
    return -zz * (300 + zz) / (2 * BOW_RADIUS)


def outer(z):
    """Outer radius: cylinder below, widening to the trochanter above z = -10, closing at the top."""
    up = np.clip((z + 10) / 40, 0, 1)
    return OUTER + 8 * up * up * (3 - 2 * up)


def _surface(low, high, sign, spacing=2.0):
    z = np.arange(low, high + 1e-9, spacing)
    n = 48
    t = 2 * np.pi * np.arange(n) / n
    r = outer(z) * np.sqrt(np.clip((high + 0.01 - z) / 12, 0.0, 1.0))
    x = r[:, None] * np.cos(t)
    y = bow(z)[:, None] + r[:, None] * np.sin(t)
    points = np.stack([x, y, np.broadcast_to(z[:, None], x.shape)], -1).reshape(-1, 3)
    ends = [[0, bow(low), low], [0, bow(high), high + 0.2]]
    points = np.vstack([points, ends])
    k, i = (a.ravel() for a in np.meshgrid(np.arange(len(z) - 1), np.arange(n), indexing="ij"))
    a, b, c, d = k * n + i, k * n + (i + 1) % n, (k + 1) * n + i, (k + 1) * n + (i + 1) % n
    j = np.arange(n)
    bottom = np.column_stack([np.full(n, len(points) - 2), (j + 1) % n, j])
    last = (len(z) - 1) * n
    top = np.column_stack([np.full(n, len(points) - 1), last + j, last + (j + 1) % n])
    tris = np.vstack([np.column_stack([a, b, d]), np.column_stack([a, d, c]), bottom, top])
    points[:, 0] *= sign
    return points, tris if sign > 0 else tris[:, ::-1]


def tilted_frame(sign=1):
    """An oblique bone frame in LPS; for the right side the mirror image about the LPS x = 0 plane."""
    axes = rotation_about([1, 0.3, 0.2], 0.7)
    origin = np.array([60.0, -20.0, 35.0])
    if sign < 0:
        mirror = np.diag([-1.0, 1, 1])
        axes, origin = mirror @ axes @ np.diag([-1.0, 1, 1]), mirror @ origin
    return Frame(origin, axes)


def femur(side="left", shaft=330.0, cut=None, canal=CANAL):
    """Context of a synthetic femur whose shaft is imaged to `shaft` mm below the lesser trochanter."""
    sign = medial_sign(side)
    cut = shaft - 10 if cut is None else cut
    frame = tilted_frame(sign)
    points, tris = _surface(-shaft, 60.0, sign)
    z = np.arange(-shaft + 4, 1.0, 2.0)
    stations = tuple(
        CanalStation(float(v), np.array([0.0, float(bow(v))]), canal, float(outer(v))) for v in z
    )

    def mark(x, y, zz):
        return Landmark(frame.to_lps([sign * x, y, zz]), False, "made by hand")

    anatomy = FemurAnatomy(
        side=side,
        frame=frame,
        landmarks={
            "head_centre": mark(45.0, 10.0, 60.0),
            "lesser_trochanter": mark(12.0, -12.0, 0.0),
            "greater_trochanter_tip": mark(-6.0, 0.0, 60.0),
            "distal_centre": mark(0.0, float(bow(-cut)), -cut),
        },
        distal_cut=Plane(frame.to_lps([0, float(bow(-cut)), -cut]), frame.vector_to_lps([0, 0, -1.0])),
        proximal_cut=None,
        stations=stations,
        head_radius_mm=23.0,
        torsion_deg=12.0,
        torsion_estimated=False,
        side_confidence="made by hand",
    )
    return Context(anatomy, SurfaceMesh(frame.to_lps(points), tris))
