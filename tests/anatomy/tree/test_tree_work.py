"""The measuring of a tree as work: progress in order, cancel points, and short cuts that change no result."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import tree_phantoms as phantoms

from surgitwin.anatomy.tree import measure_tree
from surgitwin.anatomy.tree.contacts import _border_places, _neighbours
from surgitwin.anatomy.tree.ways import _highest
from surgitwin.core.errors import Cancelled
from surgitwin.core.progress import Progress


def phantom():
    volume = phantoms.picture(phantoms.loop_tree())
    return phantoms.mask_of(volume), volume.grid, volume


def test_progress_of_a_tree_never_goes_back_and_tells_of_every_part():
    events = []
    measure_tree(*phantom(), progress=Progress(events.append))
    shares = [e.fraction for e in events]
    assert all(0 <= a <= b <= 1 for a, b in pairwise(shares))
    assert shares[-1] == 1
    second_half = {e.message for e in events if 0.5 < e.fraction < 1}
    assert {"Sections of the lumen", "Narrowings and angles"} <= second_half
    assert len([s for s in shares if s > 0.5]) > 20  # it stood at 50 % for minutes


@pytest.mark.parametrize("at", [0.05, 0.3, 0.42, 0.6, 0.96])
def test_a_tree_can_be_stopped_in_every_part(at):
    seen = []
    progress = Progress(lambda e: seen.append(e.fraction), lambda: bool(seen) and seen[-1] >= at)
    with pytest.raises(Cancelled):
        measure_tree(*phantom(), progress=progress)
    assert seen[-1] < at + 0.2


def test_pairs_of_neighbours_are_those_whose_borders_meet():
    owner = np.random.default_rng(3).integers(0, 9, (7, 6, 5)).astype(np.int32)
    owner[np.random.default_rng(4).random(owner.shape) < 0.7] = 0
    whole = [tuple(slice(0, n) for n in owner.shape)] * 9
    expected = [(a, b) for a, b in combinations(range(8), 2) if _border_places(owner, whole, a + 1, b + 1)]
    assert _neighbours(owner) == expected


def test_the_highest_voxel_of_each_part_is_found():
    voxels = np.array([[0, 0, 0], [0, 0, 1], [0, 2, 0], [0, 2, 1], [0, 2, 2]])
    part, value = np.array([1, 1, 2, 2, 2]), np.array([3.0, 1.0, 4.0, 9.0, -1.0])
    assert _highest(voxels, part, value) == [(0, 0, 0), (0, 2, 1)]
