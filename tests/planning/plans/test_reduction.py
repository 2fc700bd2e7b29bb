"""A displaced fragment is put back: known motions, overlaps, what is kept and what must follow."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from phantoms import chain_labels, coarse_phantom
from surgitwin.anatomy import measure_femur
from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.frame import Frame, Plane
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.progress import SILENT
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import measured_current
from surgitwin.planning.plans.reduce import reduce_fragment, undo_reduction
from surgitwin.planning.plans.reduction import (
    BONE_SEGMENTS,
    BoneMotion,
    Fragment,
    ReductionAxes,
    reduction_notes,
    rigid,
)
from surgitwin.planning.step_task import STEPS
from surgitwin.segmentation.fragment import fragment_mask, move_fragment

MOTION = BoneMotion((6.0, -4.0, -8.0), (8.0, -6.0, 10.0))
numbers = st.floats(-40, 40)


def cut_below(anatomy, mm):
    """A cut square to the shaft; its normal points to the distal fragment."""
    return Plane(anatomy.frame.to_lps([0, 0, -mm]), -anatomy.frame.axes[:, 2])


def displaced(volume, labels, mask, matrix, air=52):
    """The fragment taken to another place voxel by voxel (nearest), written independently of the product."""
    grid = volume.grid
    k, j, i = np.indices(grid.shape)
    here = grid.index_to_lps(np.stack([i, j, k], -1))
    back = np.linalg.inv(matrix)
    ijk = np.rint(grid.lps_to_index(here @ back[:3, :3].T + back[:3, 3])).astype(int)
    inside = ((ijk >= 0) & (ijk < grid.shape[::-1])).all(-1)
    i, j, k = (np.clip(ijk[..., n], 0, grid.shape[2 - n] - 1) for n in range(3))
    comes = inside & mask[k, j, i]
    hu = np.where(mask, air, volume.array)
    marks = np.where(mask, 0, labels.array)
    hu[comes], marks[comes] = volume.array[k, j, i][comes], labels.array[k, j, i][comes]
    return (
        Volume(hu.astype(volume.array.dtype), grid, meta=volume.meta),
        LabelMap(marks.astype(np.uint8), grid, labels.segments),
    )


def dice(a, b, *names):
    x, y = a.mask(*names), b.mask(*names)
    return 2 * (x & y).sum() / (x.sum() + y.sum())


@pytest.mark.parametrize("side", ["left", "right"])
def test_reducing_by_the_inverse_gives_the_whole_bone_back(side):
    made = coarse_phantom(side)
    labels, volume = chain_labels(made), made.volume
    anatomy = measure_femur(labels, volume)
    cut = cut_below(anatomy, 60)
    m = MOTION.matrix(ReductionAxes(anatomy.frame, side, cut.point_mm))
    broken = displaced(volume, labels, fragment_mask(labels, BONE_SEGMENTS, cut), m)
    assert dice(labels, broken[1], *BONE_SEGMENTS) < 0.8
    moved_cut = Plane(m[:3, :3] @ cut.point_mm + m[:3, 3], m[:3, :3] @ cut.normal)
    mask = fragment_mask(broken[1], BONE_SEGMENTS, moved_cut)
    done = move_fragment(*broken, mask, np.linalg.inv(m))
    assert dice(labels, done.labels, *BONE_SEGMENTS) > 0.97
    assert dice(labels, done.labels, "femur") > 0.97
    again = measure_femur(done.labels, done.volume)
    angle = np.degrees(np.arccos(min(1.0, float(anatomy.frame.axes[:, 2] @ again.frame.axes[:, 2]))))
    assert angle < 0.5, "the shaft is straight again"
    assert abs(again.torsion_deg - anatomy.torsion_deg) < 2
    assert done.fill_hu == pytest.approx(52, abs=10), "muscle, not air"
    outside = np.ones(volume.array.shape, bool)
    outside[done.box] = False
    assert np.array_equal(done.volume.array[outside], broken[0].array[outside])


@given(
    st.tuples(numbers, numbers, numbers),
    st.tuples(numbers, numbers, numbers),
    st.sampled_from(["left", "right"]),
)
def test_numbers_and_matrix_tell_the_same_motion(mm, degrees, side):
    frame = Frame(np.array([3.0, 4, 5]), Rotation.from_euler("xyz", [0.3, -0.4, 2]).as_matrix())
    axes = ReductionAxes(frame, side, np.array([10.0, 20, 30]))
    m = rigid(BoneMotion(mm, degrees).matrix(axes))
    back = BoneMotion.from_matrix(m, axes)
    assert back.mm == pytest.approx(mm, abs=1e-6)
    assert back.degrees == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize("side", ["left", "right"])
def test_positive_turns_do_what_their_words_say(side):
    frame = Frame(np.zeros(3), np.eye(3))
    axes = ReductionAxes(frame, side, np.zeros(3))
    medial = 1 if side == "left" else -1
    low, front = np.array([0, 0, -1.0]), np.array([0, 1.0, 0])
    back, inwards, internal = (BoneMotion(degrees=d).matrix(axes)[:3, :3] for d in np.eye(3) * 10)
    assert (back @ low)[1] < 0
    assert (inwards @ low)[0] * medial > 0
    assert (internal @ front)[0] * medial > 0
    assert BoneMotion((5, 0, 0)).matrix(axes)[0, 3] * medial == 5


@pytest.fixture
def case(meshed_case, tmp_path):
    return Case.open(meshed_case.copy(tmp_path / "broken.twin"))


def distal(case, mm=60):
    return Fragment(plane=cut_below(case.anatomy, mm))


def test_the_step_keeps_the_original_and_is_taken_back(case):
    before = dict(case.state)
    axes = ReductionAxes(case.anatomy.frame, case.anatomy.side, distal(case).plane.point_mm)
    m = BoneMotion((0, 0, -5), (0, 4, 0)).matrix(axes)
    arguments = {"fragment": distal(case).as_dict(), "matrix": m.tolist()}
    done = STEPS["reduce"](case, arguments, SILENT)
    assert done.state["image"] != before["image"]
    assert done.state["mesh"] is None
    assert not measured_current(done)
    with pytest.raises(InputError, match="not measured"):
        _ = done.anatomy
    step = done.state["reduction"][0]
    assert step["before"]["image"] == before["image"]
    assert step["turned_deg"] == pytest.approx(4)
    assert done.volume.hash == done.state["image_hash"]
    assert Case.open(case.folder.path).labels.hash == done.state["labels"]["hash"]
    assert "interpolated" in reduction_notes(done.state)[-1]
    assert "4.0 degrees" in reduction_notes(done.state)[0]
    back = undo_reduction(Case.open(case.folder.path))
    for key in ("image", "image_hash", "labels", "anatomy", "mesh"):
        assert back.state[key] == before[key]
    assert back.state["reduction"] == []
    assert reduction_notes(back.state) == []
    again = reduce_fragment(back, Fragment.from_dict(arguments["fragment"]), m)
    assert again.state["labels"]["hash"] == done.state["labels"]["hash"]
    changed = {**again.state["labels"], "hash": "edit-1"}
    with pytest.raises(InputError, match="changed after"):
        undo_reduction(dataclasses.replace(again, state={**again.state, "labels": changed}))


def test_pushing_fragments_together_says_how_much_they_overlap(case):
    up = np.eye(4)
    up[:3, 3] = 6 * case.anatomy.frame.axes[:, 2]
    done = reduce_fragment(case, distal(case), up)
    step = done.state["reduction"][0]
    section = np.pi * 14**2 * 6
    assert 0.5 * section < step["overlap_mm3"] < 2 * section
    assert "overlaps other bone" in reduction_notes(done.state)[0]


def test_wrong_requests_say_what_is_wrong(case):
    scale = np.diag([2.0, 2, 2, 1])
    with pytest.raises(UsageError, match="without scale"):
        reduce_fragment(case, distal(case), scale)
    with pytest.raises(UsageError, match="was not moved"):
        reduce_fragment(case, distal(case), np.eye(4))
    with pytest.raises(UsageError, match="no segment called tibia"):
        reduce_fragment(case, Fragment(("tibia",)), np.eye(4))
    with pytest.raises(UsageError, match="names no segment"):
        reduce_fragment(case, Fragment(()), np.eye(4))
    with pytest.raises(UsageError, match="cannot be read"):
        Fragment.from_dict({"plane": 3})
    away = np.eye(4)
    away[0, 3] = 500
    with pytest.raises(GeometryError, match="100 % of the fragment"):
        reduce_fragment(case, distal(case), away)
    with pytest.raises(GeometryError, match="No bone"):
        reduce_fragment(case, distal(case, 900), away)
    with pytest.raises(InputError, match="no reduced fragment"):
        undo_reduction(case)
