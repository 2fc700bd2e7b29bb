import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.core.plan import PlacedImplant
from surgitwin.core.solids import ArcRod
from surgitwin.implants import (
    NailItem,
    PlateItem,
    ScrewItem,
    build,
    catalogue,
    material,
    nail,
    operative_list,
    plate,
)

POSE = np.eye(4)
PLATE = PlacedImplant(
    "plate-broad-08",
    POSE,
    {"screw": "screw-locking-5.0", "holes": [1, 2, 7, 8], "lengths_mm": [40.0, 38.0, 36.0, 36.0]},
)
NAIL = PlacedImplant(
    "nail-femoral-10-380",
    POSE,
    {"bolt": "bolt-4.9", "insertion": "-x", "starts_mm": [20.0] * 4, "lengths_mm": [40.0] * 4},
)


def test_every_row_names_its_source_and_material():
    for item in catalogue().values():
        assert item.source, item.id
        assert isinstance(item.verified, bool)
        if not isinstance(item, PlateItem | NailItem | ScrewItem):
            continue
        metal = material(item.material)
        assert 0 < metal.endurance_MPa < metal.yield_MPa < metal.modulus_MPa
        assert all(hasattr(item, name) or name.endswith("_mm") for name in item.unverified)


def test_plate_lengths_follow_the_law_of_the_source():
    assert plate("plate-broad-06").length_mm == 121
    assert plate("plate-broad-22").length_mm == 409
    assert plate("plate-narrow-02").length_mm == 49
    assert plate("plate-narrow-22").length_mm == 409


def test_holes_lie_inside_their_implant():
    for item in catalogue().values():
        if isinstance(item, PlateItem):
            z = [item.hole_z_mm(n) for n in range(1, item.n_holes + 1)]
            assert z == sorted(z, reverse=True)
            assert sum(z) == pytest.approx(0)
            assert max(z) + item.hole_diameter_mm < item.length_mm / 2
        if isinstance(item, NailItem):
            assert list(item.holes_mm) == sorted(item.holes_mm)
            assert item.holes_mm[0] > 0
            assert item.holes_mm[-1] < item.length_mm
            assert item.curvature_per_mm == (0 if item.length_mm < 300 else 1 / 1500)


@pytest.mark.parametrize("wanted", [14.0, 14.1, 37.0, 60.0, 61.0, 89.9])
def test_screws_snap_to_the_next_length(wanted):
    screw = catalogue()["screw-locking-5.0"]
    assert isinstance(screw, ScrewItem)
    found = screw.snap_up(wanted)
    assert found in screw.lengths_mm
    assert found >= wanted
    assert all(x < wanted for x in screw.lengths_mm if x < found)
    assert screw.snap_up(90.1) is None


def test_plate_solids_stand_where_the_pose_says():
    solids = build(PLATE)
    item = plate("plate-broad-08")
    names = [s.name for s in solids.solids]
    assert names.count("plate") == 1
    assert [n for n in names if n.startswith("screw")] == ["screw 1", "screw 2", "screw 7", "screw 8"]
    assert [n for n in names if n.startswith("empty")] == [f"empty hole {n}" for n in (3, 4, 5, 6)]
    half_length, half_width = item.length_mm / 2, item.width_mm / 2
    surface = [[0, 0, 0], [item.thickness_mm, 0, 0], [2, half_width, 0], [2, 0, -half_length]]
    assert solids.distance(surface, ("plate",)) == pytest.approx(0, abs=1e-9)
    screw = next(s for s in solids.solids if s.name == "screw 1")
    assert screw.start_mm == pytest.approx([5.2, 0, 63])
    assert screw.end_mm == pytest.approx([5.2 - 40, 0, 63])
    assert 2 * screw.radius_mm == 4.4


def test_nail_runs_distally_and_bows_forward():
    solids = build(NAIL)
    rod = solids.solids[0]
    assert isinstance(rod, ArcRod)
    chord_middle = (rod.centreline(0.0) + rod.centreline(380.0)) / 2
    apex = rod.centreline(190.0)
    assert apex[2] == pytest.approx(-190, abs=2)
    assert apex[1] - chord_middle[1] == pytest.approx(380**2 / 8 / 1500, rel=0.01)
    for bolt in solids.solids[1:]:
        middle = (bolt.start_mm + bolt.end_mm) / 2
        assert rod.distance(middle) < 0
        assert abs(bolt.direction @ rod.tangent_at(100.0)) < 1e-9
        assert bolt.start_mm[0] == pytest.approx(-20)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"holes": [1, 1, 7, 8]}, "different"),
        ({"holes": [0, 2, 7, 8]}, "1 to 8"),
        ({"lengths_mm": [40.0]}, "4 positive"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_wrong_parameters_are_named(changes, what):
    placed = PlacedImplant(PLATE.catalogue_id, POSE, {**PLATE.parameters, **changes})
    with pytest.raises(InputError, match=what) as caught:
        build(placed)
    assert caught.value.code == "implant.parameter"


def test_unknown_and_unplaceable_items_are_refused():
    with pytest.raises(InputError) as caught:
        build(PlacedImplant("plate-broad-99", POSE))
    assert caught.value.code == "implant.unknown"
    assert "plate-broad-06" in caught.value.hint
    with pytest.raises(InputError) as caught:
        build(PlacedImplant("bolt-4.9", POSE))
    assert caught.value.code == "implant.wrong_kind"


def test_operative_list_names_every_screw_in_order():
    rows = operative_list(PLATE)
    assert [r.order for r in rows] == [1, 2, 3, 4, 5]
    assert [r.place for r in rows] == ["", "hole 1", "hole 2", "hole 7", "hole 8"]
    assert rows[1].length_mm == 40
    assert rows[1].verified is False
    assert [r.place for r in operative_list(NAIL)][1:] == [
        "proximal hole 1",
        "proximal hole 2",
        "distal hole 1",
        "distal hole 2",
    ]


@pytest.mark.parametrize(
    ("placed", "key", "other"), [(PLATE, "screw", "bolt-4.9"), (NAIL, "bolt", "screw-locking-5.0")]
)
def test_a_bolt_is_no_plate_screw_and_the_reverse(placed, key, other):
    wrong = PlacedImplant(placed.catalogue_id, POSE, {**placed.parameters, key: other})
    with pytest.raises(InputError) as caught:
        build(wrong)
    assert caught.value.code == "implant.wrong_kind"
    assert other in caught.value.message


def test_an_unknown_nail_is_answered_with_nails():
    with pytest.raises(InputError) as caught:
        nail("huge")
    assert "nail-femoral" in caught.value.hint
    assert "plate" not in caught.value.hint
