"""Hand rules for screws refuse threads that cannot be."""

from __future__ import annotations

import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.screw_rules import preload_torque_Nmm, pull_out_force_N, thread_shape_factor


def test_force_grows_with_length_and_strength() -> None:
    one = pull_out_force_N(4.0, 30.0, 6.5, 4.5, 2.75)
    assert pull_out_force_N(8.0, 30.0, 6.5, 4.5, 2.75) == pytest.approx(2 * one)
    assert pull_out_force_N(4.0, 15.0, 6.5, 4.5, 2.75) == pytest.approx(one / 2)


def test_torque_of_a_preload() -> None:
    assert preload_torque_Nmm(1000.0, 5.0) == pytest.approx(1000.0)
    assert preload_torque_Nmm(1000.0, 5.0, 0.1) == pytest.approx(500.0)


@pytest.mark.parametrize("thread", [(4.5, 6.5, 2.75), (6.5, 0.0, 2.75), (6.5, 4.5, 0.0)])
def test_bad_threads_are_refused(thread: tuple[float, float, float]) -> None:
    with pytest.raises(InputError) as caught:
        thread_shape_factor(*thread)
    assert caught.value.code == "screw.thread"
