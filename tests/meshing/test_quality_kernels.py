"""Compiled scaled Jacobians: regular, inverted and flat tetrahedra, coordinates that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.mesh import TetMesh
from surgitwin.meshing import scaled_jacobian

REGULAR = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
CELL = np.array([[0, 1, 2, 3]])


def order(cells, points):
    return cells if np.linalg.det(points[cells[0, 1:]] - points[cells[0, 0]]) > 0 else cells[:, [0, 2, 1, 3]]


def test_straight_and_quadratic_agree():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(400, 3))
    cells = rng.permutation(400).reshape(-1, 4)
    straight = scaled_jacobian(points, cells)
    mesh = TetMesh(points, cells, np.ones(len(cells))).with_midside_nodes()
    assert scaled_jacobian(mesh.points_mm, mesh.cells) == pytest.approx(straight, abs=1e-9)
    x = points[cells]
    assert np.array_equal(np.sign(straight), np.sign(np.linalg.det(x[:, 1:] - x[:, :1])))


def test_regular_inverted_flat_and_no_number():
    cells = order(CELL, REGULAR)
    assert scaled_jacobian(REGULAR, cells) == pytest.approx([1.0])
    assert scaled_jacobian(REGULAR, cells[:, [0, 2, 1, 3]]) == pytest.approx([-1.0])
    assert scaled_jacobian(REGULAR * [1, 1, 0], cells) == pytest.approx([0.0])
    broken = REGULAR.copy()
    broken[1, 1] = np.nan
    quadratic = TetMesh(broken, cells, np.ones(1)).with_midside_nodes()
    assert np.isnan(scaled_jacobian(broken, cells)).all()
    assert np.isnan(scaled_jacobian(quadratic.points_mm, quadratic.cells)).all()


def test_a_bent_edge_counts():
    cells = order(CELL, REGULAR)
    mesh = TetMesh(REGULAR, cells, np.ones(1)).with_midside_nodes()
    points = np.array(mesh.points_mm)
    points[mesh.cells[0, 4]] *= 0.2
    assert scaled_jacobian(points, mesh.cells)[0] < 0.7
