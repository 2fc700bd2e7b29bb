"""A Y of vessels from voxels to the meshes of its wall and its blood: cut open, even, prolonged."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.core.errors import GeometryError, UsageError
from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid, LabelMap, Segment
from surgitwin.core.mesh import TET_FACES, SurfaceMesh
from surgitwin.meshing.quality import quality
from surgitwin.meshing.tissues.surfaces import segment_surface
from surgitwin.meshing.walls.across import cut_across, vessel_axis
from surgitwin.meshing.walls.normals import open_ends
from surgitwin.meshing.walls.vessel import VesselWish, mesh_vessel

RADIUS = 3.0
TIPS = np.array([[0, 0, -18], [12, 0, 14], [-12, 0, 14]], float)


@pytest.fixture(scope="module")
def branched():
    """Three rods of 3 mm radius that meet at the origin, as the surface of voxels of 0.6 mm."""
    grid = ImageGrid((80, 40, 80), np.array([-24.0, -12, -24]), np.full(3, 0.6), np.eye(3))
    k, j, i = np.indices(grid.shape)
    at = grid.index_to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    away = np.full(len(at), np.inf)
    for tip in TIPS:
        share = np.clip(at @ tip / (tip @ tip), 0, 1)
        away = np.minimum(away, np.linalg.norm(at - share[:, None] * tip, axis=1))
    labels = (away < RADIUS).reshape(grid.shape).astype(np.uint8)
    return segment_surface(LabelMap(labels, grid, (Segment(1, "lumen", "", (200, 0, 0)),)), "lumen").mesh


def inside(share: float):
    return tuple((share * tip, None) for tip in TIPS)


def require_conforming(mesh):
    faces = np.sort(mesh.corners[:, np.array(TET_FACES)].reshape(-1, 3), axis=1)
    assert np.unique(faces, axis=0, return_counts=True)[1].max() == 2


def test_the_axis_and_the_cut_follow_the_vessel(branched):
    for tip in TIPS:
        axis = tip / np.linalg.norm(tip)
        assert abs(vessel_axis(branched, 0.7 * tip) @ axis) > 0.99
    cut, plane = cut_across(branched, None, 0.7 * TIPS[1])
    (end,) = open_ends(cut)
    assert end.diameter_mm == pytest.approx(2 * RADIUS, rel=0.05)
    assert plane.normal @ TIPS[1] > 0  # the tip goes, the rest stays
    assert end.normal @ plane.normal > 0.999
    # A plane that also meets the third vessel cuts the first only.
    level = Plane(np.array([12.0, 0, 14]) * 0.7, np.array([0.0, 0, 1]))
    assert len(open_ends(cut_across(branched, level, level.point_mm)[0])) == 1


def test_the_blood_of_a_branched_vessel(branched):
    made = mesh_vessel(branched, VesselWish(1.8, 1.2, layers=2, cuts=inside(0.75), extensions=1.0))
    require_conforming(made.mesh)
    assert len(made.ends) == 3
    assert {"wall", "end_1", "end_2", "end_3"} == set(made.boundaries)
    assert made.moved_mm < 0.15
    assert quality(made.mesh).min_scaled_jacobian > 0.02
    # The parts are the blood that the even surface encloses, with its bent edges.
    lengths = sum(0.75 * np.linalg.norm(t) + 2 * RADIUS for t in TIPS)
    rods = np.pi * RADIUS**2 * lengths
    assert 0.85 * rods < quality(made.mesh).volume_mm3 < rods  # less where the three meet
    for n, end in enumerate(made.ends, 1):
        rim = made.mesh.points_mm[made.boundaries[f"end_{n}"]]
        assert np.linalg.norm(rim - end["centre_mm"], axis=1).max() < 1.2 * RADIUS


def test_the_wall_of_a_branched_vessel_gets_finer_where_it_bends(branched):
    made = mesh_vessel(branched, VesselWish(2.0, 0.7, wall_mm=0.8, layers=2, cuts=inside(0.75)))
    require_conforming(made.mesh)
    assert made.thinned is not None
    assert made.thinned < 0.1
    volume = quality(made.mesh).volume_mm3
    assert volume == pytest.approx(made.surface.area_mm2 * 0.8 * (1 + 0.4 / RADIUS), rel=0.06)
    coarse = mesh_vessel(
        branched, VesselWish(2.0, 0.7, per_radius=1.0, wall_mm=0.8, layers=2, cuts=inside(0.75))
    )
    assert len(made.surface.triangles) > 1.5 * len(coarse.surface.triangles)


def test_wall_and_blood_share_the_nodes_of_their_interface(branched):
    wish = VesselWish(1.8, 1.2, wall_mm=0.6, blood=True, layers=2, cuts=inside(0.75))
    made = mesh_vessel(branched, wish)
    mesh, sides = made.mesh, made.boundaries
    require_conforming(mesh)
    assert set(mesh.names.values()) == {"boundary_layer", "core", "wall"}
    of_wall = np.unique(mesh.cells[mesh.part == mesh.part_id("wall")])
    of_blood = np.unique(mesh.cells[mesh.part != mesh.part_id("wall")])
    both = np.intersect1d(of_wall, of_blood)
    assert np.array_equal(both, np.sort(sides["interface"]))
    # No two nodes lie in one place: nothing was left apart.
    assert len(np.unique(np.round(mesh.points_mm, 7), axis=0)) == len(mesh.points_mm)
    assert np.array_equal(np.unique(mesh.cells), np.arange(len(mesh.points_mm)))
    assert quality(mesh).min_scaled_jacobian > 0.02
    wall_only = mesh_vessel(branched, VesselWish(1.8, 1.2, wall_mm=0.6, layers=2, cuts=inside(0.75)))
    blood_only = mesh_vessel(branched, VesselWish(1.8, 1.2, layers=2, cuts=inside(0.75)))
    volume = quality(wall_only.mesh).volume_mm3 + quality(blood_only.mesh).volume_mm3
    assert quality(mesh).volume_mm3 == pytest.approx(volume, rel=1e-3)
    for n, end in enumerate(made.ends, 1):
        rim = mesh.points_mm[sides[f"wall_end_{n}"]]
        away = np.linalg.norm(rim - end["centre_mm"], axis=1)
        assert 0.8 * RADIUS < away.min() < away.max() < 1.3 * (RADIUS + 0.6)
        shared = np.intersect1d(sides[f"end_{n}"], sides[f"wall_end_{n}"])
        assert np.isin(shared, sides["interface"]).all()
        assert len(shared) > 10


def test_what_cannot_be_done_is_said(branched):
    with pytest.raises(GeometryError) as far:
        cut_across(branched, None, np.array([40.0, 0, 0]))
    assert far.value.code == "mesh.vessel_cut"
    with pytest.raises(UsageError) as sizes:
        mesh_vessel(branched, VesselWish(1.0, 2.0))
    assert sizes.value.code == "mesh.vessel_wish"
    with pytest.raises(UsageError) as alone:
        mesh_vessel(branched, VesselWish(2.0, 1.0, blood=True))
    assert alone.value.code == "mesh.vessel_wish"
    doubled = SurfaceMesh(branched.points_mm, np.vstack([branched.triangles, branched.triangles[:1]]))
    with pytest.raises(GeometryError) as fin:
        mesh_vessel(doubled, VesselWish(1.0, 0.5))
    assert fin.value.code == "mesh.vessel_edges"
