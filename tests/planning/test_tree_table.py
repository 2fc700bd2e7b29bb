"""Names of branches, the table with its uncertainty, the report of a tree."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from anatomy.tree import tree_phantoms as phantoms
from surgitwin.anatomy.tree import measure_tree
from surgitwin.planning.segments.tree_names import branch_title, carried_names
from surgitwin.planning.segments.tree_table import (
    branch_rows,
    narrowest_words,
    percent_uncertainty,
    table_csv,
)

VOXEL = 0.6


@cache
def tree(**options):
    stem, left, right = phantoms.y_tree(3.0)
    volume = phantoms.picture([stem, phantoms.Piece(left.a, left.b, left.r, 0.5), right], VOXEL)
    return measure_tree(phantoms.mask_of(volume), volume.grid, volume, **options)


def test_the_true_narrowing_lies_within_its_uncertainty():
    rows = branch_rows(tree(), {}, VOXEL)
    worst = next(r for r in rows if r.narrowest is not None)
    assert abs(worst.narrowest.percent - 50) <= worst.narrowest.uncertainty
    assert worst.narrowest.uncertainty < 10
    assert " ± " in narrowest_words(worst)
    assert [narrowest_words(r) for r in rows if r.narrowest is None] == ["none", "none"]


def test_a_narrowing_in_doubt_is_not_judged_and_gives_no_per_cent():
    row = next(r for r in branch_rows(tree(), {}, VOXEL) if r.narrowest is not None)
    doubt = replace(row, narrowest=replace(row.narrowest, doubt="a taper"))
    assert narrowest_words(doubt) == "not judged: a taper"
    head, cells = (line.split(",") for line in table_csv((doubt,)).splitlines())
    found = dict(zip(head, cells, strict=True))
    assert found["narrowing"] == "not judged: a taper"
    assert found["narrowing_percent"] == found["narrowing_diameter_mm"] == ""


def test_a_throat_in_doubt_is_twice_as_uncertain():
    lesion = next(b.lesions[0] for b in tree().branches if b.lesions)
    doubt = replace(lesion, doubt="finer than the image")
    assert percent_uncertainty(doubt, VOXEL) == pytest.approx(2 * percent_uncertainty(lesion, VOXEL))


def test_names_stay_with_their_vessels_when_the_root_moves():
    first = tree()
    tip = max(first.branches, key=lambda b: b.points_mm[-1, 0])
    other = tree(root_mm=tuple(tip.points_mm[-1].tolist()))  # the tree begins at a daughter now
    names = carried_names(first, {tip.id: "left"}, other)
    assert list(names.values()) == ["left"]
    found = other.branch(int(next(iter(names))))
    middle = tip.points_mm[len(tip.points_mm) // 2]
    assert np.linalg.norm(found.points_mm - middle, axis=1).min() < 0.3
    assert branch_title({0: "stem"}, 0) == "stem"
    assert branch_title({}, 3) == "Branch 3"


def test_without_a_scale_the_table_holds_no_sizes():
    rows = branch_rows(tree(metric=False), {}, VOXEL)
    assert all(r.length_mm is None and r.mean_mm is None and r.narrowest is None for r in rows)
    cells = table_csv(rows).splitlines()[1].split(",")
    assert cells[4:9] == [""] * 5
    assert cells[9:15] == ["not measured", *[""] * 5]
