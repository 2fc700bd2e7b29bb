"""Cells of equal values are one material; many different ones are one field."""

from __future__ import annotations

import numpy as np

from surgitwin.mechanics.material_groups import MOST_MATERIALS, equal_materials


def test_equal_rows_share_a_group_and_a_field_is_one() -> None:
    two = np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 2.0]])
    assert equal_materials(two).tolist() == [0, 1, 0]
    assert equal_materials(np.array([5.0, 4.0, 5.0])).tolist() == [1, 0, 1]
    assert len(np.unique(equal_materials(np.arange(MOST_MATERIALS)))) == MOST_MATERIALS
    assert not equal_materials(np.arange(MOST_MATERIALS + 1)).any()
    inside = np.column_stack([np.ones(40), np.arange(40)])
    assert not equal_materials(inside).any()
