"""Surfaces that follow edits: true volume, closed over block faces, local updates equal to a new build."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import Cancelled
from surgitwin.core.image import ImageGrid
from surgitwin.core.progress import Progress
from surgitwin.scene.label_piece import BLOCK, blocks_of
from surgitwin.scene.label_surface import LabelSurface
from surgitwin.segmentation.edit.brush import stroke
from surgitwin.segmentation.edit.ink import SegmentState, painting

SHAPE = (70, 110, 100)
STATES = {1: SegmentState("femur")}


def grid(flip: bool = False) -> ImageGrid:
    direction = np.diag([1.0, 1.0, -1.0]) if flip else np.eye(3)
    return ImageGrid(SHAPE, np.array([3.0, -5.0, 8.0]), np.array([0.8, 0.8, 1.2]), direction)


def ball(radius_mm: float = 25.0, flip: bool = False) -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint8)
    g = grid(flip)
    stroke(labels, g, g.index_to_lps([50, 52, 35]), radius_mm, painting(1, STATES)).apply(labels)
    return labels


def surface(labels: np.ndarray, flip: bool = False) -> LabelSurface:
    out = LabelSurface(grid(flip), 1)
    out.build(labels)
    return out


@pytest.mark.parametrize("flip", [False, True])
def test_a_ball_over_several_blocks_is_closed_and_faces_outwards(flip: bool) -> None:
    made = surface(ball(flip=flip), flip)
    assert len(made.pieces) > 4
    data = made.data()
    whole = data.clean(tolerance=1e-7)
    assert whole.n_open_edges == 0, "no gap between blocks"
    assert whole.is_manifold
    signed = _signed_volume(np.asarray(data.points, float), data.faces.reshape(-1, 4)[:, 1:])
    assert signed == pytest.approx(4 / 3 * np.pi * 25**3, rel=0.02)
    centre = grid(flip).index_to_lps([50, 52, 35])
    outward = np.asarray(data.points) - centre
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert (outward * np.asarray(data.point_data["Normals"])).sum(axis=1).min() > 0.9


def _signed_volume(points: np.ndarray, triangles: np.ndarray) -> float:
    p = points - points.mean(axis=0)
    a, b, c = (p[triangles[:, n]] for n in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_points_on_block_faces_have_one_normal() -> None:
    data = surface(ball()).data()
    points, normals = np.asarray(data.points), np.asarray(data.point_data["Normals"])
    _, inverse, count = np.unique(np.round(points, 4), axis=0, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count > 1)
    assert len(shared) > 50
    order = np.argsort(inverse.ravel(), kind="stable")
    starts = np.searchsorted(inverse.ravel()[order], shared)
    gap = [
        np.ptp(normals[order[s : s + count[n]]], axis=0).max() for s, n in zip(starts, shared, strict=True)
    ]
    assert max(gap) < 0.02


def test_an_edit_renews_its_blocks_only_and_equals_a_new_build() -> None:
    labels = ball()
    made = surface(labels)
    old = dict(made.pieces)
    patch = stroke(labels, grid(), grid().index_to_lps([20, 52, 35]), 6.0, painting(1, STATES))
    patch.apply(labels)
    assert patch.box is not None
    renewed = made.update(labels, patch.box)
    fresh = surface(labels)
    assert set(made.pieces) == set(fresh.pieces)
    for block, piece in made.pieces.items():
        assert np.array_equal(piece.points_mm, fresh.pieces[block].points_mm), block
        assert np.array_equal(piece.triangles, fresh.pieces[block].triangles), block
        assert (piece is old.get(block)) == (block not in renewed)
    assert made.voxels == (labels == 1).sum()
    assert made.update(labels, patch.box) == (), "nothing changed since"
    assert len(renewed) < len(blocks_of((slice(0, 70), slice(0, 110), slice(0, 100)), SHAPE))


def test_emptied_labels_leave_nothing() -> None:
    labels = ball()
    made = surface(labels)
    labels[:] = 0
    made.update(labels, (slice(0, 70), slice(0, 110), slice(0, 100)))
    assert made.pieces == {}
    assert made.data().n_points == 0


def test_the_border_of_the_image_closes_the_surface() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, 40:70, 30:60] = 1
    data = surface(labels).data().clean(tolerance=1e-7)
    assert data.n_open_edges == 0
    volume = 70 * 30 * 30 * grid().voxel_volume_mm3
    assert data.volume == pytest.approx(volume, rel=0.03)


def test_single_voxels_and_sheets_stay_visible() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[BLOCK, BLOCK, BLOCK] = 1
    labels[10:40, 20, 10:40] = 1
    data = surface(labels).data().clean(tolerance=1e-7)
    assert data.split_bodies().n_blocks == 2
    assert data.n_open_edges == 0


@given(st.tuples(*[st.floats(15, n - 15) for n in (100, 110, 70)]), st.floats(8, 20))
def test_volume_of_the_surface_is_that_of_the_label(at: tuple[float, ...], radius: float) -> None:
    labels = np.zeros(SHAPE, np.uint8)
    g = grid()
    stroke(labels, g, g.index_to_lps(at), radius, painting(1, STATES)).apply(labels)
    voxels = float((labels == 1).sum()) * g.voxel_volume_mm3
    assert surface(labels).data().volume == pytest.approx(voxels, rel=0.08)


def test_it_can_be_cancelled_between_blocks() -> None:
    calls = []

    def asked() -> bool:
        calls.append(1)
        return len(calls) > 2

    with pytest.raises(Cancelled):
        LabelSurface(grid(), 1).build(ball(), Progress(cancelled=asked))
