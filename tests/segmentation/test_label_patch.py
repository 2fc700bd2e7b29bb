"""A label patch makes its change, takes it back, and stays small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from surgitwin.core.image import Segment
from surgitwin.segmentation.patch import LabelPatch

SHAPE = (9, 8, 7)


@given(
    hnp.arrays(np.uint8, SHAPE, elements=st.integers(0, 3)),
    hnp.arrays(np.uint8, SHAPE, elements=st.integers(0, 3)),
)
def test_apply_and_revert_are_inverse(before: np.ndarray, after: np.ndarray) -> None:
    patch = LabelPatch.between(before, after)
    array = before.copy()
    patch.apply(array)
    assert np.array_equal(array, after)
    patch.revert(array)
    assert np.array_equal(array, before)


@given(
    st.lists(st.tuples(*[st.integers(0, n - 3) for n in SHAPE], st.integers(1, 4)), min_size=1, max_size=8)
)
def test_joined_changes_go_forward_and_back(moves: list[tuple[int, int, int, int]]) -> None:
    start = np.zeros(SHAPE, np.uint8)
    now = start.copy()
    whole = LabelPatch()
    for k, j, i, value in moves:
        box = (slice(k, k + 3), slice(j, j + 3), slice(i, i + 3))
        after = now[box].copy()
        after[:] = value
        step = LabelPatch.between(now[box], after, (k, j, i))
        step.apply(now)
        whole = whole.then(step)
    array = start.copy()
    whole.apply(array)
    assert np.array_equal(array, now)
    whole.revert(array)
    assert np.array_equal(array, start)


def test_only_the_changed_box_is_kept() -> None:
    before = np.zeros((40, 50, 60), np.uint8)
    after = before.copy()
    after[10:14, 20:22, 30] = 7
    patch = LabelPatch.between(before[5:], after[5:], (5, 0, 0))
    assert patch.box == (slice(10, 14), slice(20, 22), slice(30, 31))
    assert patch.nbytes < 100
    patch.apply(before)
    assert np.array_equal(before, after)


def test_nothing_changed_is_empty() -> None:
    array = np.ones(SHAPE, np.uint8)
    patch = LabelPatch.between(array, array.copy())
    assert patch.empty
    assert patch.box is None
    assert patch.nbytes == 0


def test_segment_table_travels_with_it() -> None:
    old = (Segment(1, "femur", "71341001", (1.0, 1.0, 1.0)),)
    new = (*old, Segment(2, "nerve", "", (1.0, 1.0, 0.0)))
    patch = LabelPatch.of_segments(old, new)
    assert not patch.empty
    voxels = LabelPatch.between(np.zeros(SHAPE, np.uint8), np.ones(SHAPE, np.uint8))
    both = voxels.then(patch)
    assert (both.segments_before, both.segments_after) == (old, new)


def test_fifty_large_strokes_are_bounded() -> None:
    k, j, i = np.ogrid[:120, :120, :120]
    before = np.zeros((120, 120, 120), np.uint8)
    after = (((k - 60) ** 2 + (j - 60) ** 2 + (i - 60) ** 2) < 55**2).astype(np.uint8)
    patch = LabelPatch.between(before, after)
    assert 50 * patch.nbytes < 5_000_000, "fifty balls of 110 voxels across fit in 5 MB"


def test_a_box_outside_the_labels_is_refused() -> None:
    patch = LabelPatch.between(np.zeros(SHAPE, np.uint8), np.ones(SHAPE, np.uint8), (5, 0, 0))
    with pytest.raises(ValueError, match="does not lie in labels"):
        patch.apply(np.zeros(SHAPE, np.uint8))


def test_it_knows_which_labels_it_touches() -> None:
    before = np.zeros(SHAPE, np.uint8)
    before[0] = 3
    before[1] = 5
    after = before.copy()
    after[0, 0, 0] = 7
    assert LabelPatch.between(before, after).touched == {3, 7}
    assert LabelPatch().touched == frozenset()
