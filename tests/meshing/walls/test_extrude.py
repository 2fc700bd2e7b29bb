"""Walls grown on surfaces of known shape: volume, folds, ends; lumens with layers."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.mesh import TET_FACES, SurfaceMesh
from surgitwin.meshing.quality import quality, scaled_jacobian
from surgitwin.meshing.walls.extrude import extrude_wall
from surgitwin.meshing.walls.layers import fill_lumen, with_extensions
from surgitwin.meshing.walls.normals import open_ends, turned_outwards

RADIUS, LENGTH = 5.0, 24.0


def tube(bend=None, around=24, along=20):
    """A tube with flat ends, bent to a radius when one is given."""
    s, a = np.meshgrid(
        np.linspace(0, LENGTH, along + 1), np.arange(around) * 2 * np.pi / around, indexing="ij"
    )
    x, y = RADIUS * np.cos(a), RADIUS * np.sin(a)
    if bend is None:
        points = np.stack([x, y, s], axis=-1)
    else:
        turn = s / bend
        points = np.stack([bend - (bend - x) * np.cos(turn), y, (bend - x) * np.sin(turn)], axis=-1)
    index = np.arange(s.size).reshape(s.shape)
    ahead = np.roll(index, -1, axis=1)
    low = np.stack([index[:-1], ahead[:-1], ahead[1:]], axis=-1).reshape(-1, 3)
    high = np.stack([index[:-1], ahead[1:], index[1:]], axis=-1).reshape(-1, 3)
    return SurfaceMesh(points.reshape(-1, 3), np.concatenate([low, high]))


def ball(radius=10.0):
    data = pv.Icosphere(radius=radius, nsub=3)
    return SurfaceMesh(np.array(data.points, float), data.faces.reshape(-1, 4)[:, 1:])


def require_conforming(mesh):
    faces = np.sort(mesh.corners[:, np.array(TET_FACES)].reshape(-1, 3), axis=1)
    assert np.unique(faces, axis=0, return_counts=True)[1].max() == 2
    outer = mesh.points_mm[mesh.boundary_faces()[0]]
    enclosed = np.einsum("ij,ij->i", outer[:, 0], np.cross(outer[:, 1], outer[:, 2])).sum() / 6
    assert mesh.cell_volumes().sum() == pytest.approx(enclosed, rel=1e-9)
    keys, nodes = mesh.edge_table
    assert len(np.unique(nodes)) == len(keys)


@pytest.mark.parametrize("bend", [None, 14.0])
@pytest.mark.parametrize("inwards", [False, True])
def test_wall_of_a_tube(bend, inwards):
    made = extrude_wall(tube(bend), 1.5, 2, inwards=inwards, names=("near", "far"))
    other = RADIUS - 1.5 if inwards else RADIUS + 1.5
    exact = np.pi * abs(other**2 - RADIUS**2) * LENGTH  # Pappus: the same when bent
    require_conforming(made.mesh)
    found = quality(made.mesh)
    assert found.volume_mm3 == pytest.approx(exact, rel=2e-3)
    assert found.min_scaled_jacobian > 0.15
    assert made.thinned == 0
    assert dict(made.mesh.names) == {1: "near", 2: "far"}
    # The ends stay flat.
    for end in open_ends(turned_outwards(tube(bend))):
        rim = made.mesh.points_mm[made.outer_points[end.loop]]
        assert np.abs((rim - end.centre_mm) @ end.normal).max() < 1e-9


def test_wall_of_a_ball_with_thickness_per_point():
    surface = ball()
    assert quality(extrude_wall(surface, 2.0).mesh).volume_mm3 == pytest.approx(
        4 / 3 * np.pi * (12**3 - 10**3), rel=1e-3
    )
    thickness = 1.5 + 0.05 * surface.points_mm[:, 2]
    made = extrude_wall(surface, thickness, 1)
    away = np.linalg.norm(made.mesh.points_mm[made.outer_points], axis=1) - 10
    assert np.abs(away - thickness).max() < 0.02


def test_a_surface_turned_inside_out_gives_the_same_wall():
    right = tube()
    wrong = SurfaceMesh(right.points_mm, right.triangles[:, ::-1])
    a, b = (quality(extrude_wall(s, 1.0).mesh).volume_mm3 for s in (right, wrong))
    assert a == pytest.approx(b, rel=1e-9)


def test_valleys_do_not_fold():
    # The inner side of the bend lies 2.2 mm from its axis, and the wall reaches to 0.7 mm from it.
    made = extrude_wall(tube(7.2), 1.5, 2)
    assert scaled_jacobian(made.mesh.points_mm, made.mesh.cells).min() > 0.03
    with pytest.raises(GeometryError) as narrow:
        extrude_wall(tube(5.5), 4.0, 2)
    assert narrow.value.code in ("mesh.wall_room", "mesh.wall_folds")
    assert "LPS" in narrow.value.where


def test_the_thickness_that_the_hint_names_has_room():
    near, far = tube(), tube()
    both = SurfaceMesh(
        np.vstack([near.points_mm, far.points_mm + np.array([2 * RADIUS + 0.3, 0, 0])]),
        np.vstack([near.triangles, far.triangles + len(near.points_mm)]),
    )
    with pytest.raises(GeometryError) as narrow:
        extrude_wall(both, 3.0, 1)
    assert narrow.value.code == "mesh.wall_room"
    fits = float(narrow.value.hint.split("from 3 to ")[1].split(" mm")[0])
    assert 0.3 < fits < 2.0
    assert extrude_wall(both, fits, 1).thinned > 0


@pytest.mark.parametrize("thickness", [0.0, -1.0, float("nan"), [1.0, 2.0]])
def test_wrong_thickness_is_named(thickness):
    with pytest.raises(InputError) as wrong:
        extrude_wall(ball(), thickness)
    assert wrong.value.code == "mesh.wall_thickness"


def test_prolonged_ends():
    made = with_extensions(tube(14.0), 2.0)
    before, after = open_ends(turned_outwards(tube(14.0))), open_ends(made)
    assert len(after) == 2
    for old in before:
        far = old.centre_mm + 2.0 * old.diameter_mm * old.normal
        new = min(after, key=lambda e: float(np.linalg.norm(e.centre_mm - far)))
        assert np.linalg.norm(new.centre_mm - far) < 1e-6
        assert new.flat
        assert new.normal @ old.normal > 1 - 1e-9
        assert new.diameter_mm == pytest.approx(old.diameter_mm, rel=1e-6)
    with pytest.raises(InputError) as closed:
        with_extensions(ball())
    assert closed.value.code == "mesh.no_open_end"


def test_lumen_with_boundary_layers():
    made = fill_lumen(tube(14.0, around=20, along=14), 2.0, first_mm=0.3, growth=1.4, layers=2)
    mesh = made.mesh
    require_conforming(mesh)
    assert quality(mesh).volume_mm3 == pytest.approx(np.pi * RADIUS**2 * LENGTH, rel=3e-3)
    assert scaled_jacobian(mesh.points_mm, mesh.cells).min() > 0.03
    sizes = {name: len(faces) for name, faces in made.boundaries.items()}
    assert set(sizes) == {"wall", "end_1", "end_2"}
    assert sum(sizes.values()) == len(mesh.boundary_faces()[0])
    layer = mesh.part == mesh.part_id("boundary_layer")
    deep = mesh.cell_volumes()[layer].sum()
    assert deep == pytest.approx(np.pi * (RADIUS**2 - (RADIUS - 0.72) ** 2) * LENGTH, rel=0.03)
