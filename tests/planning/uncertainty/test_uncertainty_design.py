"""Inputs and designs: ranges, what the user narrows, strata, repeatability, rows that share a structure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import UsageError
from surgitwin.core.resources import load_table
from surgitwin.mechanics.density_laws import density_laws
from surgitwin.planning.uncertainty.design import make_design, structure_groups
from surgitwin.planning.uncertainty.inputs import drawn, uncertain_inputs

BY_NAME = {i.name: i for i in uncertain_inputs()}


def test_the_table_is_whole() -> None:
    for row in BY_NAME.values():
        assert row.source
        if row.distribution == "choice":
            assert set(row.choices) <= set(density_laws())
        else:
            assert row.least <= row.low <= row.nominal <= row.high <= row.most
    assert load_table("uncertainty")["settings"]["samples"] >= 2


def test_the_ranges_of_physics_md() -> None:
    assert (BY_NAME["modulus_scale"].low, BY_NAME["modulus_scale"].high) == (0.8, 1.2)
    assert (BY_NAME["hu_shift"].low, BY_NAME["hu_shift"].high) == (-20, 20)
    assert (BY_NAME["load_size"].low, BY_NAME["load_size"].high) == (0.8, 1.2)
    assert (BY_NAME["friction"].low, BY_NAME["friction"].high) == (0.2, 0.6)
    assert BY_NAME["callus_scale"].distribution == "log_uniform"


@given(st.sampled_from([i for i in BY_NAME.values() if i.distribution != "choice"]), st.floats(0, 1))
def test_share_and_value_are_inverse(one: object, share: float) -> None:
    assert one.share(one.value(share)) == pytest.approx(share, abs=1e-9)  # type: ignore[attr-defined]


def test_a_logarithmic_input_has_its_middle_at_the_geometric_mean() -> None:
    one = BY_NAME["callus_scale"]
    assert one.value(0.5) == pytest.approx(math.sqrt(one.low * one.high))


def test_what_the_user_narrows_or_fixes() -> None:
    rows = {i.name: i for i in uncertain_inputs(["hu_shift=-5:5", "slide=0", "law=keller"])}
    assert (rows["hu_shift"].low, rows["hu_shift"].high, rows["hu_shift"].narrowed) == (-5, 5, True)
    assert rows["slide"].fixed
    assert rows["law"].fixed
    names = {i.name for i in drawn(rows.values())}
    assert names == set(BY_NAME) - {"slide", "law"}


@pytest.mark.parametrize(
    "text",
    ["nothing=1", "hu_shift", "hu_shift=5:-5", "hu_shift=a:b", "slide=-99:1", "law=unheard_of", "gap="],
)
def test_wrong_inputs_are_named(text: str) -> None:
    with pytest.raises(UsageError) as error:
        uncertain_inputs([text])
    assert error.value.code == "study.input"
    assert error.value.hint


def test_what_the_image_shows_is_not_uncertain() -> None:
    rows = {i.name: i for i in uncertain_inputs(known=["head_estimated"])}
    assert rows["head_medial"].fixed
    assert rows["head_medial"].low == 0
    assert not rows["torsion"].fixed
    assert not uncertain_inputs(["head_medial=-2:2"], ["head_estimated"])[6].fixed


def test_latin_hypercube_has_one_value_in_every_stratum_and_repeats() -> None:
    a, b, c = (make_design("lhs", 16, seed, uncertain_inputs()) for seed in (7, 7, 8))
    assert np.array_equal(a.shares, b.shares)
    assert not np.array_equal(a.shares, c.shares)
    for column in a.shares.T:
        assert sorted((column * 16).astype(int)) == list(range(16))


def test_draws_hold_fixed_inputs_too() -> None:
    design = make_design("lhs", 4, 1, uncertain_inputs(["slide=0.5"], known=["contact"]))
    assert all(d["slide"] == 0.5 for d in design.draws)
    assert all(d["friction"] == 0.3 for d in design.draws)
    assert {d["law"] for d in make_design("lhs", 12, 1, uncertain_inputs()).draws} == set(
        BY_NAME["law"].choices
    )


def test_saltelli_rows_that_change_loads_only_share_their_structure() -> None:
    inputs = uncertain_inputs(["law=keller"])  # a choice of three is often the same in A and B
    design = make_design("sobol", 4, 3, inputs)
    d = len(design.names)
    assert len(design.draws) == 4 * (d + 2)
    groups = structure_groups(design.draws, inputs)
    loads = sum(i.acts_on == "loads" for i in drawn(inputs))
    assert len(groups) == 4 * (d - loads + 2)
    assert sorted(n for g in groups for n in g) == list(range(len(design.draws)))


@pytest.mark.parametrize(("method", "samples"), [("lhs", 1), ("sobol", 6), ("lhs", 10**7)])
def test_numbers_of_samples_that_cannot_be_drawn(method: str, samples: int) -> None:
    with pytest.raises(UsageError) as error:
        make_design(method, samples, 1, uncertain_inputs())  # type: ignore[arg-type]
    assert error.value.code == "study.samples"


def test_nothing_to_vary_is_refused() -> None:
    fixed = [f"{i.name}={i.nominal}" for i in drawn(uncertain_inputs()) if i.distribution != "choice"]
    with pytest.raises(UsageError) as error:
        make_design("lhs", 8, 1, uncertain_inputs([*fixed, "law=keller"]))
    assert error.value.code == "study.input"
