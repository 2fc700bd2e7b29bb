"""Statistics against closed forms: percentiles, Wilson, an exact linear sum, Ishigami, a known ranking."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.planning.comparing.ranking import RankBy
from surgitwin.planning.uncertainty.design import make_design
from surgitwin.planning.uncertainty.inputs import UncertainInput
from surgitwin.planning.uncertainty.robustness import robustness
from surgitwin.planning.uncertainty.statistics import linear_fit, proportion, sobol_indices, spread


def _input(name: str, low: float = 0.0, high: float = 1.0) -> UncertainInput:
    return UncertainInput(name, name, "uniform", "1", "structure", "test", True, low, high)


def test_spread_of_a_normal_sample_and_its_confidence() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, 4000)
    found = spread(values, (5.0, 95.0), 0.95, 1000, 3)
    assert found.low == pytest.approx(10 - 1.6449 * 2, abs=0.15)
    assert found.high == pytest.approx(10 + 1.6449 * 2, abs=0.15)
    assert found.low_ci[0] < found.low < found.low_ci[1]
    # The standard error of a mean is sd / sqrt(n), and 95 % are 1.96 of them on either side.
    width = found.mean_ci[1] - found.mean_ci[0]
    assert width == pytest.approx(2 * 1.96 * found.sd / np.sqrt(4000), rel=0.1)


def test_a_mean_of_few_samples_is_less_certain() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, 400)
    few, many = (spread(values[:n], (5.0, 95.0), 0.95, 1000, 3) for n in (16, 400))
    assert few.mean_ci[1] - few.mean_ci[0] > 2 * (many.mean_ci[1] - many.mean_ci[0])


def test_wilsons_interval_at_its_ends_and_in_the_middle() -> None:
    # 0 of 10: upper end z^2 / (n + z^2) = 3.8415 / 13.8415.
    share, (low, high) = proportion(0, 10, 0.95)
    assert (share, low) == (0.0, pytest.approx(0.0, abs=1e-12))
    assert high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
    assert proportion(5, 10, 0.95)[1] == pytest.approx((0.2366, 0.7634), abs=1e-3)


def test_a_linear_number_is_recovered_exactly() -> None:
    inputs = (_input("a"), _input("b"), UncertainInput(
        "law", "law", "choice", "1", "structure", "test", True, choices=("x", "y", "z")
    ))  # fmt: skip
    shares = make_design("lhs", 24, 5, inputs).shares
    level = np.array([0.0, 5.0, 1.0])[np.minimum((shares[:, 2] * 3).astype(int), 2)]
    found = linear_fit(shares, 7 + 2 * shares[:, 0] - 0.5 * shares[:, 1] + level, inputs)
    assert found is not None
    assert found.q2 == pytest.approx(1.0)
    low, high = found.effects["a"]
    assert high - low == pytest.approx(2.0)
    assert found.effects["b"][1] - found.effects["b"][0] == pytest.approx(-0.5)
    assert found.effects["law"][1] - found.effects["law"][0] == pytest.approx(5.0)


def test_noise_and_too_few_samples_make_no_believable_fit() -> None:
    inputs = tuple(_input(n) for n in "abcdef")
    shares = make_design("lhs", 24, 5, inputs).shares
    noise = np.random.default_rng(2).normal(size=24)
    found = linear_fit(shares, noise, inputs)
    assert found is not None
    assert found.q2 < 0.3
    assert linear_fit(shares[:7], noise[:7], inputs) is None
    assert linear_fit(shares, np.full(24, 3.0), inputs) is None


def test_sobol_indices_of_ishigami() -> None:
    """Ishigami & Homma 1990, a = 7, b = 0.1: S1 = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437."""
    inputs = tuple(_input(n, -np.pi, np.pi) for n in ("x1", "x2", "x3"))
    design = make_design("sobol", 1024, 7, inputs)
    x = np.array([[d[n] for n in design.names] for d in design.draws], float)
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = sobol_indices(y, design.names, 0.95, 200, 1, 0.1)
    assert found is not None
    assert [found.first[n][0] for n in design.names] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.04)
    assert [found.total[n][0] for n in design.names] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.04)
    few = sobol_indices(y[: 8 * 5], design.names, 0.95, 200, 1, 0.1)
    assert few is not None
    assert not few.enough  # 8 base samples say next to nothing, and that is told


def test_a_failed_row_takes_its_base_sample_with_it() -> None:
    inputs = (_input("a"), _input("b"))
    design = make_design("sobol", 64, 7, inputs)
    y = design.shares[:, 0] * 3 + design.shares[:, 1]
    y[5] = np.nan
    found = sobol_indices(y, design.names, 0.95, 100, 1, 0.5)
    assert found is not None
    assert found.total["a"][0] == pytest.approx(0.9, abs=0.1)
    assert sobol_indices(np.full(len(y), 2.0), design.names, 0.95, 100, 1, 0.5) is None


BY = RankBy("stress", "stance_full", relative=False)


def _row(value: float | None) -> list[list[object]]:
    return [["stress", "x", "stance_full", "", value, 100.0, "<="]]


def test_robustness_counts_who_is_first_sample_by_sample() -> None:
    a = [_row(v) for v in (10.0, 20.0, 90.0, 120.0)]
    b = [_row(v) for v in (30.0, 30.0, 30.0, 30.0)]
    found = robustness({"a": a, "b": b}, BY, (), 0.95)
    assert found is not None
    assert found["samples"] == 4
    assert found["first"]["a"]["share"] == 0.5
    assert found["ahead"]["b"]["a"]["share"] == 0.5
    assert found["first"]["a"]["low"] < 0.5 < found["first"]["a"]["high"]


def test_robustness_leaves_failed_samples_out_and_shares_ties() -> None:
    found = robustness(
        {"a": [_row(1.0), None, _row(5.0)], "b": [_row(1.0), _row(1.0), _row(6.0)]}, BY, (), 0.95
    )
    assert found is not None
    assert found["samples"] == 2
    assert found["first"]["a"]["share"] == 0.75
    assert robustness({"a": [_row(1.0)]}, BY, (), 0.95) is None
    assert robustness({"a": [None], "b": [_row(1.0)]}, BY, (), 0.95) is None
