"""What would flip the ranking: hand-made cases with known answers, random ones held to the ranking itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.metric import MetricValue
from surgitwin.planning.comparing.flip import find_flips, flips_of
from surgitwin.planning.comparing.flip_search import Flip, moved
from surgitwin.planning.comparing.flip_words import flip_sentence, flip_words
from surgitwin.planning.comparing.ranking import RankBy, order_key, score

BY = RankBy("stress", "full")
LOADS = ("touch", "full")
Table = Mapping[str, Sequence[MetricValue]]


def number(
    id_: str, load: str, value: float, limit: float | None, share: float = 0.02, part: str = "plate"
) -> MetricValue:
    band = (value * (1 - share), value * (1 + share))
    return MetricValue(id_, part, load, "gap", value, "MPa", band, limit, "<=" if limit else "")


def order(table: Table) -> list[str]:
    return [s.plan for s in sorted((score(p, m, BY, LOADS) for p, m in table.items()), key=order_key)]


def part_of_the_way(table: Table, flip: Flip, share: float) -> dict[str, list[MetricValue]]:
    return moved(table, replace(flip, target=flip.value + share * flip.change))


APART = {
    "plate": [number("stress", "full", 300, 600)],
    "nail": [number("stress", "full", 400, 500)],
}
PASSING = {
    "plate": [number("stress", "full", 300, 600), number("motion", "full", 0.5, 1.0)],
    "nail": [number("stress", "full", 400, 500), number("motion", "full", 0.99, 1.0)],
}


def test_the_ordering_metric_flips_where_the_shares_of_the_limits_meet() -> None:
    flips = flips_of(APART, BY, LOADS)
    assert [(d.reason, d.distinguishable) for d in flips.decisions] == [("metric", True)]
    own = {f.owner: f for f in flips.order if f.metric == "stress" and f.owner}
    assert own["nail"].target == pytest.approx(250, rel=1e-5)  # half of 500, as plate has half of 600
    assert own["nail"].percent == pytest.approx(-37.5, rel=1e-4)
    assert own["plate"].target == pytest.approx(480, rel=1e-5)
    assert own["nail"].within_band is False
    for flip in own.values():
        assert order(moved(APART, flip)) == ["nail", "plate"]
        assert order(part_of_the_way(APART, flip, 0.99)) == ["plate", "nail"]


def test_a_limit_inside_the_band_is_told_as_not_decided() -> None:
    flips = flips_of(PASSING, BY, LOADS)
    near = next(f for f in flips.outcome if f.owner)
    assert (near.effect, near.plan, near.owner, near.metric) == ("fails", "nail", "nail", "motion")
    assert near.percent == pytest.approx(100 * (1 / 0.99 - 1), rel=1e-3)
    assert near.within_band is True
    words = flip_sentence(near, {"full": "Full stance"}, {"nail": "Long nail"})
    assert words.startswith("Long nail would no longer meet every limit if its motion under full stance were")
    assert "within its band" in words
    said = " ".join(flip_words(flips, {}, {}))
    assert "Nail: not decided, because the limit lies within the band: motion under full." in said


def test_all_parts_move_together_so_the_second_part_does_not_hide_the_answer() -> None:
    table = {
        "a": [number("stress", "full", 300, 600)],
        "b": [number("stress", "full", 400, 500), number("stress", "full", 390, 500, part="screws")],
    }
    flip = next(f for f in flips_of(table, BY, LOADS).order if f.owner == "b")
    assert flip.target == pytest.approx(250, rel=1e-5)
    assert flip.part == "plate"
    assert order(moved(table, flip)) == ["b", "a"]


def test_a_heavier_load_decides_before_the_metric_and_the_limit_can_flip_it() -> None:
    table = {
        "a": [number("stress", "touch", 90, 100), number("stress", "full", 300, 100)],
        "b": [number("stress", "touch", 110, 100), number("stress", "full", 200, 100)],
    }
    flips = flips_of(table, BY, LOADS)
    assert flips.decisions[0].reason == "load"
    nearest = {f.owner: f for f in reversed(flips.order)}
    assert nearest["b"].load_case == "touch"
    assert nearest["b"].target == pytest.approx(100, rel=1e-5)
    assert nearest[""].target == pytest.approx(90, rel=1e-5), "with this limit no plan passes the first load"
    assert "for all plans" in flip_sentence(nearest[""], {}, {})


def test_tied_plans_are_said_to_be_not_distinguishable() -> None:
    table = {"a": [number("stress", "full", 300, 600)], "b": [number("stress", "full", 303, 600)]}
    flips = flips_of(table, BY, LOADS)
    assert not flips.decisions[0].distinguishable
    assert flips.order[0].within_band is True
    assert "not distinguishable" in flip_words(flips, {}, {})[0]


def test_one_plan_or_none_has_no_order() -> None:
    assert "no order to flip" in flip_words(flips_of({}, BY), {}, {})[0]
    only = flips_of({"a": PASSING["plate"]}, BY, LOADS)
    assert not only.order
    assert only.outcome


def test_plans_out_of_date_and_other_stages_are_left_out() -> None:
    def row(value: float, healing: str) -> dict[str, object]:
        return {
            "id": "stress", "part": "plate", "load_case": "full", "healing": healing, "value": value,
            "unit": "MPa", "band": None, "threshold": 500.0, "comparator": "<=", "source": "",
            "verified": True, "singular": False, "reason": None,
        }  # fmt: skip

    plans = [
        {"name": "a", "stale": False, "healing": "soft", "metrics": [row(300, "soft"), row(900, "hard")]},
        {"name": "b", "stale": True, "healing": "soft", "metrics": [row(100, "soft")]},
    ]
    flips = find_flips({"plans": plans}, BY, LOADS)
    assert not flips.decisions
    assert {(f.effect, f.plan) for f in flips.outcome} == {("fails", "a")}
    assert flips.outcome[0].within_band is None


values = st.floats(0.2, 3.0).map(lambda x: round(x, 3))


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.lists(values, min_size=4, max_size=4), min_size=2)
)
def test_random_tables_flip_at_the_stated_change_and_not_before(drawn: dict[str, list[float]]) -> None:
    table = {
        plan: [
            number("stress", "touch", v[0], 1.1), number("stress", "full", v[1], 1.3),
            number("stress", "full", v[2], 1.7, part="screws"), number("motion", "full", v[3], 1.0),
        ]
        for plan, v in drawn.items()
    }  # fmt: skip
    flips = flips_of(table, BY, LOADS)
    before = order(table)
    for flip in flips.order:
        after = order(moved(table, flip))
        assert after.index(flip.plan) < after.index(flip.other)
        if abs(flip.percent) > 1e-6:  # equal numbers flip at once
            still = order(part_of_the_way(table, flip, 0.99))
            assert still.index(flip.other) < still.index(flip.plan)
    for flip in flips.outcome:
        old = score(flip.plan, table[flip.plan], BY, LOADS)
        new = score(flip.plan, moved(table, flip)[flip.plan], BY, LOADS)
        assert (bool(old.failed), old.reach) != (bool(new.failed), new.reach)
    assert order(table) == before
