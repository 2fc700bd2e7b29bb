"""The tree of a segment goes with its name."""

from __future__ import annotations

from surgitwin.planning.segments.tree_names import of_renamed_segment


def test_the_tree_goes_with_the_segment_and_takes_the_place_of_one_that_was_left() -> None:
    state = {"trees": {"vessel": {"blob": "a"}, "aorta": {"blob": "left by a removed segment"}, "vein": {}}}
    assert of_renamed_segment(state, "vessel", "aorta") == {"trees": {"aorta": {"blob": "a"}, "vein": {}}}
    assert of_renamed_segment(state, "bone", "aorta") == {}
    assert of_renamed_segment({}, "bone", "aorta") == {}
