"""Adding, renaming and removing segments, as patches."""

import numpy as np
import pytest

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.segmentation import table

FEMUR = Segment(1, "femur", "71341001", (1.0, 1.0, 1.0))
CANAL = Segment(2, "femur_canal", "91718004", (0.5, 0.5, 0.5))


def kind(name: str) -> table.Kind:
    return next(k for k in table.kinds() if k.name == name)


def test_kinds_have_titles_and_vessels_and_nerves_are_kept_out_of() -> None:
    assert {k.name: k.keep_out for k in table.kinds()} == {
        "vessel": True,
        "nerve": True,
        "fragment": False,
        "segment": False,
    }


def test_added_segments_get_a_free_label_and_a_name_of_their_own() -> None:
    patch, first = table.added((FEMUR, CANAL), kind("nerve"))
    assert (first.label, first.name) == (3, "nerve")
    assert patch.segments_after == (FEMUR, CANAL, first)
    _, second = table.added((FEMUR, CANAL, first), kind("nerve"))
    assert (second.label, second.name) == (4, "nerve 2")
    _, gap = table.added((FEMUR, first), kind("vessel"))
    assert gap.label == 2


def test_the_bone_can_be_added_where_it_is_missing() -> None:
    assert [k.name for k in table.addable(())][:3] == ["femur", "femur_canal", "other_bone"]
    _, made = table.added((), table.addable(())[0])
    assert (made.label, made.name, made.code) == (1, "femur", "71341001")
    assert [k.name for k in table.addable((FEMUR, CANAL))][:2] == ["other_bone", "vessel"]


def test_a_full_table_says_so() -> None:
    full = tuple(Segment(n, f"s{n}", "", (0.0, 0.0, 0.0)) for n in range(1, 256))
    with pytest.raises(UsageError) as said:
        table.added(full, kind("nerve"))
    assert said.value.code == "segment.table_full"


def test_names_are_checked() -> None:
    nerve = Segment(3, "nerve", "", (1.0, 1.0, 0.0))
    patch = table.renamed((FEMUR, nerve), 3, "  Sciatic   nerve ")
    assert patch.segments_after is not None
    assert patch.segments_after[1].name == "Sciatic nerve"
    for label, name in ((1, "thigh"), (3, " "), (3, "FEMUR"), (3, "x" * 61)):
        with pytest.raises(UsageError) as said:
            table.renamed((FEMUR, nerve), label, name)
        assert said.value.code == "segment.name"
        assert said.value.hint


def test_a_removed_segment_takes_its_voxels_along() -> None:
    nerve = Segment(3, "nerve", "", (1.0, 1.0, 0.0))
    labels = np.zeros((6, 6, 6), np.uint8)
    labels[2:4, 2:4, 2:4], labels[0] = 3, 1
    before = labels.copy()
    patch = table.removed((FEMUR, nerve), 3, labels)
    patch.apply(labels)
    assert not (labels == 3).any()
    assert (labels == 1).sum() == 36
    assert patch.segments_after == (FEMUR,)
    patch.revert(labels)
    assert np.array_equal(labels, before)
    empty = table.removed((FEMUR, nerve), 3, np.zeros_like(labels))
    assert empty.parts == ()
    with pytest.raises(UsageError) as said:
        table.removed((FEMUR, nerve), 1, labels)
    assert said.value.code == "segment.needed"


def test_a_new_segmentation_keeps_what_was_added_by_hand() -> None:
    grid = ImageGrid((4, 4, 4), np.zeros(3), np.ones(3), np.eye(3))
    nerve = Segment(2, "nerve", "", (1.0, 1.0, 0.0))
    before = np.zeros((4, 4, 4), np.uint8)
    before[0], before[1] = 1, 2
    made = np.full((4, 4, 4), 1, np.uint8)
    made[3] = 2
    new = LabelMap(made, grid, (FEMUR, CANAL))
    both = table.with_added(new, LabelMap(before, grid, (FEMUR, nerve)))
    assert [(s.label, s.name) for s in both.segments] == [(1, "femur"), (2, "femur_canal"), (3, "nerve")]
    assert (both.array[1] == 3).all()
    assert (both.array[[0, 2]] == 1).all()
    assert (both.array[3] == 2).all()
    assert table.with_added(new, LabelMap(before, grid, (FEMUR,))) is new


def test_further_segments_of_a_kind_have_colours_of_their_own() -> None:
    segments: tuple[Segment, ...] = ()
    for _ in range(8):
        _, made = table.added(segments, table.kinds()[-1])
        segments = (*segments, made)
    assert segments[0].rgb == table.kinds()[-1].rgb
    assert len({s.rgb for s in segments[:7]}) == 7
    assert segments[7].rgb == table.kinds()[-1].rgb  # all are taken
