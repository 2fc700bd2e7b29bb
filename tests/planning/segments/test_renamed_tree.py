"""The tree of a segment goes with its name."""

from __future__ import annotations

from surgitwin.core.image import Segment
from surgitwin.planning.segments.tree_names import of_present_segments, of_renamed_segment


def test_the_tree_goes_with_the_segment_and_takes_the_place_of_one_that_was_left() -> None:
    state = {"trees": {"vessel": {"blob": "a"}, "aorta": {"blob": "left by a removed segment"}, "vein": {}}}
    assert of_renamed_segment(state, "vessel", "aorta") == {"trees": {"aorta": {"blob": "a"}, "vein": {}}}
    assert of_renamed_segment(state, "bone", "aorta") == {}
    assert of_renamed_segment({}, "bone", "aorta") == {}


def test_a_tree_goes_to_its_segment_whatever_it_is_called_when_the_job_is_over() -> None:
    # Names were exchanged, and one segment was removed, while two trees were measured.
    now = [Segment(1, "vein", "", (0, 0, 0)), Segment(2, "vessel", "", (0, 0, 0))]
    made = {"blob": "new", "label": 1}
    before = {"vessel": {"blob": "that of label 2", "label": 2}}
    merged = {"vessel": made, "aorta": {"blob": "of no segment", "label": 3}}
    assert of_present_segments(merged, before, now) == {"vein": made, **before}
    assert of_present_segments(before, before, now) == before
