"""Bands: stiffness, load variants, and lighter loads that follow a heavier one in proportion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from surgitwin.core.mesh import TetMesh
from surgitwin.core.metric import MetricValue
from surgitwin.mechanics.problem import LoadSolution, Solution
from surgitwin.planning.comparing.bands import banded

MESH = TetMesh(np.vstack([np.zeros(3), np.eye(3)]), np.array([[0, 1, 2, 3]]), np.array([1]))
WITH_LOAD = {"motion": "proportional", "ratio": "independent", "volume": ""}


def solution(loads: Mapping[str, float], derived: Mapping[str, Mapping[str, float]]) -> Solution:
    made = tuple(
        LoadSolution(
            name, np.full((4, 3), size), (), np.array([0, 0, -1.0]), np.array([0, 0, 1.0]), 0.0,
            np.zeros(3), np.zeros(3), 1.0, 1, 0.0, 0.0,
        )
        for name, size in loads.items()
    )  # fmt: skip
    return Solution(MESH, (), made, {"derived_from": derived})


def measure(found: Solution, whole: Solution, factor: float) -> list[MetricValue]:
    del whole
    out = []
    for s in found.loads:
        size = float(s.bone_displacement_mm[0, 0])
        for name, value in (("motion", size), ("ratio", 0.5 * factor), ("volume", size**2)):
            out.append(MetricValue(name, "gap", s.name, "h", value, "1"))
    return out


def test_variants_of_full_stance_reach_the_loads_that_follow_it() -> None:
    loads = {"full": 2.0, "half": 1.0, "axial": 5.0, "full|head+10": 2.6, "full|head-10": 1.6}
    nominal = solution(loads, {"half": {"full": 0.5}})
    softer = solution({"full": 2.2, "half": 1.1, "axial": 5.5}, {})
    found = {(m.id, m.load_case): m for m in banded(nominal, nominal, {0.8: softer}, measure, WITH_LOAD)}
    assert found[("motion", "full")].band == pytest.approx((1.6, 2.6))
    assert found[("motion", "half")].band == pytest.approx((0.8, 1.3)), "in proportion, not the E band alone"
    assert found[("motion", "axial")].band == pytest.approx((5.0, 5.5)), "no variant of this load was solved"
    assert found[("ratio", "half")].band == pytest.approx((0.4, 0.5))
    assert found[("volume", "half")].band is None, (
        "follows the load in neither way: no band rather than a wrong one"
    )
    assert not any("|" in load for _, load in found)


def test_without_variants_the_band_is_that_of_the_stiffness() -> None:
    nominal = solution({"full": 2.0, "half": 1.0}, {"half": {"full": 0.5}})
    stiffer = solution({"full": 1.9, "half": 0.95}, {})
    found = {(m.id, m.load_case): m for m in banded(nominal, nominal, {1.2: stiffer}, measure, WITH_LOAD)}
    assert found[("motion", "half")].band == pytest.approx((0.95, 1.0))
    assert found[("volume", "half")].band == pytest.approx((0.9025, 1.0))
