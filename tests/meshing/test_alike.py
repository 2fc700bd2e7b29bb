"""Equal rows and welding against NumPy's own sorting."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surgitwin.meshing.alike import first_alike
from surgitwin.meshing.surface import weld


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.integers(0, 6))
def test_first_of_equal_rows(seed: int, count: int, spread: int) -> None:
    rows = np.random.default_rng(seed).integers(-(10**spread), 10**spread + 1, (count, 3))
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(first_alike(rows), first[inverse.reshape(-1)])


def test_welding_keeps_the_place_of_every_corner_and_drops_what_collapses() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 1e-9], [0, 1, 0], [1, 1, 0], [9, 9, 9.0]])
    triangles = np.array([[0, 1, 2], [3, 5, 4], [1, 3, 2]])  # the last one has two corners in one place
    welded, faces = weld(points, triangles, 1e-6)
    assert (welded.shape, faces.shape) == ((4, 3), (2, 3))
    np.testing.assert_allclose(welded[faces], points[triangles[:2]], atol=1e-8)
