"""Plain values of the use cases: anatomy to JSON and back, scaled stiffness and solutions, snapshots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_femur import femur

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import StorageError
from surgitwin.core.frame import Side
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.problem import Bone, LoadSolution, Patch, Solution
from surgitwin.planning.case import REQUIRED, Case
from surgitwin.planning.codec import anatomy_from_json, anatomy_to_json
from surgitwin.planning.comparing.bands import scaled, scaled_bone
from surgitwin.storage import CaseFolder

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], float)
MESH = TetMesh(POINTS, np.array([[0, 1, 2, 3], [1, 2, 3, 4]]), np.array([1, 2]), {1: "bone", 2: "gap"})


@given(st.sampled_from(["left", "right"]), st.floats(200, 400), st.floats(5, 12), st.booleans())
def test_anatomy_survives_json(side: Side, shaft: float, canal: float, compact: bool) -> None:
    before = femur(side, shaft=shaft, canal=canal).anatomy
    text = json.dumps(anatomy_to_json(before), indent=None if compact else 2)
    after = anatomy_from_json(json.loads(text))
    assert anatomy_to_json(after) == anatomy_to_json(before)
    assert np.abs(after.frame.matrix - before.frame.matrix).max() == 0
    assert content_hash(after.stations) == content_hash(before.stations)


def test_scaling_leaves_the_gap_alone() -> None:
    support = Patch("support", np.array([[0, 1, 2]]))
    bone = Bone(MESH, np.array([[100.0] * 4, [3.0] * 4]), np.full(2, 0.3), np.ones(2, bool), support)
    assert scaled_bone(bone, 1.0) is bone
    assert scaled_bone(bone, 0.8).modulus_MPa.tolist() == [[80.0] * 4, [3.0] * 4]


def test_scaled_intact_solution_divides_motion_and_energy() -> None:
    load = LoadSolution(
        "axial", np.ones((5, 3)), (), np.array([0, 0, -1000.0]), np.array([0, 0, 1000.0]), 0.0,
        np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.0, 0.0]), 50.0, 10, 1e-9, 1.0,
    )  # fmt: skip
    (half,) = scaled(Solution(MESH, (), (load,), {}), 0.5).loads
    assert half.bone_displacement_mm.max() == 2.0
    assert half.remote_displacement_mm.tolist() == [2.0, 4.0, 6.0]
    assert half.energy_mJ == 100.0
    assert half.applied_N.tolist() == load.applied_N.tolist()


def state(**more: Any) -> dict[str, Any]:
    return {**dict.fromkeys(REQUIRED), "image": "x", "image_hash": "y", **more}


def test_a_snapshot_does_not_change_when_the_case_goes_on(tmp_path: Path) -> None:
    first = Case(CaseFolder.create(tmp_path / "a.twin", state()), state())
    second = first.updated("something", labels={"hash": "1"})
    assert "labels" not in first.state
    assert Case.open(tmp_path / "a.twin").state == second.state
    assert [h["action"] for h in second.state["history"]] == ["something"]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_case_that_lacks_a_key_is_damaged(tmp_path: Path, key: str) -> None:
    CaseFolder.create(tmp_path / "a.twin", {k: v for k, v in state().items() if k != key})
    with pytest.raises(StorageError) as caught:
        Case.open(tmp_path / "a.twin")
    assert caught.value.code == "storage.damaged"
    assert key in caught.value.message
