"""Editing by hand with answers that are known: volumes of brushes, islands, holes, cuts, locks."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid
from surgitwin.segmentation.edit.brush import stroke, stroke_region
from surgitwin.segmentation.edit.fill import fill_holes
from surgitwin.segmentation.edit.ink import Ink, SegmentState, erasing, painting
from surgitwin.segmentation.edit.islands import keep_island, remove_island, remove_small_islands
from surgitwin.segmentation.edit.scissors import Cut, scissors
from surgitwin.segmentation.edit.smooth import smooth
from surgitwin.segmentation.edit.threshold import threshold
from surgitwin.segmentation.patch import LabelPatch

SHAPE = (40, 50, 60)
FEMUR, CANAL, NERVE = 1, 2, 3
STATES = {FEMUR: SegmentState("femur"), CANAL: SegmentState("femur_canal"), NERVE: SegmentState("nerve")}
OBLIQUE = np.linalg.qr(np.array([[0.9, 0.2, 0.1], [-0.1, 0.9, 0.4], [0.2, -0.3, 0.8]]))[0]


def grid(
    direction: np.ndarray | None = None, spacing: tuple[float, float, float] = (0.7, 0.8, 1.0)
) -> ImageGrid:
    return ImageGrid(
        SHAPE, np.array([10.0, -20.0, 5.0]), np.array(spacing), np.eye(3) if direction is None else direction
    )


def empty() -> np.ndarray:
    return np.zeros(SHAPE, np.uint8)


def done(labels: np.ndarray, patch: LabelPatch) -> np.ndarray:
    """The labels after the patch; taking it back must give the labels before."""
    after = labels.copy()
    patch.apply(after)
    back = after.copy()
    patch.revert(back)
    assert np.array_equal(back, labels)
    return after


@pytest.mark.parametrize("direction", [None, OBLIQUE, np.diag([1.0, 1.0, -1.0])])
def test_a_sphere_has_its_volume_wherever_the_axes_point(direction: np.ndarray | None) -> None:
    g = grid(direction)
    centre = g.index_to_lps([30.2, 25.4, 20.1])
    after = done(empty(), stroke(empty(), g, centre, 8.0, painting(FEMUR, STATES)))
    volume = (after == FEMUR).sum() * g.voxel_volume_mm3
    assert volume == pytest.approx(4 / 3 * np.pi * 8**3, rel=0.02)
    k, j, i = np.nonzero(after)
    away = np.linalg.norm(g.index_to_lps(np.stack([i, j, k], 1)) - centre, axis=1)
    assert away.max() <= 8.0


def test_a_stroke_is_a_capsule_without_gaps() -> None:
    g = grid()
    a, b = g.index_to_lps([12, 12, 20.25]), g.index_to_lps([48, 38, 20.25])
    after = done(empty(), stroke(empty(), g, [a, b], 3.0, painting(FEMUR, STATES)))
    length = float(np.linalg.norm(b - a))
    expected = np.pi * 9 * length + 4 / 3 * np.pi * 27
    assert (after == FEMUR).sum() * g.voxel_volume_mm3 == pytest.approx(expected, rel=0.03)


def test_a_disc_stays_in_its_slice() -> None:
    g = grid()
    after = done(
        empty(), stroke(empty(), g, g.index_to_lps([30, 25, 20]), 6.0, painting(FEMUR, STATES), [0, 0, 1])
    )
    assert np.unique(np.nonzero(after)[0]).tolist() == [20]
    assert (after > 0).sum() * 0.7 * 0.8 == pytest.approx(np.pi * 36, rel=0.03)


def test_a_disc_reads_only_its_slice_of_a_volume() -> None:
    g = ImageGrid((60, 120, 120), np.zeros(3), np.array([1.0, 1.0, 1.0]), np.eye(3))
    region = stroke_region(g, [60.0, 60.0, 30.0], 50.0, normal=[0, 0, 1])
    assert region.mask.shape[0] <= 3
    assert region.mask[30 - region.lo[0]].sum() == region.mask.sum() == pytest.approx(np.pi * 50**2, rel=0.01)


def test_an_oblique_disc_is_what_the_slice_shows() -> None:
    g, normal = grid(), np.array([0.3, 0.5, 0.8]) / np.linalg.norm([0.3, 0.5, 0.8])
    centre = g.index_to_lps([30, 25, 20])
    region = stroke_region(g, centre, 7.0, normal)
    u = np.cross(normal, [1.0, 0, 0])
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    x, y = np.meshgrid(np.linspace(-6, 6, 80), np.linspace(-6, 6, 80))
    inside = x**2 + y**2 < 6**2
    points = centre + x[inside][:, None] * u + y[inside][:, None] * v
    kji = np.rint(g.lps_to_index(points)).astype(int)[:, ::-1] - region.lo
    assert region.mask[tuple(kji.T)].all(), "no speckles in the disc on the slice that was painted"


def test_a_brush_smaller_than_a_voxel_writes_the_voxel_under_it() -> None:
    g = grid()
    after = done(
        empty(), stroke(empty(), g, g.index_to_lps([30.4, 24.7, 20.3]), 0.05, painting(FEMUR, STATES))
    )
    assert np.argwhere(after).tolist() == [[20, 25, 30]]


def test_a_brush_outside_the_image_says_so() -> None:
    with pytest.raises(UsageError) as said:
        stroke(empty(), grid(), [500.0, 0, 0], 5.0, painting(FEMUR, STATES))
    assert said.value.code == "edit.outside"


def test_paint_goes_over_open_segments_only() -> None:
    labels = empty()
    labels[:, :, :20], labels[:, :, 20:40] = CANAL, NERVE
    states = {**STATES, NERVE: replace(STATES[NERVE], locked=True)}
    g = grid()
    after = done(labels, stroke(labels, g, g.index_to_lps([30, 25, 20]), 14.0, painting(FEMUR, states)))
    assert np.array_equal(after == NERVE, labels == NERVE), "a locked segment never changes"
    assert (after[:, :, 40:] == FEMUR).any()
    assert (after[:, :, :20] == FEMUR).any()
    only = done(
        labels, stroke(labels, g, g.index_to_lps([30, 25, 20]), 14.0, painting(FEMUR, states, "background"))
    )
    assert np.array_equal(only[:, :, :40], labels[:, :, :40])


def test_hidden_segments_are_not_painted_over() -> None:
    labels = np.full(SHAPE, CANAL, np.uint8)
    states = {**STATES, CANAL: replace(STATES[CANAL], visible=False)}
    g = grid()
    assert stroke(labels, g, g.index_to_lps([30, 25, 20]), 5.0, painting(FEMUR, states)).empty


@pytest.mark.parametrize("make", [painting, erasing])
def test_a_locked_hidden_or_missing_segment_says_why(make: Callable[..., Ink]) -> None:
    for change, code in (({"locked": True}, "edit.locked"), ({"visible": False}, "edit.hidden")):
        with pytest.raises(UsageError) as said:
            make(CANAL, {CANAL: replace(STATES[CANAL], **change)})
        assert said.value.code == code
        assert "femur canal" in said.value.message
        assert said.value.hint
    with pytest.raises(UsageError) as said:
        make(9, STATES)
    assert said.value.code == "edit.no_segment"


def test_the_eraser_takes_its_segment_only() -> None:
    labels = empty()
    labels[:, :, :30], labels[:, :, 30:] = FEMUR, CANAL
    g = grid()
    after = done(labels, stroke(labels, g, g.index_to_lps([30, 25, 20]), 6.0, erasing(FEMUR, STATES)))
    assert (after == 0).any()
    assert np.array_equal(after == CANAL, labels == CANAL)


def test_a_range_masks_the_brush() -> None:
    image = np.zeros(SHAPE, np.int16)
    image[:, :, 30:] = 400
    g = grid()
    ink = painting(FEMUR, STATES, range_hu=(300, 500))
    after = done(empty(), stroke(empty(), g, g.index_to_lps([30, 25, 20]), 6.0, ink, image=image))
    assert (after[:, :, 30:] == FEMUR).any()
    assert not after[:, :, :30].any()


def test_threshold_in_the_image_and_within_a_segment() -> None:
    image = np.zeros(SHAPE, np.int16)
    image[10:20, 10:20, 10:20] = 300
    labels = empty()
    labels[:, :, 15:] = CANAL
    whole = done(empty(), threshold(empty(), image, 200, 300, painting(FEMUR, STATES)))
    assert (whole == FEMUR).sum() == 1000
    part = done(labels, threshold(labels, image, 200, 400, painting(FEMUR, STATES), within=CANAL))
    assert (part == FEMUR).sum() == 500
    with pytest.raises(UsageError) as said:
        threshold(labels, image, 400, 200, painting(FEMUR, STATES))
    assert said.value.code == "edit.bad_range"
    with pytest.raises(UsageError) as said:
        threshold(empty(), image, 0, 1, painting(FEMUR, STATES), CANAL, "femur_canal")
    assert said.value.code == "edit.empty"


def islands() -> np.ndarray:
    labels = empty()
    labels[5:15, 5:15, 5:15] = FEMUR
    labels[20:24, 20:24, 20:24] = FEMUR
    labels[30, 30, 30] = FEMUR
    labels[20:24, 20:24, 24:28] = CANAL
    return labels


def test_keep_and_remove_island() -> None:
    labels = islands()
    kept = done(labels, keep_island(labels, (22, 22, 22), STATES))
    assert (kept == FEMUR).sum() == 64
    assert np.array_equal(kept == CANAL, labels == CANAL)
    gone = done(labels, remove_island(labels, (22, 22, 22), STATES))
    assert (gone == FEMUR).sum() == 1001
    for voxel, code in (((0, 0, 0), "edit.no_island"), ((0, 99, 0), "edit.outside")):
        with pytest.raises(UsageError) as said:
            keep_island(labels, voxel, STATES)
        assert said.value.code == code
    with pytest.raises(UsageError) as said:
        remove_island(labels, (22, 22, 25), {**STATES, CANAL: SegmentState("femur_canal", locked=True)})
    assert said.value.code == "edit.locked"


def test_small_islands_go_by_their_volume() -> None:
    labels, g = islands(), grid(spacing=(1.0, 1.0, 1.0))
    after = done(labels, remove_small_islands(labels, FEMUR, STATES, g, 10.0))
    assert (after == FEMUR).sum() == 1064
    after = done(labels, remove_small_islands(labels, FEMUR, STATES, g, 65.0))
    assert (after == FEMUR).sum() == 1000


def test_holes_in_space_and_in_slices() -> None:
    tube = empty()
    tube[5:30, 10:30, 10:30] = FEMUR
    tube[:, 15:25, 15:25] = 0
    assert fill_holes(tube, FEMUR, STATES).empty, "an open tube has no cavity"
    filled = done(tube, fill_holes(tube, FEMUR, STATES, axis=0))
    assert (filled == FEMUR).sum() == 25 * 400
    box = tube.copy()
    box[[5, 29], 15:25, 15:25] = FEMUR
    box[10, 20, 20] = CANAL
    closed = done(box, fill_holes(box, FEMUR, STATES))
    assert (closed == FEMUR).sum() == 25 * 400 - 1
    assert closed[10, 20, 20] == CANAL, "another segment in the hole stays"


def test_smoothing_takes_a_thorn_and_no_neighbour() -> None:
    labels, g = empty(), grid(spacing=(1.0, 1.0, 1.0))
    labels[:, :25], labels[:, 25:40] = FEMUR, CANAL
    labels[20, 25, 30] = FEMUR
    labels[20, 24, 20] = CANAL
    after = done(labels, smooth(labels, FEMUR, STATES, g, 2.0))
    assert after[20, 25, 30] == CANAL, "what the segment gives up goes to the neighbour round it"
    assert ((after == CANAL) >= (labels == CANAL)).all(), "the neighbour loses nothing"
    locked = {**STATES, CANAL: SegmentState("femur_canal", locked=True)}
    after = done(labels, smooth(labels, FEMUR, locked, g, 1.5, "gaussian"))
    assert np.array_equal(after == CANAL, labels == CANAL)
    with pytest.raises(UsageError) as said:
        smooth(labels, FEMUR, STATES, g, 0.0)
    assert said.value.code == "edit.bad_width"


@pytest.mark.parametrize("method", ["median", "gaussian"])
def test_smoothing_keeps_a_flat_face(method: str) -> None:
    labels, g = empty(), grid()
    labels[:, :25] = FEMUR
    assert smooth(labels, FEMUR, STATES, g, 2.0, method).empty  # type: ignore[arg-type]


def test_scissors_cut_a_square_through_everything() -> None:
    labels, g = np.full(SHAPE, FEMUR, np.uint8), grid()
    corners = g.index_to_lps([[9.5, 9.5, 20], [29.5, 9.5, 20], [29.5, 24.5, 20], [9.5, 24.5, 20]])
    cut = Cut.on_slice(corners, [1, 0, 0], [0, 1, 0])
    after = done(labels, scissors(labels, g, FEMUR, STATES, cut, "erase inside"))
    assert (after == 0).sum() == 20 * 15 * 40
    assert not after[:, 10:25, 10:30].any()
    outside = done(labels, scissors(labels, g, FEMUR, STATES, cut, "erase outside"))
    assert (outside == FEMUR).sum() == 20 * 15 * 40
    deep = Cut.on_slice(corners, [1, 0, 0], [0, 1, 0], depth_mm=2.0)
    after = done(labels, scissors(labels, g, FEMUR, STATES, deep, "erase inside"))
    assert np.unique(np.nonzero(after == 0)[0]).tolist() == [18, 19, 20, 21, 22]
    filled = done(empty(), scissors(empty(), g, NERVE, STATES, cut, "fill inside"))
    assert (filled == NERVE).sum() == 20 * 15 * 40


def test_scissors_in_perspective_widen_with_distance() -> None:
    labels, g = np.full(SHAPE, FEMUR, np.uint8), grid()
    middle = g.index_to_lps([30, 25, 20])
    eye = middle - [0, 0, 100.0]
    projection = np.array([[1.0, 0, 0, -eye[0]], [0, 1.0, 0, -eye[1]], [0, 0, 1.0, -eye[2]]])
    square = np.array([[-0.05, -0.05], [0.05, -0.05], [0.05, 0.05], [-0.05, 0.05]])
    after = done(labels, scissors(labels, g, FEMUR, STATES, Cut(projection, square), "erase inside"))
    near, far = (after[0] == 0).sum(), (after[-1] == 0).sum()
    assert far / near == pytest.approx((119 / 80) ** 2, rel=0.1)


def test_scissors_refuse_a_line() -> None:
    with pytest.raises(UsageError) as said:
        scissors(
            empty() + 1,
            grid(),
            FEMUR,
            STATES,
            Cut.on_slice(np.zeros((2, 3)), [1, 0, 0], [0, 1, 0]),
            "fill inside",
        )
    assert said.value.code == "edit.outline"


@given(
    st.tuples(*[st.floats(-5, n + 5) for n in (60, 50, 40)]),
    st.tuples(*[st.floats(-5, n + 5) for n in (60, 50, 40)]),
    st.floats(0.2, 9),
    st.sampled_from(["paint", "erase"]),
)
def test_any_stroke_can_be_taken_back_and_spares_locked(
    a: tuple[float, ...], b: tuple[float, ...], radius: float, kind: str
) -> None:
    labels = (np.indices(SHAPE).sum(axis=0) // 7 % 4).astype(np.uint8)
    states = {**STATES, NERVE: SegmentState("nerve", locked=True)}
    ink = painting(FEMUR, states) if kind == "paint" else erasing(FEMUR, states)
    g = grid(OBLIQUE)
    inside = g.index_to_lps(np.clip([a, b], 0, [59, 49, 39])[0])
    after = done(labels, stroke(labels, g, [inside, g.index_to_lps(b)], radius, ink))
    assert np.array_equal(after == NERVE, labels == NERVE)
    changed = labels != after
    assert (after[changed] == ink.value).all()


def test_a_sphere_stroke_on_a_large_image_is_quick() -> None:
    shape = (275, 512, 512)
    labels = np.zeros(shape, np.uint8)
    g = ImageGrid(shape, np.zeros(3), np.array([0.7, 0.7, 1.0]), np.eye(3))
    ink = painting(FEMUR, STATES)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        stroke(labels, g, [[170, 170, 100], [173, 171, 100]], 10.0, ink).apply(labels)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.015
