"""The fibres of struts against the fibres of the ring model and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.frame_metal import Fibre, fibre_of, fibre_stress, yielding
from surgitwin.mechanics.point_laws.tables import metal


def path(fibre: Fibre, strains: FloatArray) -> FloatArray:
    """(n,) stresses along a path of strain."""
    state, out = np.zeros(3), []
    for strain in strains:
        new = np.empty(3)
        out.append(fibre_stress(fibre.kind, np.array(fibre.row), strain, state, new)[0])
        state = new
    return np.array(out)


def test_kinematic_hardening_yields_again_after_twice_the_yield_stress() -> None:
    fibre = yielding(200e3, 300.0, 2000.0)
    up, down = np.linspace(0, 0.02, 50), np.linspace(0.02, -0.02, 400)
    stress = path(fibre, np.concatenate([up, down]))
    tangent = 200e3 * 2000 / 202e3
    top = 300 + tangent * (0.02 - 0.0015)
    assert stress[49] == pytest.approx(top)
    back = down < 0.02 - 2 * 0.0015
    expected = top - 600 + tangent * (down[back] - (0.02 - 0.003))
    assert_allclose(stress[50:][back], expected, rtol=1e-9)


def test_isotropic_hardening_widens_the_limits() -> None:
    fibre = yielding(200e3, 300.0, 2000.0, kinematic=0.0)
    stress = path(fibre, np.array([0.02, -0.02]))
    plastic = (200e3 * 0.02 - 300) / 202e3
    more = (200e3 * (0.02 + plastic) - 300 - 2000 * plastic) / 202e3
    assert stress[1] == pytest.approx(-(300 + 2000 * (plastic + more)))


def test_nitinol_gives_the_loop_of_row_37_and_no_more_in_compression() -> None:
    fibre = fibre_of(metal("Nitinol"))
    steps = np.concatenate([np.linspace(0, 0.07, 141), np.linspace(0.07, 0, 141)])
    stress = path(fibre, steps)
    assert_allclose(np.interp([0.02, 0.04], steps[:141], stress[:141]), (469.05, 483.20), rtol=1e-4)
    assert_allclose(np.interp([0.02, 0.04], steps[:140:-1], stress[:140:-1]), (219.82, 231.51), rtol=1e-4)
    pressed = path(fibre, -steps)
    assert pressed[:141].min() < -690.0
    start = 690.0 / 62857.0
    assert pressed[20] == pytest.approx(-62857.0 * 0.01)
    assert start < 0.012
