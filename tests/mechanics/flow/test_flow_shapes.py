"""Mapped meshes: volumes, names, orientation, and their split into simplices."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import InputError
from surgitwin.mechanics.flow import benchmark_shapes, shapes
from surgitwin.mechanics.flow.blocks import to_simplices
from surgitwin.mechanics.flow.mesh import FlowMesh, name_facets

NOZZLE = [(-0.1, 0.006), (-0.06, 0.006), (-0.04, 0.002), (0.0, 0.002)]
CASES = {
    "rectangle": (shapes.rectangle(2.0, 1.0, 3, 2, 3.0), 2.0, 1e-12),
    "cavity": (shapes.cavity(1.0, 3), 1.0, 1e-12),
    "section": (shapes.pipe_section(0.5, 2.0, 3, 2, 3.0), 1.0, 1e-12),
    "pipe": (shapes.pipe(1.0, 2.0, 4, 3, 2), 2 * np.pi, 0.03),
    "cylinder": (
        benchmark_shapes.cylinder_in_channel((0, 2.2), 0.41, (0.2, 0.2), 0.05, (0, 0.4), (8, 4, 0, 4)),
        2.2 * 0.41 - np.pi * 0.05**2,
        1e-3,
    ),
    "cylinder 3D": (
        benchmark_shapes.cylinder_in_channel(
            (0, 2.5), 0.41, (0.5, 0.2), 0.05, (0.3, 0.7), (8, 3, 2, 3), depth_m=0.205, layers=(0.0, 0.4, 1.0)
        ),
        0.205 * (2.5 * 0.41 - np.pi * 0.05**2),
        1e-3,
    ),
    "nozzle": (
        benchmark_shapes.nozzle_section(NOZZLE, (0.1, 0.006), ((2, 3, 3), 3, 3, 6)),
        0.04 * 0.006 + 0.02 * 0.004 + 0.04 * 0.002 + 0.1 * 0.006,
        1e-9,
    ),
}


def volumes(mesh: FlowMesh) -> np.ndarray:
    x = mesh.points_m[mesh.cells]
    factor = 2 if mesh.dim == 2 else 6
    out: np.ndarray = np.linalg.det(x[:, 1:] - x[:, :1]) / factor
    return out


@pytest.mark.parametrize("name", CASES)
def test_shapes_are_whole_named_and_of_the_right_size(name: str) -> None:
    mesh, size, tolerance = CASES[name]
    assert mesh.faults() == []
    split = to_simplices(mesh)
    assert split.faults() == []
    assert volumes(split).min() > 0
    assert volumes(split).sum() == pytest.approx(size, rel=tolerance)
    assert set(split.boundaries) == set(mesh.boundaries)
    factor = 2 if mesh.dim == 2 else 4
    assert {n: factor * len(f) for n, f in mesh.boundaries.items()} == {
        n: len(f) for n, f in split.boundaries.items()
    }


def test_second_order_nodes_lie_on_the_circle() -> None:
    mesh = shapes.pipe(1.5e-3, 0.01, 3, 2, 2)
    radius = np.hypot(mesh.points_m[:, 0], mesh.points_m[:, 1])
    assert radius.max() == pytest.approx(1.5e-3, rel=1e-12)
    corners = np.unique(mesh.boundaries["wall"])
    on_wall = np.flatnonzero(radius > 1.5e-3 * (1 - 1e-9))
    assert len(on_wall) > 3 * len(corners)  # middle nodes of edges and faces are there too


def test_a_facet_without_a_name_is_an_error() -> None:
    mesh = shapes.rectangle(1.0, 1.0, 2, 2)
    low = np.flatnonzero(mesh.points_m[:, 1] < 0.5)
    with pytest.raises(InputError, match="fit none of the names"):
        name_facets(mesh.points_m, mesh.cells, mesh.kind, {"low": low})
