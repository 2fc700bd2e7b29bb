"""The step "mesh" made again: what is given counts, what is not is as in the last mesh of that kind."""

from __future__ import annotations

import pytest
from test_mesh_tissues import case_of, labels_of_two

from surgitwin.core.progress import SILENT
from surgitwin.planning.meshes import step
from surgitwin.planning.meshes.sizes import LocalSizes, Near
from surgitwin.planning.step_task import STEPS

NEAR = LocalSizes((Near("left", 1.2),))


@pytest.fixture
def asked(monkeypatch):
    """What the step asks of `mesh_case`."""
    calls = []
    monkeypatch.setattr(step, "mesh_case", lambda case, **wish: calls.append(wish) or case)

    def ask(case, **arguments):
        STEPS["mesh"](case, arguments, SILENT)
        return calls[-1]

    return ask


def stored(**changes):
    wish = {"size_mm": 3.0, "tissues": ["left"], "sizes": NEAR.as_dict(), "large": True}
    return {**wish, "mesher": "tissues", **changes}


def test_what_is_not_given_is_as_before(tmp_path, asked):
    case = case_of(tmp_path, labels_of_two()).updated("mesh", mesh=stored())
    wish = asked(case)
    assert (wish["size_mm"], wish["tissues"], wish["large"]) == (3.0, ["left"], True)
    assert wish["sizes"] == NEAR


def test_local_sizes_large_and_tissues_can_be_taken_off(tmp_path, asked):
    case = case_of(tmp_path, labels_of_two()).updated("mesh", mesh=stored())
    wish = asked(case, sizes={}, large=False, tissues=[], size_mm=None)
    assert wish["sizes"] == LocalSizes()
    assert wish["large"] is False
    assert not wish["tissues"]
    assert wish["size_mm"] is None


def test_segments_of_a_bone_case_remember_their_own_mesh_and_not_the_bones(tmp_path, asked):
    bone = {"size_mm": 4.0, "mesher": "netgen", "large": False}
    case = case_of(tmp_path, labels_of_two(), site="femur").updated("mesh", mesh=bone, tissue_mesh=stored())
    wish = asked(case, tissues=["left"])
    assert (wish["size_mm"], wish["sizes"], wish["large"]) == (3.0, NEAR, True)
    assert wish["mesher"] == step.DEFAULT_MESHER
    wish = asked(case)
    assert (wish["size_mm"], wish["sizes"], wish["large"]) == (4.0, LocalSizes(), False)
    assert not wish["tissues"]
