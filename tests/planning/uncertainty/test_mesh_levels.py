"""Meshes at sizes in a wanted ratio: the edge length is changed until the cells come out so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.planning.uncertainty.mesh_levels import CLOSE, TRIES, cell_size, sized

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)


def _cell(size: float) -> TetMesh:
    """One tetrahedron whose volume is size^3."""
    points = CORNERS * size * 6 ** (1 / 3)
    return TetMesh(points, np.array([[0, 1, 2, 3]]), np.ones(1, np.int32), {1: "bone"})


def test_the_size_of_cells_is_the_cube_root_of_their_mean_volume() -> None:
    assert cell_size(_cell(2.5)) == pytest.approx(2.5)


@pytest.mark.parametrize("slope", [0.4, 0.7, 1.0, 1.3])
@pytest.mark.parametrize("ratio", [1 / 1.4, 1.4, 1.96])
def test_a_mesher_that_follows_badly_is_asked_again(slope: float, ratio: float) -> None:
    asked: list[float] = []

    def make(factor: float) -> TetMesh:
        asked.append(factor)
        return _cell(2.0 * factor**slope)

    made = sized(make, ratio, _cell(2.0))
    assert abs(math.log(cell_size(made) / (2.0 * ratio))) <= CLOSE
    assert len(asked) <= TRIES


def test_a_size_that_cannot_be_meshed_is_passed_over() -> None:
    def make(factor: float) -> TetMesh:
        if 1.39 < factor < 1.41:
            raise GeometryError("mesh.quality", "flat", hint="none", where="here")
        return _cell(factor)

    assert cell_size(sized(make, 1.4, _cell(1.0))) == pytest.approx(1.4, rel=CLOSE)


def test_no_size_that_can_be_meshed_is_an_error() -> None:
    def make(factor: float) -> TetMesh:
        raise GeometryError("mesh.quality", f"flat at {factor:g}", hint="none", where="here")

    with pytest.raises(GeometryError, match="flat"):
        sized(make, 1.4, _cell(1.0))
