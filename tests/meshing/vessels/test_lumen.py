"""Meshes of lumens: exact shapes, straight ends, layers at the wall, and lumens that cannot be meshed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.vessel import Course, LumenTube
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.meshing.vessels.lumen import lumen_mesh
from surgitwin.meshing.vessels.lumen_rings import COARSE, MEDIUM, Lumen, LumenSizes
from surgitwin.meshing.vessels.lumen_section import disc_mesh, fit_matrix


def bent(
    radius: Callable[[FloatArray], FloatArray], length: float = 30.0, bend: float = 25.0, turn: float = 1.0
) -> LumenTube:
    """A vessel along an arc of radius `bend`, seen through an angle length / bend."""
    s = np.linspace(0, length, 121)
    a, zero = s / bend * turn, np.zeros(121)
    points = np.column_stack([bend * (1 - np.cos(a)), zero, bend * np.sin(a)])
    tangent = np.column_stack([np.sin(a), zero, np.cos(a)])
    e1 = np.column_stack([np.cos(a), zero, -np.sin(a)])
    course = Course(s, points, tangent, e1, np.cross(tangent, e1))
    return LumenTube(course, np.repeat(radius(s)[:, None], 48, axis=1))


def round_tube(**shape: float) -> Lumen:
    return Lumen.of(bent(lambda s: np.full(len(s), 1.5), **shape))


def test_sections_of_a_round_vessel_keep_its_area_and_its_mean() -> None:
    mesh = lumen_mesh(round_tube(), MEDIUM)
    assert mesh.area_mm2 == pytest.approx(np.pi * 1.5**2, rel=5e-4)
    assert mesh.weights.sum(axis=1) == pytest.approx(1.0)
    first = mesh.points_mm[: mesh.per_level]
    assert mesh.weights[0] @ first == pytest.approx(first[0] * 0 + first.mean(axis=0), abs=0.1)
    assert np.ptp(mesh.points_mm[: mesh.per_level, 2]) < 1e-9  # the inlet is a plane across the course


def test_the_mesh_is_one_that_the_flow_engine_takes() -> None:
    mesh = lumen_mesh(round_tube(), COARSE)
    grid = FlowMesh(mesh.points_mm * 1e-3, mesh.cells, "hex27", mesh.boundaries)
    assert grid.faults() == []
    assert set(mesh.boundaries) == {"inlet", "outlet", "wall"}


def test_straight_ends_are_as_long_as_asked() -> None:
    mesh = lumen_mesh(round_tube(), LumenSizes(inlet_diameters=3.0, outlet_diameters=4.0))
    first, last = mesh.vessel
    assert (mesh.s_mm[first], mesh.s_mm[last]) == pytest.approx((0.0, 30.0))
    assert mesh.s_mm[0] == pytest.approx(-9.0, rel=2e-3)
    assert mesh.s_mm[-1] == pytest.approx(42.0, rel=2e-3)
    centres = np.einsum("lk,lkx->lx", mesh.weights, mesh.points_mm.reshape(mesh.levels, -1, 3))
    step = np.diff(centres[last:], axis=0)
    assert np.linalg.norm(np.cross(step, step[0]), axis=1) == pytest.approx(0.0, abs=1e-9)


def test_cells_are_thinner_at_the_wall_than_inside() -> None:
    disc = disc_mesh(3, 3, 3.0)
    radii = np.unique(np.round(disc.nodes[np.abs(disc.nodes[:, 1]) < 1e-9, 0], 9))
    layers = radii[-7::2]  # of the three layers on the +x axis
    assert np.diff(layers)[0] / np.diff(layers)[-1] == pytest.approx(3.0)
    assert radii[-2] == pytest.approx((radii[-3] + radii[-1]) / 2)  # mid-nodes in the middle


def test_an_ellipse_off_its_centre_is_met_exactly() -> None:
    disc = disc_mesh(2, 2, 2.0)
    turn = 2 * np.pi * np.arange(32) / 32
    ring = np.column_stack([0.4 + 2 * np.cos(turn), 1.2 * np.sin(turn)])
    placed = fit_matrix(disc, 32) @ ring
    radius, angle = disc.nodes.T
    exact = np.column_stack([0.4 + 2 * radius * np.cos(angle), 1.2 * radius * np.sin(angle)])
    assert placed == pytest.approx(exact, abs=1e-12)


def test_cells_are_shorter_in_a_narrowing() -> None:
    lumen = Lumen.of(bent(lambda s: 1.5 - 0.75 * np.exp(-(((s - 15) / 3) ** 2)), bend=1e4))
    mesh = lumen_mesh(lumen, MEDIUM)
    first, last = mesh.vessel
    step = np.diff(mesh.s_mm[first : last + 1 : 2])
    assert step[len(step) // 2] < 0.65 * step[0]


def test_a_deformed_oval_lumen_is_meshed() -> None:
    wall = np.array(round_tube().wall_mm)
    wall[40:80] += 0.3 * (wall[40:80] - wall[40:80].mean(axis=1, keepdims=True)) * [1.0, 0.0, 0.0]
    wall[40:80] += [0.0, 0.2, 0.0]
    mesh = lumen_mesh(Lumen(round_tube().s_mm, wall), MEDIUM)
    assert mesh.facts["area_change"] < 0.05


def test_a_bend_tighter_than_the_lumen_is_refused() -> None:
    with pytest.raises(GeometryError) as caught:
        lumen_mesh(round_tube(length=4.0, bend=1.2))
    assert caught.value.code == "lumen.overlap"
    assert "mm along the vessel" in caught.value.where


def test_a_vessel_that_comes_back_to_itself_is_refused() -> None:
    with pytest.raises(GeometryError) as caught:
        lumen_mesh(round_tube(length=2 * np.pi * 5.0, bend=5.0))
    assert caught.value.code == "lumen.self_touching"


def test_an_open_section_is_named() -> None:
    lumen = round_tube()
    wall = np.array(lumen.wall_mm)
    wall[60, 3] = np.nan
    with pytest.raises(GeometryError) as caught:
        lumen_mesh(Lumen(lumen.s_mm, wall))
    assert (caught.value.code, caught.value.where) == ("lumen.open", "15.0 mm along the vessel")


@pytest.mark.parametrize(("at", "code"), [(0.0, "flow.no_inlet"), (30.0, "flow.no_outlet")])
def test_a_closed_end_is_a_missing_inlet_or_outlet(at: float, code: str) -> None:
    lumen = Lumen.of(bent(lambda s: np.where(np.abs(s - at) < 0.1, 0.05, 1.5), bend=1e4))
    with pytest.raises(InputError) as caught:
        lumen_mesh(lumen)
    assert caught.value.code == code
    assert caught.value.hint
