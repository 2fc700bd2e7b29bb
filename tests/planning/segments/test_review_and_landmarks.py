"""The sign-off of the anatomy and landmarks moved by hand, on plain values."""

from typing import Any

import pytest

from surgitwin.core.errors import UsageError
from surgitwin.planning.segments import landmarks as landmark_edit
from surgitwin.planning.segments import review


def anatomy() -> dict[str, Any]:
    row = {"point_mm": [1.0, 2.0, 3.0], "estimated": True, "rule": "along the neck"}
    return {"side": "left", "landmarks": {"head_centre": row, "shaft_centre": {**row, "estimated": False}}}


class _Case:
    """What `sign` reads of a case."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"labels": {"hash": "abc"}, "anatomy": anatomy()}
        self.anatomy = type("Anatomy", (), {"side": "left"})()


def test_a_sign_off_holds_until_labels_or_anatomy_change() -> None:
    case = _Case()
    assert review.standing(case.state) == "none"
    assert review.words(case.state) == "Anatomy not reviewed."
    case.state["review"] = review.sign(case, "  Dr.  Anna Weber ")  # type: ignore[arg-type]
    assert review.standing(case.state) == "valid"
    assert review.words(case.state).startswith("Anatomy reviewed by Dr. Anna Weber, 20")
    edited = {**case.state, "labels": {"hash": "other"}}
    assert review.standing(edited) == "labels changed"
    assert review.words(edited).endswith("the segments were changed since.")
    moved = {**case.state, "anatomy": landmark_edit.move(anatomy(), "head_centre", [0, 0, 0])}
    assert review.standing(moved) == "anatomy changed"


def test_a_sign_off_needs_a_name() -> None:
    with pytest.raises(UsageError) as said:
        review.sign(_Case(), "  ")  # type: ignore[arg-type]
    assert said.value.code == "review.no_name"


def test_a_moved_landmark_keeps_its_automatic_place() -> None:
    start = anatomy()
    once = landmark_edit.move(start, "head_centre", [1.0, 2.0, 7.0])
    assert start == anatomy(), "the former state is not changed"
    twice = landmark_edit.move(once, "head_centre", [1.0, 5.0, 7.0])
    assert landmark_edit.moved_mm(twice, "head_centre") == pytest.approx(5.0)
    assert landmark_edit.moved_mm(twice, "shaft_centre") is None
    row = twice["landmarks"]["head_centre"]
    assert (row["by_hand"], row["estimated"]) == (True, False)
    assert landmark_edit.reset(twice, "head_centre") == start
    assert landmark_edit.reset(start, "head_centre") == start


def test_a_new_measurement_keeps_what_was_placed_by_hand() -> None:
    before = landmark_edit.move(anatomy(), "head_centre", [9.0, 9.0, 9.0])
    fresh = anatomy()
    fresh["landmarks"]["head_centre"]["point_mm"] = [1.5, 2.0, 3.0]
    kept = landmark_edit.keep_moved(before, fresh)
    assert kept["landmarks"]["head_centre"]["point_mm"] == [9.0, 9.0, 9.0]
    assert kept["landmarks"]["head_centre"]["automatic"]["point_mm"] == [1.5, 2.0, 3.0]
    assert landmark_edit.keep_moved(None, fresh) == fresh


def test_wrong_landmarks_are_refused() -> None:
    with pytest.raises(UsageError) as said:
        landmark_edit.move(anatomy(), "knee", [0, 0, 0])
    assert said.value.code == "anatomy.unknown_landmark"
    assert "Head centre" in said.value.hint
    with pytest.raises(UsageError) as said:
        landmark_edit.move(anatomy(), "head_centre", [0, float("nan"), 0])
    assert said.value.code == "anatomy.bad_point"
