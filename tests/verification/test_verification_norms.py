"""Norms of errors on triangles: exact where they must be."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.model.shapes import grid
from surgitwin.verification.norms import gradient_error, l2_error


def square_plus_y(x: FloatArray) -> FloatArray:
    return np.column_stack([x[:, 0] ** 2 + x[:, 1], x[:, 0] * x[:, 1]])


def slope(x: FloatArray) -> FloatArray:
    one = np.ones(len(x))
    first, second = np.column_stack([2 * x[:, 0], one]), np.column_stack([x[:, 1], x[:, 0]])
    return np.stack([first, second], axis=1)


def test_quadratic_fields_are_exact_on_quadratic_triangles() -> None:
    mesh = grid((3, 2), None, "triangle", order=2)
    values = square_plus_y(mesh.points_mm)
    assert l2_error(mesh.points_mm, mesh.cells, values, square_plus_y) < 1e-14
    assert gradient_error(mesh.points_mm, mesh.cells, values, slope) < 1e-13


@pytest.mark.parametrize("order", [1, 2])
def test_a_constant_gap_has_its_own_size(order: int) -> None:
    mesh = grid((2, 2), None, "triangle", order=order)
    values = np.full((len(mesh.points_mm), 1), 3.0)
    assert l2_error(mesh.points_mm, mesh.cells, values, lambda x: np.ones((len(x), 1))) == pytest.approx(2.0)
    found = gradient_error(mesh.points_mm, mesh.cells, values, lambda x: np.full((len(x), 1, 2), 2.0))
    assert found == pytest.approx(np.sqrt(8.0))


def test_linear_triangles_interpolate_with_second_order() -> None:
    def wave(x: FloatArray) -> FloatArray:
        return np.sin(np.pi * x[:, :1]) * np.sin(np.pi * x[:, 1:])

    errors = []
    for n in (8, 16):
        mesh = grid((n, n), None, "triangle", order=1)
        errors.append(l2_error(mesh.points_mm, mesh.cells, wave(mesh.points_mm), wave))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.05)
