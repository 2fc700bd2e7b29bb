"""Hashes, errors, progress, plans and metrics: the plain values."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.arrays import content_hash, readonly
from surgitwin.core.errors import FAMILY, Cancelled, InputError, SolverError, from_dict
from surgitwin.core.frame import Plane, rotation_about
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.progress import Event, Progress

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_hash_is_repeatable_and_ignores_the_order_of_keys(value) -> None:
    assert content_hash(value) == content_hash(value)
    if isinstance(value, dict):
        assert content_hash(dict(reversed(value.items()))) == content_hash(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=1))
def test_hash_sees_a_changed_value(value) -> None:
    key = next(iter(value))
    assert content_hash({**value, key: value[key] + 1}) != content_hash(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (1, "1"),
        (None, "None"),
        ("ab", b"ab"),
        ([1, 2], [12]),
        ([[1], 2], [1, [2]]),
        (0.1, np.nextafter(0.1, 1)),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2, np.float32), np.zeros(2, np.float64)),
        (np.zeros(2), np.zeros(3)),
    ],
)
def test_hash_tells_apart(one, other) -> None:
    assert content_hash(one) != content_hash(other)


def test_hash_of_an_array_does_not_depend_on_its_memory_order() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert content_hash(np.asfortranarray(a)) == content_hash(a)
    assert content_hash(a.T) != content_hash(a)


def test_hash_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="cannot hash set"):
        content_hash({1, 2})


def test_hash_knows_the_class() -> None:
    @dataclass(frozen=True)
    class A:
        x: int

    @dataclass(frozen=True)
    class B:
        x: int

    assert content_hash(A(1)) != content_hash(B(1))
    assert content_hash(A(1)) == content_hash(A(1))


def test_readonly_does_not_lock_the_caller() -> None:
    a = np.zeros(3)
    view = readonly(a)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    a[0] = 1
    assert a[0] == 1


@pytest.mark.parametrize("kind", FAMILY)
def test_errors_travel_between_processes(kind) -> None:
    error = kind("a.b", "fact", hint="step", where="file")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.as_dict() == error.as_dict() == {
        "code": "a.b", "message": "fact", "hint": "step", "where": "file",
    }  # fmt: skip
    assert str(again) == "fact"
    rebuilt = from_dict(error.as_dict(), kind.exit_code)
    assert type(rebuilt) is kind


def test_exit_codes_are_those_of_the_contract() -> None:
    assert [kind.exit_code for kind in FAMILY] == [2, 3, 4, 5, 6, 7, 130]
    assert type(from_dict({"code": "x"}, 99)) is SolverError
    assert Cancelled().code == "cancelled"


def test_progress_scales_its_parts_and_is_the_cancel_point() -> None:
    events: list[Event] = []
    progress = Progress(events.append)
    progress.part(0.2, 0.6).part(0.5, 1.0)("deep", 0.5)
    assert events[0].fraction == pytest.approx(0.5)
    stop = Progress(events.append, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        stop.part(0, 1)("never")
    assert len(events) == 1


def fracture(gap: float = 3.0) -> Fracture:
    return Fracture(Plane(np.zeros(3), np.array([0.0, 0, 1])), gap, "early", True)


@given(st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-300, 300)] * 3))
def test_rigid_poses_are_taken(angle, shift) -> None:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation_about((1, 2, 3), angle), shift
    np.testing.assert_array_equal(PlacedImplant("x", pose).pose, pose)


@pytest.mark.parametrize(
    "pose",
    [np.diag([1.0, 1, -1, 1]), np.diag([2.0, 1, 1, 1]), np.diag([1.0, 1, 1, 2]), np.eye(3), np.ones((4, 4))],
)
def test_other_poses_are_refused(pose) -> None:
    with pytest.raises(ValueError, match="pose must be"):
        PlacedImplant("x", pose)


def test_plan_hash_leaves_out_the_name_only() -> None:
    implants = (PlacedImplant("plate", np.eye(4), {"holes": 10}),)
    plan = Plan("fracture_fixation", "one", "left", fracture(), implants)
    assert plan.hash == Plan("fracture_fixation", "two", "left", fracture(), implants).hash
    others = [
        Plan("stent", "one", "left", fracture(), implants),
        Plan("fracture_fixation", "one", "right", fracture(), implants),
        Plan("fracture_fixation", "one", "left", fracture(2.0), implants),
        Plan("fracture_fixation", "one", "left", None, implants),
        Plan("fracture_fixation", "one", "left", fracture(), ()),
        Plan("fracture_fixation", "one", "left", fracture(), implants, {"x": 1}),
    ]
    assert len({plan.hash, *(p.hash for p in others)}) == 7


def metric(value: float | None, **more: object) -> MetricValue:
    return MetricValue("ifs", "gap", "full", "early", value, "1", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("comparator", "passes"), [("<", (True, False, False)), ("<=", (True, True, False)),
                               (">", (False, False, True)), (">=", (False, True, True))],
)  # fmt: skip
def test_metric_against_its_threshold(comparator, passes) -> None:
    found = tuple(metric(v, threshold=2.0, comparator=comparator).passed for v in (1.0, 2.0, 3.0))
    assert found == passes


def test_metric_without_threshold_or_value_has_no_verdict() -> None:
    assert metric(1.0).passed is None
    assert metric(None, reason="gap under 0.5 mm", threshold=1.0, comparator="<").passed is None


@pytest.mark.parametrize(
    ("value", "more"), [(None, {}), (float("nan"), {}), (float("inf"), {}), (1.0, {"unit": ""})]
)
def test_metric_refuses_nonsense(value, more) -> None:
    with pytest.raises(ValueError, match="ifs"):
        MetricValue(**{**vars(metric(1.0)), "value": value, **more})


@given(st.lists(st.floats(-10, 10), max_size=5), st.floats(-10, 10))
def test_band_holds_the_value(values, value) -> None:
    band = metric(value).with_band(values).band
    if not values:
        assert band is None
    else:
        assert band == (min([value, *values]), max([value, *values]))


def test_missing_table_is_an_input_error() -> None:
    from surgitwin.core.resources import load_table

    with pytest.raises(InputError) as caught:
        load_table("no_such_table")
    assert caught.value.code == "resource.missing"
