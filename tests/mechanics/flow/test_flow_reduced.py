"""Closed forms: Windkessel, splits, stenosis, exact pipes and the measures of the wall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import InputError
from surgitwin.mechanics.flow.fluid import Carreau, Fluid, Newtonian, blood
from surgitwin.mechanics.flow.pipe import CarreauPipe, Poiseuille, Womersley
from surgitwin.mechanics.flow.reduced import (
    PASCAL_PER_MMHG,
    Stenosis,
    Windkessel,
    branch_resistances,
    flow_of_reynolds,
    fractional_flow_reserve,
    split,
)
from surgitwin.mechanics.flow.wall import wall_cycle
from surgitwin.mechanics.flow.waveform import Waveform, sinusoid

MODEL = Windkessel(1.2e7, 1e-8, 1.4e8, distal_Pa=500.0)


@pytest.mark.parametrize("dt", [0.01, 0.3, 5.0])
def test_a_march_under_constant_flow_is_the_closed_form_for_every_step(dt: float) -> None:
    times = dt * np.arange(12)
    flow = 8e-5
    marched = MODEL.march_Pa(np.full(12, flow), dt, initial_Pa=2000.0)
    np.testing.assert_allclose(marched, MODEL.step_Pa(flow, times, 2000.0), rtol=1e-12)
    assert MODEL.march_Pa(np.full(200, flow), 1.0, 0.0)[-1] == pytest.approx(MODEL.steady_Pa(flow))


def test_a_march_is_second_order_for_a_wave() -> None:
    def end(count: int) -> float:
        t = np.linspace(0, 2.0, count + 1)
        return float(MODEL.march_Pa(8e-5 * np.sin(3 * t) ** 2, t[1], 500.0)[-1])

    coarse, middle, fine = end(20), end(40), end(80)
    assert (coarse - middle) / (middle - fine) == pytest.approx(4.0, rel=0.05)


@given(st.lists(st.floats(5e-4, 5e-3), min_size=2, max_size=6), st.sampled_from([2.0, 7 / 3, 2.7, 3.0]))
def test_branches_share_one_pressure_and_their_total(diameters: list[float], exponent: float) -> None:
    shares = split(np.array(diameters), exponent)
    assert shares.sum() == pytest.approx(1.0)
    resistances = branch_resistances(3e9, np.array(diameters), exponent)
    assert 1 / (1 / resistances).sum() == pytest.approx(3e9)
    np.testing.assert_allclose(1 / resistances / (1 / resistances).sum(), shares)
    assert np.array_equal(np.argsort(shares, kind="stable"), np.argsort(diameters, kind="stable"))


def test_the_stenosis_band() -> None:
    narrow = Stenosis(3e-3, 1.5e-3, 0.01)
    assert narrow.area_ratio == pytest.approx(4.0)
    assert narrow.turbulent_Pa(4e-6, 1060.0) / PASCAL_PER_MMHG == pytest.approx(17.41, abs=0.01)
    # Kv = 32 (La / D0) (A0 / As)^2 with La = 0.83 * 10 + 1.64 * 1.5 = 10.76 mm gives 1836.37
    speed = 4e-6 / (np.pi * 1.5e-3**2)
    assert narrow.viscous_Pa(4e-6, 3.5e-3) == pytest.approx(1836.373 * 3.5e-3 * speed / 3e-3, rel=1e-5)
    assert narrow.drop_Pa(4e-6, 1060.0, 3.5e-3) > narrow.drop_Pa(2e-6, 1060.0, 3.5e-3) > 0
    assert fractional_flow_reserve(12000.0, 9600.0) == pytest.approx(0.8)


def test_exact_pipes_agree_where_they_meet() -> None:
    newton = Poiseuille(1.5e-3, 1e-6, 3.5e-3)
    assert newton.gradient_Pa_m * 0.05 == pytest.approx(88.0264, rel=1e-5)
    thin = CarreauPipe(1.5e-3, newton.gradient_Pa_m, Carreau(3.5e-3, 3.5e-3, 1.0, 0.5))
    assert thin.flow_m3_s == pytest.approx(1e-6, rel=1e-6)
    assert thin.velocity_m_s(0.0) == pytest.approx(newton.peak_m_s, rel=1e-6)
    slow = Womersley(1.5e-3, 1e-3, 1060.0, 3.5e-3, newton.gradient_Pa_m)
    assert abs(slow.velocity_m_s(0.0)) == pytest.approx(newton.peak_m_s, rel=1e-6)
    assert abs(slow.wall_shear_Pa) == pytest.approx(newton.wall_shear_Pa, rel=1e-6)
    assert blood(carreau=True).law.viscosity(100.0) == pytest.approx(4.7077e-3, rel=1e-4)
    assert flow_of_reynolds(500, 4e-3, Fluid(1056.0, Newtonian(3.5e-3))) == pytest.approx(
        5.20624e-6, rel=1e-5
    )


def test_wall_measures_of_known_cycles() -> None:
    t = np.linspace(0, 1, 40, endpoint=False)
    swing = np.cos(2 * np.pi * t)
    traction = np.zeros((40, 3, 3))
    traction[:, 0, 2] = 2.0  # steady
    traction[:, 1, 2] = swing  # to and fro
    traction[:, 2, 2] = 1 + swing  # never back: |tau| is tau
    found = wall_cycle(traction, t, 1.0)
    np.testing.assert_allclose(found.tawss_Pa, [2.0, 2 / np.pi, 1.0], rtol=5e-3)
    np.testing.assert_allclose(found.osi, [0.0, 0.5, 0.0], atol=1e-12)
    assert found.rrt_per_Pa[0] == pytest.approx(0.5)
    assert found.rrt_per_Pa[1] > 1e12
    with pytest.raises(InputError) as caught:
        wall_cycle(traction[:10], t[:10], 1.0)
    assert caught.value.code == "flow.cycle"


def test_waveforms_repeat_and_keep_their_mean() -> None:
    wave = sinusoid(3.0, 2.0, 0.8)
    assert wave.mean == pytest.approx(3.0)
    assert wave.peak == pytest.approx(5.0)
    assert wave(0.1) == pytest.approx(3 + 2 * np.cos(2 * np.pi * 0.1 / 0.8), abs=1e-4)
    assert wave(0.1) == pytest.approx(wave(4.1))
    ramp = Waveform(np.array([0.0, 0.5, 0.75]), np.array([0.0, 1.0, 0.0]), 1.0, linear=True)
    assert ramp(0.25) == pytest.approx(0.5)
    assert ramp.mean == pytest.approx(0.375)
    assert Waveform(np.array([0.1, 0.2]), np.array([1.0]), -1.0).faults("w") != []
