"""Failures of the fast path of fracture plans: each names its cause and what to do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from mechanics_cases import bone_of, box, faces_where

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.fenicsx import solve
from surgitwin.mechanics.problem import LoadCase, Patch, Problem, RemoteLoad, SolverSettings


def block(mesh: TetMesh, top: float = 20.0) -> Problem:
    patch = faces_where(mesh, "top", lambda x: np.isclose(x[:, 2], top))
    load = RemoteLoad(patch, np.array([5.0, 5.0, top]), np.array([0.0, 0.0, -100.0]))
    return Problem("block", bone_of(mesh), (), (LoadCase("axial", (load,)),))


def singular() -> Problem:
    """A second block floats above the first one."""
    mesh = box((10.0, 10.0, 20.0), (2, 2, 3))
    n = len(mesh.points_mm)
    points = np.vstack([mesh.points_mm, np.add(mesh.points_mm, (0, 0, 30))])
    cells = np.vstack([mesh.cells, mesh.cells + n])
    return block(TetMesh(points, cells, np.ones(len(cells))), top=50.0)


def unsupported() -> Problem:
    whole = block(box((10.0, 10.0, 20.0), (2, 2, 3)))
    empty = Patch("support", np.zeros((0, 3), np.int32))
    return dataclasses.replace(whole, bone=dataclasses.replace(whole.bone, support=empty))


def slow() -> Problem:
    whole = block(box((10.0, 10.0, 20.0), (2, 2, 6)))
    return dataclasses.replace(whole, settings=SolverSettings(max_iterations=1, fallback_to_direct=False))


def inverted() -> Problem:
    whole = block(box((10.0, 10.0, 20.0), (2, 2, 3)))
    mesh = whole.bone.mesh
    cells = np.array(mesh.cells)
    cells[5] = cells[5][[0, 2, 1, 3]]
    wrong = TetMesh(mesh.points_mm, cells, mesh.part)
    return dataclasses.replace(whole, bone=dataclasses.replace(whole.bone, mesh=wrong))


@pytest.mark.parametrize(
    ("make", "code", "exit_code"),
    [
        (singular, "solver.singular", 5),
        (unsupported, "patch.empty", 3),
        (slow, "solver.not_converged", 5),
        (inverted, "mesh.inverted_cells", 3),
    ],
)
def test_code_cause_and_remedy(make, code, exit_code):
    with pytest.raises(SurgiTwinError) as failed:
        solve([make()])
    assert (failed.value.code, failed.value.exit_code) == (code, exit_code)
    assert len(failed.value.message) > 20
    assert failed.value.hint
