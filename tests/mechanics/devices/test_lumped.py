import numpy as np
import pytest

from surgitwin.core.vessel import LumenTube
from surgitwin.mechanics.devices.lumped import NodeShares, hats
from surgitwin.mechanics.devices.wall_system import face_weights
from surgitwin.mechanics.quadrature import triangle_rule
from surgitwin.meshing.vessels.tube import tube_wall
from surgitwin.verification.vessel_cases import straight

NODES = np.array([[0, 0], [1, 0], [0, 1], [0.5, 0], [0.5, 0.5], [0, 0.5]])


def test_hats_are_one_at_their_node_and_straight_between():
    assert hats(NODES) == pytest.approx(np.eye(6), abs=1e-12)
    points = triangle_rule(2)[0]
    assert hats(points).min() >= 0
    assert hats(points).sum(axis=1) == pytest.approx(1.0)
    assert hats(points) @ NODES == pytest.approx(points)


@pytest.mark.parametrize("angles", [12, 24])
def test_area_in_contact_does_not_grow_by_the_elements_at_its_edge(angles: int):
    """A cylinder of 3 mm touched from 4.3 to 9.1 mm of its length: 2 pi 3 4.8 mm2, whatever the mesh."""
    course = straight(14.0)
    wall = tube_wall(LumenTube(course, np.full((len(course.s_mm), 48), 3.0)), 1.0, angles=angles, through=1)
    shape, area = face_weights(wall.points_mm, wall.lumen)
    shares = NodeShares(wall.lumen, area, len(wall.points_mm))
    s = np.einsum("qa,fa->fq", shape, wall.points_mm[wall.lumen][..., 2])
    inside = (s > 4.3) & (s < 9.1)
    around = shares.total(area)
    touched = float(shares.covered(inside) @ around)
    assert around.sum() == pytest.approx(2 * np.pi * 3 * 14, rel=2e-3)
    assert touched == pytest.approx(2 * np.pi * 3 * 4.8, rel=0.05)
    force = np.where(inside, 0.02 * area, 0.0)
    pressure = shares.mean(force)
    assert float(pressure @ around) == pytest.approx(force.sum(), rel=1e-12)
    assert pressure.max() == pytest.approx(0.02)
    assert (pressure[~np.isfinite(wall.lumen_s_mm)] == 0).all()
    reach = (pressure > 0.001) @ around
    assert reach > 1.05 * touched  # what a threshold at the nodes would give
