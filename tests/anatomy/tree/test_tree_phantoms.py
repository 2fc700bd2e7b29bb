"""Trees whose truth is known: topology, centrelines, lengths, radii, angles, narrowings."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import tree_phantoms as phantoms

from surgitwin.anatomy.tree import measure_tree
from surgitwin.anatomy.tree.build import branch_reference
from surgitwin.anatomy.tree.sections import sections_of
from surgitwin.core.errors import InputError


@cache
def measured(name, on_image=True, voxel_mm=0.5, noise=20.0, **options):
    pieces = PIECES[name]()
    volume = phantoms.picture(pieces, voxel_mm, noise)
    mask = phantoms.mask_of(volume)
    return pieces, measure_tree(mask, volume.grid, volume if on_image else None, **options)


def narrowed():
    stem, left, right = phantoms.y_tree(3.0)
    return [stem, phantoms.Piece(left.a, left.b, left.r, 0.5), right]


PIECES = {
    "y": phantoms.y_tree,
    "murray": lambda: phantoms.murray_tree(2.5, 2),
    "even": lambda: phantoms.murray_tree(3.0, 2),
    "loop": phantoms.loop_tree,
    "touch": phantoms.touching_tree,
    "narrowed": narrowed,
}


def true_piece(branch, pieces):
    middle = branch.points_mm[len(branch.points_mm) // 2]
    return min(pieces, key=lambda p: np.linalg.norm(np.add(p.a, p.b) / 2 - middle))


@pytest.mark.parametrize("on_image", [True, False])
def test_y_tree_has_its_branches_angles_and_sizes(on_image):
    pieces, tree = measured("y", on_image)
    assert tree.source == ("image" if on_image else "segment")
    assert [b.generation for b in tree.branches] == [0, 1, 1]
    assert [b.parent for b in tree.branches] == [None, 0, 0]
    assert tree.branches[0].children == (1, 2)
    fork = next(j for j in tree.joints if j.kind == "bifurcation")
    assert np.linalg.norm(fork.point_mm - [0, 0, 20]) < 0.15
    assert fork.between_deg == pytest.approx((60,), abs=1.5)
    assert fork.turn_deg == pytest.approx((30, 30), abs=1.5)
    for branch in tree.branches:
        assert phantoms.centre_error(branch.points_mm, pieces).mean() < 0.1
        assert branch.length_mm == pytest.approx(20, abs=0.5)
        assert branch.mean_radius_mm == pytest.approx(true_piece(branch, pieces).r, abs=0.1)
        assert branch.tortuosity < 0.01


@pytest.mark.parametrize(("voxel_mm", "noise"), [(0.5, 20.0), (0.5, 50.0), (0.8, 20.0)])
def test_asymmetric_tree_keeps_its_topology(voxel_mm, noise):
    pieces, tree = measured("murray", True, voxel_mm, noise)
    assert sorted(b.generation for b in tree.branches) == [0, 1, 1, 2, 2, 2, 2]
    assert tree.loops == 0
    assert sum(j.kind == "end" for j in tree.joints) == 4
    errors = np.concatenate([phantoms.centre_error(b.points_mm, pieces) for b in tree.branches])
    assert errors.mean() < 0.1
    for branch in tree.branches:
        assert branch.length_mm == pytest.approx(true_piece(branch, pieces).length, abs=1.2 * voxel_mm)


def test_ways_that_run_side_by_side_in_one_lumen_are_one_branch():
    # An even number of voxels across: the ways kept to both sides of the ridge from 13 mm too far up.
    pieces, tree = measured("even", root_mm=(0, 0, 1))
    assert sorted(b.generation for b in tree.branches) == [0, 1, 1, 2, 2, 2, 2]
    for branch in tree.branches[1:]:
        assert branch.length_mm == pytest.approx(true_piece(branch, pieces).length, abs=0.5)
        assert branch.tube is not None


def test_a_loop_is_closed_where_its_arms_come_together():
    _, tree = measured("loop")
    assert len(tree.branches) == 4
    assert tree.loops == 1
    assert [c.kind for c in tree.contacts] == ["loop"]
    join = next(j for j in tree.joints if j.kind == "join")
    assert len(join.incoming) == 2
    assert len(join.outgoing) == 1
    assert min(np.linalg.norm(join.point_mm - [0, 0, z]) for z in (15, 39)) < 0.3


def test_vessels_that_touch_stay_two_and_are_told_of():
    pieces, tree = measured("touch")
    assert len(tree.branches) == 3
    assert [(c.kind, c.branches) for c in tree.contacts] == [("touch", (1, 2))]
    assert abs(tree.contacts[0].point_mm[2] - 36) < 2
    assert "tree.touch" in [n.code for n in tree.notices]
    assert all(phantoms.centre_error(b.points_mm, pieces).mean() < 0.1 for b in tree.branches)


def test_a_narrowing_is_found_in_its_branch_only():
    _, tree = measured("narrowed")
    found = [b for b in tree.branches if b.lesions]
    assert len(found) == 1
    assert found[0].lesions[0].diameter_percent == pytest.approx(50, abs=4)
    assert found[0].lesions[0].throat_mm == pytest.approx(10, abs=0.5)


def test_sections_are_round_and_as_large_as_the_tube():
    _, tree = measured("y")
    stem = tree.branches[0]
    found = sections_of(stem.tube, stem.tube_start_mm)
    assert found.area_mm2 == pytest.approx(np.pi * 4, rel=0.1)
    assert found.perimeter_mm == pytest.approx(np.pi * 4, rel=0.06)
    assert (found.max_diameter_mm / found.min_diameter_mm < 1.15).all()
    assert (np.diff(found.s_mm) > 0).all()


def test_clicks_choose_the_root_and_the_ends():
    pieces = phantoms.y_tree()
    volume = phantoms.picture(pieces)
    mask = phantoms.mask_of(volume)
    tip, other = pieces[1].b, pieces[2].b
    tree = measure_tree(mask, volume.grid, root_mm=tip)
    assert np.linalg.norm(tree.root.point_mm - tip) < 1.0
    assert len(tree.branches) == 3
    tree = measure_tree(mask, volume.grid, root_mm=(0, 0, 1), without_mm=[other])
    assert len(tree.branches) == 1
    assert tree.branches[0].length_mm == pytest.approx(39, abs=1)
    tree = measure_tree(mask, volume.grid, root_mm=(0, 0, 1), ends_mm=[tip], only_given=True)
    assert len(tree.branches) == 1


def test_without_a_scale_only_the_topology_is_found():
    _, tree = measured("y", True, metric=False)
    assert len(tree.branches) == 3
    assert not tree.metric
    assert all(b.tube is None for b in tree.branches)


def test_what_cannot_be_a_tree_is_refused():
    volume = phantoms.picture(phantoms.y_tree())
    mask = phantoms.mask_of(volume)
    with pytest.raises(InputError) as empty:
        measure_tree(np.zeros_like(mask), volume.grid)
    assert empty.value.code == "tree.empty"
    with pytest.raises(InputError) as outside:
        measure_tree(mask, volume.grid, root_mm=(30, 0, 0))
    assert outside.value.code == "tree.click_outside"
    block = np.zeros_like(mask)
    block[10:24, 5:19, 10:24] = True
    with pytest.raises(InputError) as short:
        measure_tree(block, volume.grid)
    assert short.value.code == "tree.too_short"
    apart = mask.copy()
    apart[:, 2:6, 2:6] = True
    with pytest.raises(InputError) as piece:
        measure_tree(apart, volume.grid, root_mm=(0, 0, 1), ends_mm=[volume.grid.index_to_lps([4, 4, 50])])
    assert piece.value.code == "tree.click_apart"
    with pytest.raises(InputError) as beside:
        measure_tree(mask, volume.grid, root_mm=(0, 0, 1), without_mm=[(300, 0, 0)])
    assert beside.value.code == "tree.click_outside"


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 3.0), (0.6, 0.6, 1.2)])
@pytest.mark.parametrize("axis", [0, 2])
def test_a_segment_with_thick_slices_has_the_same_radius_along_and_across_them(spacing, axis):
    # The blur of the segment's picture was that of a cube of the mean edge: radii 0.5 mm wrong, lengths by 6.
    radius = 5.0
    tree = measure_tree(*phantoms.rod_mask(radius, 60.0, axis, spacing))
    (only,) = tree.branches
    assert tree.source == "segment"
    assert only.mean_radius_mm == pytest.approx(radius, abs=0.1)
    assert only.length_mm == pytest.approx(60, abs=1.2)
    assert not only.lesions


def test_balls_at_a_closed_end_are_no_radius_of_a_branch_without_sections():
    short = dataclasses.replace(measured("y")[1].branches[1], tube=None)
    assert short.radius_mm.min() < 0.5  # at its closed end
    assert short.min_radius_mm > 1.0
    assert short.mean_radius_mm == pytest.approx(2 / 2 ** (1 / 3), abs=0.5)


def test_a_branch_whose_wall_the_image_does_not_show_has_no_sections():
    pieces = phantoms.y_tree()
    volume = phantoms.picture(pieces)
    bright = dataclasses.replace(volume, array=np.full_like(volume.array, 400))
    tree = measure_tree(phantoms.mask_of(volume), volume.grid, bright)
    assert tree.source == "image"
    assert all(b.tube is None for b in tree.branches)


def test_a_taper_is_no_sure_narrowing_and_its_reference_no_wider_than_the_vessel():
    # A real branch 1.9 mm across at most was given as narrowed by 85 % of 3.8 mm at its very end.
    tree = measure_tree(*phantoms.rod_mask(2.5, 60.0, 2, (0.5, 0.5, 0.5), tip=1.0), root_mm=(0, 0, -29))
    (only,) = tree.branches
    assert only.reference_mm.max() <= only.tube.diameter_mm.max()
    assert all("both sides" in q.doubt for q in only.lesions)
    assert only.lesions
    s = np.arange(0, 90, 0.25)
    rises_then_falls = np.interp(s, [0, 35, 45, 90], [1.5, 1.9, 0.7, 0.55])
    reference, _ = branch_reference(s, rises_then_falls)
    assert reference.max() <= 1.9


def test_end_branches_under_the_least_mean_radius_are_left_out_and_the_rest_becomes_one():
    _, whole = measured("murray")
    _, tree = measured("murray", least_radius_mm=1.7)
    ends = [b for b in tree.branches if not b.children]
    assert len(tree.branches) < len(whole.branches)
    assert all(b.mean_radius_mm >= 1.7 for b in ends)
    assert any(b.mean_radius_mm < 1.7 for b in whole.branches if not b.children)
    forks = [j for j in tree.joints if j.kind == "bifurcation"]
    assert all(len(j.outgoing) > 1 for j in forks)  # no joint is left where one way goes on
