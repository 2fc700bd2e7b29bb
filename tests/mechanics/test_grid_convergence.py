"""Grid convergence: the published example, made-up orders, unequal ratios, and what must be flagged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import InputError
from surgitwin.mechanics.grid_convergence import gci


def _made(limit: float, factor: float, order: float, sizes: tuple[float, float, float]) -> list[float]:
    return [limit + factor * h**order for h in sizes]


def test_row_44_of_the_verification_table() -> None:
    found = gci(0.97050, 0.96854, 0.96178, 1.0, 2.0, 4.0)
    assert found.order == pytest.approx(1.78617, rel=1e-4)
    assert found.extrapolated == pytest.approx(0.971300, rel=1e-4)
    assert found.gci_fine == pytest.approx(0.0010308, rel=1e-4)
    assert found.gci_coarse == pytest.approx(0.0035625, rel=1e-4)
    assert found.asymptotic_ratio == pytest.approx(1.0020, rel=1e-4)
    assert found.trusted
    assert found.monotone


@given(
    st.floats(0.6, 2.9),
    st.floats(0.2, 5.0),
    st.floats(1.31, 2.5),
    st.floats(1.31, 2.5),
    st.sampled_from([-1.0, 1.0]),
)
def test_an_order_put_in_comes_out_with_unequal_ratios(
    order: float, limit: float, r21: float, r32: float, sign: float
) -> None:
    sizes = (0.7, 0.7 * r21, 0.7 * r21 * r32)
    found = gci(*_made(limit, 0.1 * sign, order, sizes), *sizes)
    assert found.order == pytest.approx(order, rel=1e-6)
    assert found.extrapolated == pytest.approx(limit, rel=1e-8)
    assert found.error == pytest.approx(1.25 * 0.1 * 0.7**order, rel=1e-6)
    assert found.trusted


def test_the_order_does_not_depend_on_the_unit_of_the_size() -> None:
    values = _made(3.0, 0.2, 1.7, (1.0, 1.4, 2.1))
    a, b = gci(*values, 1.0, 1.4, 2.1), gci(*values, 1e-3, 1.4e-3, 2.1e-3)
    assert a.order == pytest.approx(b.order)
    assert a.gci_fine == pytest.approx(b.gci_fine)


def test_values_that_go_to_and_fro_are_flagged_and_get_the_wide_error() -> None:
    found = gci(1.00, 1.02, 0.98, 1.0, 2.0, 4.0)
    assert not found.monotone
    assert not found.trusted
    assert "one direction" in found.flags[0]
    assert found.error == pytest.approx(3.0 * 0.02 / 3.0)


def test_orders_out_of_range_are_flagged() -> None:
    low = gci(*_made(1.0, 0.1, 0.3, (1, 2, 4)), 1, 2, 4)
    high = gci(*_made(1.0, 0.1, 4.0, (1, 2, 4)), 1, 2, 4)
    assert "under 0.5" in low.flags[0]
    assert "over 3" in high.flags[0]
    assert gci(*_made(1.0, 0.1, 4.0, (1, 2, 4)), 1, 2, 4, theory=4.0).trusted


def test_growing_differences_have_a_negative_order_and_no_extrapolation() -> None:
    found = gci(1.0, 1.2, 1.3, 1, 2, 4)
    assert found.order == pytest.approx(-1.0)
    assert found.extrapolated is None
    assert found.gci_fine is None
    assert found.flags


def test_equal_values_have_no_error_and_two_equal_ones_no_order() -> None:
    still = gci(2.0, 2.0, 2.0, 1, 2, 4)
    assert (still.order, still.extrapolated, still.error, still.gci_fine) == (None, 2.0, 0.0, 0.0)
    assert still.trusted
    half = gci(2.0, 2.0, 2.3, 1, 2, 4)
    assert half.order is None
    assert half.flags
    assert half.error > 0


def test_meshes_too_near_to_each_other_are_flagged() -> None:
    sizes = (1.0, 1.1, 1.21)
    assert "1.10 is under 1.3" in gci(*_made(1.0, 0.1, 2.0, sizes), *sizes).flags[0]


def test_a_limit_of_zero_has_an_error_but_no_fraction() -> None:
    found = gci(0.0, 0.1, 0.3, 1, 2, 4)
    assert found.error_fraction is None
    assert found.gci_fine is None
    assert found.error > 0


@pytest.mark.parametrize(
    "sizes", [(2.0, 1.0, 4.0), (0.0, 1.0, 2.0), (1.0, 1.0, 2.0), (1.0, 2.0, float("nan"))]
)
def test_sizes_that_do_not_grow_are_refused(sizes: tuple[float, float, float]) -> None:
    with pytest.raises(InputError) as error:
        gci(1.0, 1.1, 1.3, *sizes)
    assert error.value.code == "convergence.sizes"


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InputError) as error:
        gci(1.0, float("nan"), 1.3, 1, 2, 4)
    assert error.value.code == "convergence.values"
