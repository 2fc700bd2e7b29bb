import pytest

from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.ranking import RankBy, rank

BY = RankBy("implant_stress_surface", "stance_full")


def stress(value: float | None, band: tuple[float, float] | None = None, limit: float = 500.0) -> MetricValue:
    return MetricValue(
        "implant_stress_surface", "plate", "stance_full", "gap", value, "MPa", band, limit, "<",
        reason=None if value is not None else "not computed",
    )  # fmt: skip


def motion(value: float) -> MetricValue:
    return MetricValue("ifm_axial_far", "gap", "stance_full", "gap", value, "mm", None, 1.0, "<=")


def test_a_plan_that_fails_a_threshold_comes_after_one_that_passes() -> None:
    rows = rank({"a": [stress(100), motion(2)], "b": [stress(400), motion(0.5)]}, BY)
    assert [(r["rank"], r["plan"], r["passed"]) for r in rows] == [(1, "b", True), (2, "a", False)]
    assert rows[1]["failed_metrics"] == ["ifm_axial_far"]


def test_overlapping_bands_are_not_distinguishable_and_share_the_rank() -> None:
    rows = rank(
        {"a": [stress(100, (80, 120))], "b": [stress(110, (95, 130))], "c": [stress(300, (290, 310))]}, BY
    )
    assert [r["rank"] for r in rows] == [1, 1, 3]
    assert rows[0]["tied_with"] == ["b"]
    assert rows[2]["tied_with"] == []


def test_the_share_of_the_limit_decides_between_metals() -> None:
    rows = rank({"steel": [stress(300, limit=700)], "weak": [stress(200, limit=250)]}, BY)
    assert [r["plan"] for r in rows] == ["steel", "weak"]


def test_a_missing_value_comes_last_and_is_not_tied() -> None:
    rows = rank({"a": [stress(None)], "b": [stress(100, (50, 150))]}, BY)
    assert [(r["plan"], r["value"]) for r in rows] == [("b", 0.2), ("a", None)]
    assert rows[1]["tied_with"] == []


def test_certain_pass_and_certain_fail_are_never_tied() -> None:
    rows = rank({"a": [stress(400, (300, 499)), motion(0.5)], "b": [stress(400, (300, 499)), motion(2)]}, BY)
    assert [r["tied_with"] for r in rows] == [[], []]


def test_a_limit_inside_the_bands_decides_nothing() -> None:
    rows = rank({"a": [stress(490, (400, 600))], "b": [stress(510, (410, 610))]}, BY, ("stance_full",))
    assert [(r["plan"], r["passed"], r["rank"]) for r in rows] == [("a", True, 1), ("b", False, 1)]
    assert rows[0]["undecided_metrics"] == ["implant_stress_surface"]
    assert rows[0]["tied_with"] == ["b"]


def test_the_plan_that_bears_more_weight_within_its_limits_comes_first() -> None:
    def at(load: str, value: float) -> MetricValue:
        return MetricValue("implant_stress_surface", "plate", load, "gap", value, "MPa", None, 500.0, "<")

    loads = ("toe_touch", "stance_full")
    rows = rank(
        {
            "a": [at("toe_touch", 600), at("stance_full", 700)],
            "b": [at("toe_touch", 400), at("stance_full", 900)],
        },
        BY,
        loads,
    )
    assert [(r["plan"], r["passes_up_to"]) for r in rows] == [("b", "toe_touch"), ("a", None)]
    assert rows[0]["failed_by_load"] == {"toe_touch": [], "stance_full": ["implant_stress_surface"]}
    assert rows[0]["tied_with"] == []


def test_where_the_model_is_invalid_nothing_is_decided_and_validity_is_no_failure() -> None:
    def overlap(value: float) -> MetricValue:
        return MetricValue("contact_overlap", "nail", "stance_full", "gap", value, "mm", None, 0.1, "<=")

    rows = rank(
        {"nail": [stress(700, (650, 750)), overlap(3.0)], "plate": [stress(300, (280, 320)), overlap(0.0)]},
        BY,
        ("stance_full",),
    )
    by_plan = {r["plan"]: r for r in rows}
    assert by_plan["nail"]["invalid_loads"] == ["stance_full"]
    assert by_plan["nail"]["failed_metrics"] == ["implant_stress_surface"]
    assert by_plan["nail"]["undecided_metrics"] == ["implant_stress_surface"]
    assert by_plan["plate"]["failed_metrics"] == []
    assert by_plan["nail"]["tied_with"] == ["plate"], "its stress is an overestimate of unknown size"
    assert by_plan["nail"]["passes_up_to"] is None, "an invalid load is not passed"
    assert by_plan["plate"]["passes_up_to"] == "stance_full"
    assert by_plan["nail"]["band"] == pytest.approx([1.3, 1.5]), "the band shown is the metric's own"


def test_an_open_reach_is_not_closed_by_the_ordering_metric() -> None:
    def at(load: str, value: float, band: tuple[float, float]) -> MetricValue:
        return MetricValue("ifm_axial_far", "gap", load, "gap", value, "mm", band, 1.0, "<=")

    rows = rank(
        {
            "a": [at("toe_touch", 0.9, (0.7, 1.1)), stress(450, (440, 460))],
            "b": [at("toe_touch", 0.5, (0.4, 0.6)), stress(480, (475, 490))],
        },
        BY,
        ("toe_touch", "stance_full"),
    )
    assert rows[0]["tied_with"], "a may pass less than b, or as much and then with less stress"
