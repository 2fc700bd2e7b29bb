"""Saved views survive the case file, keep their names apart, and damage is named."""

import json

import pytest

from surgitwin.core.errors import InputError
from surgitwin.planning import saved_views as sv


def view(name="View 1", **changes):
    plane = sv.SavedPlane(1.5, (2.0, -3.0), 10.0, "max")
    camera = sv.SavedCamera((1, 2, 3), (4, 5, 6), (0, 0, 1), 120.0, True)
    fields = {
        "name": name, "crosshair_mm": (1.0, 2.0, 3.0), "axes": "bone", "window": (1800.0, 400.0),
        "layout": "wide", "planes": {"axial": plane}, "camera": camera, "segments": {"femur": False},
    }  # fmt: skip
    return sv.SavedView(**{**fields, **changes})


def test_a_view_survives_the_case_file():
    kept = json.loads(json.dumps(sv.to_state([view(), view("Gap", crosshair_shown=False)])))
    assert sv.from_state(kept) == (view(), view("Gap", crosshair_shown=False))
    assert sv.from_state({}) == ()


def test_names_stay_apart():
    views = (view(), view("Gap"))
    assert sv.free_name(views) == "View 2"
    assert sv.put(views, view("Gap", layout="four"))[1].layout == "four"
    assert len(sv.put(views, view("New"))) == 3
    assert [v.name for v in sv.renamed(views, "Gap", " Fracture ")] == ["View 1", "Fracture"]
    for name in ("", "View 1"):
        with pytest.raises(InputError) as said:
            sv.renamed(views, "Gap", name)
        assert said.value.code == "view.name"


@pytest.mark.parametrize(
    "change", [{"axes": "sideways"}, {"crosshair_mm": [1, 2]}, {"window": [1, float("inf")]}, {"camera": {}}]
)
def test_a_damaged_row_is_named(change):
    with pytest.raises(InputError) as said:
        sv.from_state({"saved_views": [view().as_dict() | change]})
    assert said.value.where == "saved_views[0]"
