"""Effects of the segment editor with answers that are known: volumes, algebra, interpolated shapes, paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import Cancelled, InputError, UsageError
from surgitwin.core.image import ImageGrid, Segment
from surgitwin.core.progress import Progress
from surgitwin.segmentation.edit.boolean import combined
from surgitwin.segmentation.edit.effects import run_effect
from surgitwin.segmentation.edit.emptied import emptied
from surgitwin.segmentation.edit.ink import SegmentState
from surgitwin.segmentation.edit.livewire import Wire
from surgitwin.segmentation.edit.margin import dilated
from surgitwin.segmentation.edit.mask import EditMask
from surgitwin.segmentation.edit.reached import not_reached
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.morphology import distance_to

A, B, C = 1, 2, 3
STATES = {A: SegmentState("bone"), B: SegmentState("canal"), C: SegmentState("nerve")}
SEGMENTS = tuple(Segment(n, s.name, "", (1.0, 0.0, 0.0)) for n, s in STATES.items())
SPACING = (0.8, 0.7, 1.3)


def grid(shape: tuple[int, int, int], spacing: tuple[float, float, float] = SPACING) -> ImageGrid:
    return ImageGrid(shape, np.array([-20.0, 5.0, 100.0]), np.array(spacing), np.eye(3))


def away(g: ImageGrid, centre: tuple[float, float, float] | None = None) -> np.ndarray:
    """Distance in mm of every voxel to a centre (i, j, k), the middle of the grid by default."""
    middle = (np.array(g.shape[::-1]) - 1) / 2 if centre is None else np.array(centre)
    k, j, i = np.ogrid[tuple(slice(0, n) for n in g.shape)]
    s = g.spacing_mm
    return np.sqrt(
        ((i - middle[0]) * s[0]) ** 2 + ((j - middle[1]) * s[1]) ** 2 + ((k - middle[2]) * s[2]) ** 2
    )


def source(labels: np.ndarray, g: ImageGrid, image: np.ndarray | None = None, target: int = A) -> EditSource:
    return EditSource(labels.astype(np.uint8), g, STATES, target, image, SEGMENTS)


def after(src: EditSource, name: str, mask: EditMask | None = None, **values: object) -> np.ndarray:
    """Labels after an effect; taking it back must give those before, and the effect changes none itself."""
    before = src.labels.copy()
    patch = run_effect(name, src, values, mask=mask)
    assert np.array_equal(src.labels, before)
    out = before.copy()
    patch.apply(out)
    back = out.copy()
    patch.revert(back)
    assert np.array_equal(back, before)
    return out


def refusal(src: EditSource, name: str, **values: object) -> str:
    with pytest.raises((UsageError, InputError)) as said:
        run_effect(name, src, values)
    assert said.value.hint
    return said.value.code


def ball(g: ImageGrid, radius: float) -> np.ndarray:
    return (away(g) <= radius).astype(np.uint8)


# ---- margin and hollow --------------------------------------------------------------------------


@pytest.mark.parametrize("mm", [3.0, -3.0, 8.0])
def test_a_margin_moves_the_boundary_of_a_ball(mm: float) -> None:
    g = grid((52, 90, 80))
    out = after(source(ball(g, 15.0), g), "margin", mm=mm)
    volume = (out == A).sum() * g.voxel_volume_mm3
    radius = (volume * 3 / 4 / np.pi) ** (1 / 3)
    assert radius == pytest.approx(15 + mm, abs=0.5 * min(SPACING)), "within half the finest voxel"


@pytest.mark.parametrize("reach", [1.0, 2.3, 4.0, 9.0])
def test_both_ways_to_a_margin_agree_with_the_distance_map(reach: float) -> None:
    mask = np.random.default_rng(3).random((30, 34, 38)) > 0.997
    spacing = np.array(SPACING[::-1])
    assert np.array_equal(dilated(mask, reach, spacing), distance_to(mask, spacing) <= reach + 1e-4)


def test_a_margin_keeps_locked_neighbours_and_the_end_at_the_border() -> None:
    g = grid((20, 40, 40), (1.0, 1.0, 1.0))
    labels = np.zeros(g.shape, np.uint8)
    labels[:, 10:30, 10:20], labels[:, 10:30, 20:24] = A, B
    src = replace(source(labels, g), states={**STATES, B: SegmentState("canal", locked=True)})
    out = after(src, "margin", mm=3)
    assert np.array_equal(out == B, labels == B)
    shrunk = after(source(labels, g), "margin", mm=-3)
    assert (shrunk[0] == A).any(), "the edge of the image is no boundary"
    assert (shrunk[10] == A).sum() == 14 * 4
    kept = after(source(labels, g), "margin", mm=3)
    assert np.array_equal(kept == B, labels == B), "other segments are kept unless chosen"
    taken = after(source(labels, g), "margin", mm=3, over="shown")
    assert (taken == B).sum() < (labels == B).sum()
    assert np.array_equal(after(src, "margin", mm=3, over="shown") == B, labels == B)
    shell = {"thickness_mm": 2, "wall": "outside"}
    assert np.array_equal(after(source(labels, g), "hollow", **shell) == B, labels == B)
    assert (after(source(labels, g), "hollow", **shell, over="shown") == B).sum() < (labels == B).sum()
    assert refusal(source(labels, g), "margin", mm=0.4) == "edit.nothing"
    assert refusal(source(labels, g), "margin", mm=-6) == "edit.nothing"
    assert refusal(source(labels, g), "margin", mm=400) == "edit.parameter"
    assert refusal(replace(src, target=B), "margin", mm=3) == "edit.locked"


@pytest.mark.parametrize(
    ("wall", "inner", "outer"), [("inside", 12, 15), ("medial", 13.5, 16.5), ("outside", 15, 18)]
)
def test_a_hollow_ball_has_the_volume_of_its_shell(wall: str, inner: float, outer: float) -> None:
    g = grid((80, 80, 80), (0.5, 0.5, 0.5))
    out = after(source(ball(g, 15.0), g), "hollow", thickness_mm=3, wall=wall)
    volume = (out == A).sum() * g.voxel_volume_mm3
    assert volume == pytest.approx(4 / 3 * np.pi * (outer**3 - inner**3), rel=0.06)
    assert out[40, 40, 40] == 0
    assert refusal(source(ball(g, 2.0), g), "hollow", thickness_mm=3) == "edit.nothing"


# ---- between slices -----------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cone_is_filled_between_its_slices(axis: int) -> None:
    n, g = 60, grid((60, 60, 60), (1.0, 1.0, 1.0))
    along, x, y = np.ogrid[:n, :n, :n]
    cone = np.hypot(x - 29.5, y - 29.5) < 5 + 0.3 * along
    drawn = np.where(np.arange(n)[:, None, None] % 10 == 5, cone, False)
    labels = np.moveaxis(drawn, 0, axis).astype(np.uint8)
    name = ("axial", "coronal", "sagittal")[axis]
    for slices in (name, "auto"):
        out = np.moveaxis(after(source(labels, g), "between", slices=slices) == A, axis, 0)
        truth = cone[5:56]
        assert 2 * (out[5:56] & truth).sum() / (out[5:56].sum() + truth.sum()) > 0.985
        assert np.array_equal(out[5::10], cone[5::10]), "drawn slices stay"
        assert not out[:5].any()
        assert not out[56:].any()
    other = {"axial": "coronal", "coronal": "sagittal", "sagittal": "axial"}[name]
    assert refusal(source(labels, g), "between", slices=other) == "edit.nothing"


def test_an_oblique_tube_keeps_its_width_between_slices() -> None:
    g = grid((11, 40, 80), (1.0, 1.0, 1.0))
    k, j, i = np.ogrid[:11, :40, :80]
    tube = np.hypot(j - 20, i - 15 - 5 * k) < 6
    labels = np.where((k == 0) | (k == 10), tube, False)
    out = after(source(labels, g), "between") == A
    assert 2 * (out & tube).sum() / (out.sum() + tube.sum()) > 0.97


# ---- livewire -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slices", ["axial", "coronal", "sagittal"])
def test_a_livewire_finds_a_circle_within_a_voxel(slices: str) -> None:
    g = grid((80, 80, 80), (1.0, 1.0, 1.0))
    image = np.where(away(g, (40, 40, 40)) < 20, 300.0, 0.0) + np.random.default_rng(1).normal(0, 20, g.shape)
    turn = np.radians([10, 100, 190, 280])
    at = np.full((4, 3), 40.0)
    flat = {"axial": (0, 1), "coronal": (0, 2), "sagittal": (1, 2)}[slices]
    at[:, flat] += 20 * np.stack([np.cos(turn), np.sin(turn)], 1)
    points = tuple(tuple(p) for p in g.index_to_lps(np.rint(at)))
    out = after(source(np.zeros(g.shape), g, image), "livewire", points=points, slices=slices)
    array_axis = {"axial": 0, "coronal": 1, "sagittal": 2}[slices]
    assert np.unique(np.nonzero(out)[array_axis]).tolist() == [40], "one slice"
    found, truth = np.take(out == A, 40, array_axis), np.take(away(g, (40, 40, 40)), 40, array_axis)
    assert found[truth < 18.9].all()
    assert not found[truth > 21.1].any()
    assert refusal(source(out, g, image), "livewire", points=points[:1]) == "edit.outline"


def test_the_rim_of_the_image_is_no_edge_and_clicks_go_to_the_edge_nearby() -> None:
    j, i = np.ogrid[:80, :120]
    inside = np.broadcast_to(i < 90, (80, 120))
    away = np.hypot(j - 40, i - 40)
    picture = np.where(inside, np.where(away < 20, 300.0, 0.0), -30000.0)
    wire = Wire(picture, inside)
    assert wire.cost[40, 85:].min() == 1.0
    first, last = wire.snapped((40, 63)), wire.snapped((37, 20))
    assert abs(np.hypot(first[0] - 40, first[1] - 40) - 20) < 1
    wire.start(first)
    path = wire.to(last)
    assert np.abs(np.hypot(*(path - 40).T) - 20).max() < 1.5, "round the disc and not across it"
    assert tuple(path[0]) == first
    assert tuple(path[-1]) == last
    assert tuple(wire.to((40, 119))[-1]) == (40, 119), "a far mouse widens the search"


# ---- boolean ------------------------------------------------------------------------------------

MASK = st.lists(st.booleans(), min_size=27, max_size=27).map(lambda v: np.array(v).reshape(3, 3, 3))


@given(MASK, MASK)
def test_the_algebra_of_masks(a: np.ndarray, b: np.ndarray) -> None:
    both, less, more = (combined(a, b, n) for n in ("intersect", "subtract", "union"))
    assert np.array_equal(combined(less, both, "union"), a)
    assert not combined(less, b, "intersect").any()
    assert np.array_equal(combined(more, b, "subtract"), less)
    assert np.array_equal(combined(a, b, "copy"), b)
    assert np.array_equal(combined(b, a, "union"), more)


def test_segments_are_combined_by_the_rules_of_locks() -> None:
    g = grid((20, 20, 40), (1.0, 1.0, 1.0))
    labels = np.zeros(g.shape, np.uint8)
    labels[5:15, 5:15, 5:20], labels[5:15, 5:15, 20:30], labels[5:15, 5:15, 30:32] = A, B, C
    src = source(labels, g)
    out = after(src, "boolean", operation="union", other="canal")
    assert (out == A).sum() == 100 * 25
    assert not (out == B).any()
    patch = run_effect("boolean", src, {"operation": "union", "other": "canal"})
    (said,) = emptied(out, patch, A, SEGMENTS)
    assert "The canal gave up all its voxels" in said
    wide = after(src, "boolean", operation="union", other="canal", other_mm=3)
    assert np.array_equal(wide == C, labels == C), "third segments are kept unless chosen"
    wide = after(src, "boolean", operation="union", other="canal", other_mm=3, over="shown")
    assert not (wide == C).any()
    gap = after(src, "boolean", operation="subtract", other=B, other_mm=2)
    assert (gap == A).sum() == 100 * 13
    assert np.array_equal(gap == B, labels == B)
    near = after(src, "boolean", operation="intersect", other=B, other_mm=2)
    assert (near == A).sum() == 100 * 2
    copied = after(src, "boolean", operation="copy", other=B)
    assert np.array_equal(copied == A, labels == B)
    assert refusal(src, "boolean", operation="subtract", other=B) == "edit.nothing"
    assert refusal(src, "boolean", operation="union") == "edit.nothing"
    locked = replace(src, states={**STATES, B: SegmentState("canal", locked=True)})
    assert refusal(locked, "boolean", operation="union", other=B) == "edit.locked"
    assert refusal(src, "boolean", operation="union", other="tibia") == "edit.unknown_segment"


# ---- joint smoothing ----------------------------------------------------------------------------


def test_joint_smoothing_keeps_volumes_thin_parts_and_touching_faces() -> None:
    g = grid((64, 64, 64), (1.0, 1.0, 1.0))
    labels = np.zeros(g.shape, np.uint8)
    for label, centre in ((A, (20, 20, 20)), (B, (44, 20, 20)), (C, (32, 41, 20))):
        labels[away(g, centre) < 12] = label
    out = after(source(labels, g), "joint", width_mm=1.5)
    for label in (A, B, C):
        assert (out == label).sum() == pytest.approx((labels == label).sum(), rel=0.01)
    assert (out > 0).sum() == pytest.approx((labels > 0).sum(), rel=0.01)
    thin = np.where(np.arange(64)[:, None, None] // 2 == 25, np.uint8(B), labels)
    out = after(source(thin, g), "joint", width_mm=3)
    assert (out[50:52, 3:-3, 3:-3] == B).all(), "a sheet thinner than the width stays"
    noisy = labels * (np.random.default_rng(0).random(g.shape) > 0.05)
    out = after(source(noisy, g), "joint", width_mm=1.5)
    deep = away(g, (20, 20, 20)) < 9
    assert (noisy[deep] == 0).any()
    assert (out[deep] == A).all(), "the noise went"


def test_joint_smoothing_opens_no_gap_and_spares_locked_segments() -> None:
    g = grid((40, 40, 40), (1.0, 1.0, 1.0))
    rng = np.random.default_rng(2)
    edge = 20 + rng.integers(-2, 3, (40, 40))
    labels = np.where(np.arange(40)[None, None] < edge[..., None], A, B).astype(np.uint8)
    out = after(source(labels, g), "joint", width_mm=2)
    assert (out > 0).all(), "no background between two segments that touched"
    rough = np.abs(np.diff((out == A).sum(axis=2), axis=0)).mean()
    assert rough < 0.5 * np.abs(np.diff(edge, axis=0)).mean()
    thorn = labels.copy()
    thorn[20, 20, 5] = 0
    locked = replace(source(thorn, g), states={**STATES, B: SegmentState("canal", locked=True)})
    out = after(locked, "joint")
    assert out[20, 20, 5] == A
    assert np.array_equal(out == B, thorn == B)
    assert refusal(source(0 * labels, g), "joint") == "edit.nothing"


# ---- watershed and level set --------------------------------------------------------------------


def test_a_watershed_divides_two_touching_balls() -> None:
    g = grid((40, 40, 70), (1.0, 1.0, 1.0))
    one, two = away(g, (22, 20, 20)) < 14, away(g, (46, 20, 20)) < 14
    labels = np.where(one | two, A, 0).astype(np.uint8)
    labels[20, 20, 20:24], labels[20, 20, 45:49] = B, C
    for relief in ("thickness", "bright"):
        image = np.where(one | two, 500.0, 0.0) - 200 * np.exp(-(((np.arange(70) - 34) / 1.5) ** 2))
        out = after(source(labels, g, image), "watershed", relief=relief, within="bone")
        assert not (out == A).any(), relief
        assert (out[..., :33] == C).sum() + (out[..., 36:] == B).sum() == 0, relief
        assert (out == B).sum() == pytest.approx((out == C).sum(), rel=0.05)
    assert refusal(source(np.where(labels == A, A, 0), g, image), "watershed") == "edit.nothing"
    spots = np.where(labels == A, 0, labels)
    walled = np.where(np.arange(70) == 30, -500.0, image)
    out = after(source(spots, g, walled), "watershed", EditMask((200, 900)), reach_mm=40)
    assert (walled[(out > 0) & (spots == 0)] >= 200).all()
    assert not (out[..., 31:] == B).any(), "a flood does not pass through what the mask shuts out"


@pytest.mark.parametrize("method", ["edges", "regions"])
def test_a_level_set_finds_the_ball_it_was_painted_in(method: str) -> None:
    g = grid((44, 60, 60), (0.8, 0.8, 1.1))
    image = np.where(away(g) < 16, 300.0, 0.0) + np.random.default_rng(0).normal(0, 20, g.shape)
    src = source(away(g) < 11, g, image)
    out = after(src, "level_set", method=method, iterations=80) == A
    truth = away(g) < 16
    assert 2 * (out & truth).sum() / (out.sum() + truth.sum()) > 0.97
    short = after(src, "level_set", method=method, iterations=80, reach_mm=2.0) == A
    assert away(g)[short].max() < 11 + 2 + 1.1

    stopped = Progress(cancelled=lambda: True)
    with pytest.raises(Cancelled):
        run_effect("level_set", src, {"method": method}, progress=stopped)


# ---- mirror and crop ----------------------------------------------------------------------------


@pytest.mark.parametrize("plane", ["sagittal", "coronal", "axial"])
def test_mirrored_twice_is_as_before(plane: str) -> None:
    g = grid((30, 40, 50))
    labels = np.zeros(g.shape, np.uint8)
    labels[3:9, 5:14, 6:20] = A
    labels[3:5, 5:7, 6:8] = 0
    once = after(source(labels, g), "mirror", plane=plane, into="itself")
    assert (once == A).sum() == (labels == A).sum()
    assert not np.array_equal(once, labels)
    assert np.array_equal(after(source(once, g), "mirror", plane=plane, into="itself"), labels)


def test_a_mirror_image_across_points_is_a_new_segment() -> None:
    g = grid((40, 60, 60), (1.0, 1.0, 1.0))
    labels = np.zeros(g.shape, np.uint8)
    labels[away(g, (20, 30, 20)) < 8] = A
    normal = np.array([1.0, 0.2, 0.0]) / np.hypot(1, 0.2)
    middle = g.index_to_lps([32, 30, 20])
    across = np.cross(normal, [0, 0, 1])
    points = tuple(tuple(p) for p in middle + np.outer([0, 20, 0], across) + np.outer([0, 0, 15], [0, 0, 1]))
    src = source(labels, g)
    patch = run_effect("mirror", src, {"plane": "points", "points": points})
    assert patch.segments_after is not None
    made = patch.segments_after[-1]
    assert made.name == "bone mirrored"
    out = labels.copy()
    patch.apply(out)
    centre = g.index_to_lps([20, 30, 20])
    wanted = centre - 2 * (centre - middle) @ normal * normal
    found = g.index_to_lps(np.argwhere(out == made.label)[:, ::-1]).mean(axis=0)
    assert np.linalg.norm(found - wanted) < 0.3
    assert (out == made.label).sum() == pytest.approx((labels == A).sum(), rel=0.02)
    assert refusal(src, "mirror", plane="points", points=points[:2]) == "edit.plane"
    line = (points[0], points[1], tuple(2 * np.array(points[1]) - np.array(points[0])))
    assert refusal(src, "mirror", plane="points", points=line) == "edit.plane"


def test_crop_keeps_a_box_in_millimetres() -> None:
    g = grid((20, 30, 40))
    labels = np.full(g.shape, A, np.uint8)
    labels[:, :, 30:] = B
    first, second = g.index_to_lps([4, 6, 3]), g.index_to_lps([35, 20, 12])
    src = source(labels, g)
    out = after(src, "crop", first=tuple(first), second=tuple(second))
    assert (out == A).sum() == 26 * 15 * 10
    assert np.array_equal(out == B, labels == B)
    whole = after(src, "crop", first=tuple(first), second=tuple(second), scope="all")
    assert (whole > 0).sum() == 32 * 15 * 10
    gone = after(src, "crop", first=tuple(first), second=tuple(second), keep="outside")
    assert (gone == A).sum() == 20 * 30 * 30 - 26 * 15 * 10
    assert refusal(src, "crop", first=tuple(first)) == "edit.box"
    flat = tuple(np.array([*second[:2], first[2]]))
    assert refusal(src, "crop", first=tuple(first), second=flat) == "edit.box"


# ---- scissors and masks -------------------------------------------------------------------------


def test_scissors_cut_from_one_depth_to_another() -> None:
    g = grid((30, 30, 30), (1.0, 1.0, 1.0))
    src = source(np.full(g.shape, A), g)
    points = tuple(tuple(p) for p in g.index_to_lps([[5, 5, 10], [20, 5, 10], [20, 20, 10], [5, 20, 10]]))
    depths = {"all": (0, 29), "symmetric": (8, 12), "from_to": (13, 16)}
    for depth, (low, high) in depths.items():
        out = after(src, "scissors", points=points, depth=depth, depth_mm=2, from_mm=3, to_mm=6)
        cut = np.unique(np.nonzero(out == 0)[0])
        assert (cut.min(), cut.max()) == (low, high), depth
    assert refusal(src, "scissors", points=points, depth="from_to", from_mm=3, to_mm=3) == "edit.bad_depth"
    assert refusal(src, "scissors", points=points[:2]) == "edit.points"


def test_a_mask_limits_every_effect() -> None:
    g = grid((30, 40, 40), (1.0, 1.0, 1.0))
    labels = np.zeros(g.shape, np.uint8)
    labels[:, 10:30, 10:20], labels[:, 10:30, 22:26] = A, B
    image = np.where(np.arange(40)[None, :, None] < 20, 300.0, -50.0) * np.ones(g.shape)
    src = source(labels, g, image)
    free = after(src, "margin", mm=4, over="shown")
    by_range = after(src, "margin", EditMask((200, 400)), mm=4, over="shown")
    assert np.array_equal(by_range, np.where(image > 0, free, labels))
    outside = after(src, "margin", EditMask(segment=B, side="outside"), mm=4, over="shown")
    assert np.array_equal(outside == B, labels == B)
    inside = after(src, "margin", EditMask(segment=B), mm=4, over="shown")
    assert np.array_equal(inside, np.where(labels == B, free, labels))
    with pytest.raises(UsageError) as said:
        run_effect("margin", src, {"mm": 4}, mask=EditMask((1000, 2000)))
    assert said.value.code == "edit.masked"
    with pytest.raises(UsageError) as said:
        EditMask((400, 200))
    assert said.value.code == "edit.bad_range"


def test_a_distance_under_the_slice_thickness_is_said() -> None:
    spacing = np.array([3.27, 0.98, 0.98])
    (words,) = not_reached("margin", {"mm": -2.0}, spacing)
    assert "2 mm is less than the 3.27 mm" in words
    assert not not_reached("margin", {"mm": 3.5}, spacing)
    assert not_reached("hollow", {"thickness_mm": 4.0, "wall": "medial"}, spacing)
    assert not not_reached("smooth", {"width_mm": 1.0}, spacing)
