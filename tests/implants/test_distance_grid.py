import numpy as np
import pytest

from surgitwin.core.frame import Frame, rotation_about
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.implants.distance import DistanceGrid

RADIUS = 14.0


@pytest.fixture(scope="module")
def grid():
    """Distance grid of a closed cylinder of 14 mm and 60 mm length along the local z, in an oblique frame."""
    z, n = np.arange(-30.0, 30.1, 2.0), 48
    t = 2 * np.pi * np.arange(n) / n
    ring = RADIUS * np.column_stack([np.cos(t), np.sin(t)])
    points = np.vstack([np.column_stack([ring, np.full(n, v)]) for v in z] + [[[0, 0, -30]], [[0, 0, 30]]])
    k, i = (a.ravel() for a in np.meshgrid(np.arange(len(z) - 1), np.arange(n), indexing="ij"))
    a, b, c, d = k * n + i, k * n + (i + 1) % n, (k + 1) * n + i, (k + 1) * n + (i + 1) % n
    j, last = np.arange(n), (len(z) - 1) * n
    triangles = np.vstack(
        [
            np.column_stack([a, b, d]),
            np.column_stack([a, d, c]),
            np.column_stack([np.full(n, len(points) - 2), (j + 1) % n, j]),
            np.column_stack([np.full(n, len(points) - 1), last + j, last + (j + 1) % n]),
        ]
    )
    frame = Frame(np.array([50.0, -20, 10]), rotation_about([1, 2, 3], 0.8))
    surface = SurfaceMesh(frame.to_lps(points), triangles)
    assert surface.volume_mm3 > 0
    return DistanceGrid.from_surface(surface, frame)


def test_distance_near_the_surface(grid):
    rng = np.random.default_rng(3)
    angle, z, off = rng.uniform(0, 6.28, 4000), rng.uniform(-22, 22, 4000), rng.uniform(-3, 3, 4000)
    r = RADIUS + off
    error = grid(grid.frame.to_lps(np.column_stack([r * np.cos(angle), r * np.sin(angle), z]))) - off
    assert np.abs(error).max() < 0.15
    assert abs(error.mean()) < 0.06


def test_sign_is_right_everywhere(grid):
    rng = np.random.default_rng(4)
    p = rng.uniform(-40, 40, (20000, 3))
    truth = np.maximum(np.hypot(p[:, 0], p[:, 1]) - RADIUS, np.abs(p[:, 2]) - 30)
    clear = np.abs(truth) > 0.7
    assert (np.sign(grid.in_frame(p))[clear] == np.sign(truth)[clear]).all()


def test_crossings_of_a_line(grid):
    start = grid.frame.to_lps([-25.0, 0, 5])
    entries, exits = grid.crossings(start, grid.frame.vector_to_lps([1.0, 0, 0]), 60)
    assert entries == pytest.approx([25 - RADIUS], abs=0.1)
    assert exits == pytest.approx([25 + RADIUS], abs=0.1)
    inside, out = grid.crossings(grid.frame.to_lps([0.0, 0, 0]), grid.frame.vector_to_lps([0, 1.0, 0]), 60)
    assert inside == pytest.approx([0])
    assert out == pytest.approx([RADIUS], abs=0.1)


def test_a_line_past_the_bone_crosses_nothing(grid):
    entries, exits = grid.crossings(
        grid.frame.to_lps([-60.0, 30, 0]), grid.frame.vector_to_lps([1.0, 0, 0]), 120
    )
    assert not len(entries)
    assert not len(exits)
