"""A case about other anatomy: segments of any preset, added or alone; mesh; steps."""

import numpy as np
import pytest

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.planning.segment_tissues import joined

GRID = ImageGrid((4, 5, 6), np.zeros(3), np.ones(3), np.eye(3))


def label_map(rows, names):
    array = np.zeros(GRID.shape, np.uint8)
    for label, k in rows.items():
        array[k] = label
    segments = tuple(Segment(n, name, "", (0.5, 0.5, 0.5)) for n, name in names.items())
    return LabelMap(array, GRID, segments)


def test_added_segments_fill_only_background_under_free_labels():
    base = label_map({1: 0, 2: 1}, {1: "femur", 2: "canal"})
    extra = label_map({1: slice(1, 3)}, {1: "metal"})
    both = joined(base, extra)
    assert [(s.label, s.name) for s in both.segments] == [(1, "femur"), (2, "canal"), (3, "metal")]
    assert (both.array[0] == 1).all()
    assert (both.array[1] == 2).all()
    assert (both.array[2] == 3).all()
    assert (both.array[3] == 0).all()


def test_a_segment_of_the_same_name_is_grown():
    both = joined(label_map({1: 0}, {1: "metal"}), label_map({2: 2}, {2: "metal"}))
    assert len(both.segments) == 1
    assert (both.array[[0, 2]] == 1).all()


def test_other_grids_and_too_many_segments_are_refused():
    full = label_map({}, {n: f"s{n}" for n in range(1, 256)})
    with pytest.raises(UsageError) as error:
        joined(full, label_map({1: 0}, {1: "one more"}))
    assert error.value.code == "segment.too_many"
    other = ImageGrid((4, 5, 6), np.array([0.5, 0, 0]), np.ones(3), np.eye(3))
    moved = LabelMap(np.zeros(other.shape, np.uint8), other, ())
    with pytest.raises(InputError) as error:
        joined(full, moved)
    assert error.value.code == "segment.grid"
