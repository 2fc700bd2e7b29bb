"""Return map, history, and memory of the interactions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contact_cases import sheet

from surgitwin.core.errors import GeometryError, InputError
from surgitwin.mechanics.contact.bolt import PreloadedBolt, Shank, tightening_torque_Nmm
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.foundation import Foundation
from surgitwin.mechanics.contact.friction import return_map
from surgitwin.mechanics.contact.mortar import OPEN, MortarContact
from surgitwin.mechanics.contact.motion import RigidMotion
from surgitwin.mechanics.contact.rigid import RigidSurface
from surgitwin.mechanics.contact.surface import REVERSED, Surface
from surgitwin.mechanics.contact.tie import PenaltyTie
from surgitwin.mechanics.contact.weighted import ContactLaw


def blocks(gap: float = 0.0, shift: float = 0.0) -> tuple[Surface, Surface]:
    """Slave (nodes first) above master on the unit square, both flat; the slave is smaller."""
    top, upper = sheet("quad4", 3, 3)
    low, lower = sheet("quad4", 2, 2)
    top = top * [0.6, 0.6, 1] + [0.2 + shift, 0.2, gap]
    X = np.vstack([top, low])
    return Surface(upper[:, REVERSED["quad4"]], "quad4", X), Surface(lower + len(top), "quad4", X)


def moved(surface: Surface, shift: Any) -> Any:
    u = np.zeros_like(surface.X)
    u[np.unique(surface.nodes)] = shift
    return u.ravel()


def test_return_map() -> None:
    trial = np.array([[0.3, 0.4], [3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    limit, closed = np.array([1.0, 1.0, 0.0, 0.0]), np.array([True, True, False, True])
    t = return_map(trial, limit, closed, np.full(4, 10.0))
    assert t.value == pytest.approx(np.array([[0.3, 0.4], [0.6, 0.8], [0, 0], [0, 0]]))
    assert t.slipping.tolist() == [False, True, False, False]
    assert not t.by_slip[2].any()
    assert t.by_slip[3] == pytest.approx(np.diag([10.0, 10]))
    assert t.by_limit[1] == pytest.approx([0.6, 0.8])


def test_pressure_and_force_of_uniform_penetration() -> None:
    slave, master = blocks()
    contact = MortarContact(
        "c", slave, DeformableMaster(master, 0.3), ContactLaw(100.0, interference_mm=0.02)
    )
    u = moved(slave, (0, 0, -0.01))
    eps = 10 * 100 / 0.2
    assert contact.pressure(u, 0.5)[1] == pytest.approx(eps * 0.02)
    assert contact.pressure(u, 1.0)[1] == pytest.approx(eps * 0.03)
    facts = contact.facts(u, 1.0)
    assert facts["force_z_N"] == pytest.approx(eps * 0.03 * 0.36)
    assert facts["contact_area_mm2"] == pytest.approx(0.36)
    assert facts["moment_x_Nmm"] == pytest.approx(0.5 * facts["force_z_N"])
    assert facts["max_penetration_mm"] == pytest.approx(0.03)
    force = contact.evaluate(u, 1.0).force.reshape(-1, 3)
    assert force.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert (contact.status(moved(slave, (0, 0, 0.1)), 1.0) == OPEN).all()
    assert not contact.evaluate(moved(slave, (0, 0, 0.1)), 1.0).force.any()


@pytest.mark.parametrize("sliding", ["small", "finite"])
def test_stick_slip_and_history(sliding: str) -> None:
    """Drawn to and fro: the traction follows eps times the slip up to mu p, and remembers."""
    slave, master = blocks()
    law = ContactLaw(100.0, friction=0.5)
    contact = MortarContact("c", slave, DeformableMaster(master, 0.3, sliding), law)
    eps, depth, area = 10 * 100 / 0.2, 0.01, 0.36
    contact.commit(moved(slave, (0, 0, -depth)), 1.0)

    def drag(x: float) -> float:
        """Force against x, then commit."""
        u = moved(slave, (x, 0, -depth))
        force = contact.facts(u, 1.0)["force_x_N"]
        contact.commit(u, 1.0)
        return -force / area

    assert drag(0.002) == pytest.approx(eps * 0.002)
    assert drag(0.02) == pytest.approx(0.5 * eps * depth)
    assert drag(0.018) == pytest.approx(0.5 * eps * depth - eps * 0.002)
    assert drag(-0.05) == pytest.approx(-0.5 * eps * depth)


def test_a_moving_rigid_surface_drags() -> None:
    slave, _ = blocks()
    plane = RigidSurface("plane", (0, 0, 0), (0, 0, 1), motion=RigidMotion((0.0, 0.3, 0.0)))
    contact = MortarContact("c", slave, plane, ContactLaw(100.0, friction=0.5))
    u = moved(slave, (0, 0, -0.01))
    facts = contact.facts(u, 1.0)
    assert facts["force_y_N"] == pytest.approx(0.5 * facts["normal_force_N"])
    assert facts["slipping_corners"] == 16
    assert contact.facts(u, 1e-3)["sticking_corners"] == 16


def test_rollback_and_commit() -> None:
    slave, master = blocks()
    contact = MortarContact("c", slave, DeformableMaster(master, 0.3), ContactLaw(100.0, friction=0.3))
    first, second = moved(slave, (0.001, 0, -0.01)), moved(slave, (0.02, 0, -0.02))
    assert contact.augment(first, 1.0) is False
    contact.commit(first, 1.0)
    before = contact.evaluate(second, 1.0).force
    assert contact.augment(second, 1.0) is False
    assert not np.allclose(contact.evaluate(second, 1.0).force, before)
    contact.rollback()
    assert np.array_equal(contact.evaluate(second, 1.0).force, before)


@pytest.mark.parametrize("master", ["small", "finite", "rigid"])
def test_restored_state_goes_on_alike(master: str) -> None:
    slave, low = blocks()
    plane = RigidSurface("plane", (0, 0, 0), (0, 0, 1), motion=RigidMotion((0.0, 0.01, 0.0), (0.0, 0.0, 0.1)))

    def contact() -> MortarContact:
        obstacle = plane if master == "rigid" else DeformableMaster(low, 0.3, master)
        return MortarContact("c", slave, obstacle, ContactLaw(100.0, friction=0.3))

    first = contact()
    for x in (0.001, 0.01, 0.007):
        u = moved(slave, (x, 0.5 * x, -0.01))
        first.augment(u, 50 * x)
        first.commit(u, 50 * x)
    second = contact()
    second.restore(first.state())
    u = moved(slave, (0.008, 0, -0.011))
    for thing in (first, second):
        assert thing.status(u, 0.5).all()
    assert second.evaluate(u, 0.5).force == pytest.approx(first.evaluate(u, 0.5).force, rel=1e-9, abs=1e-9)


def test_a_lost_iterate_gives_forces_that_are_not_finite() -> None:
    """The solver then cuts the increment; it must not end in an error of the search."""
    slave, master = blocks()
    contact = MortarContact("c", slave, DeformableMaster(master, 0.3, "finite"), ContactLaw(100.0))
    u = moved(slave, (0, 0, -0.01))
    u[0] = np.nan
    assert np.isnan(contact.evaluate(u, 1.0).force).all()


def test_augmentation_settles_when_the_gap_is_closed() -> None:
    slave, master = blocks()
    contact = MortarContact("c", slave, DeformableMaster(master, 0.3), ContactLaw(100.0))
    assert contact.augment(moved(slave, (0, 0, -0.01)), 1.0) is False
    flush = moved(slave, (0, 0, 0.0))
    assert contact.augment(flush, 1.0) is True
    assert contact.pressure(flush, 1.0)[1] == pytest.approx(10 * 100 / 0.2 * 0.01)


def test_slave_over_the_edge_keeps_the_paired_part() -> None:
    """Half of the slave hangs over: pressure stays uniform and the force is that of the paired area."""
    slave, master = blocks(shift=0.5)
    contact = MortarContact("c", slave, DeformableMaster(master, 0.3, "finite"), ContactLaw(100.0), level=2)
    u = moved(slave, (0, 0, -0.01))
    facts = contact.facts(u, 1.0)
    assert facts["contact_area_mm2"] == pytest.approx(0.6 * 0.3, rel=0.15)
    assert facts["force_z_N"] == pytest.approx(10 * 100 / 0.2 * 0.01 * facts["contact_area_mm2"])


def test_tie_of_a_common_motion_has_no_force() -> None:
    slave, master = blocks()
    tie = PenaltyTie("t", slave, master, 100.0, 1000.0, 0.1)
    affine = (slave.X @ np.array([[0.01, 0.02, 0], [0, 0.03, 0.01], [0.02, 0, 0.01]])).ravel()
    assert np.abs(tie.evaluate(affine, 1.0).force).max() < 1e-9
    facts = tie.facts(moved(slave, (0, 0, 1e-3)), 1.0)
    assert facts["force_z_N"] == pytest.approx(-1000 * 100 / 0.2 * 1e-3 * 0.36)
    assert facts["max_jump_mm"] == pytest.approx(1e-3)
    assert facts["tied_share"] == 1.0
    assert facts["force_error"] == pytest.approx(1.0)


def test_refusals() -> None:
    slave, master = blocks(gap=0.5)
    with pytest.raises(GeometryError) as far:
        PenaltyTie("t", slave, master, 100.0, 1000.0, 0.1)
    assert far.value.code == "contact.nothing_paired"
    with pytest.raises(GeometryError):
        MortarContact("c", slave, DeformableMaster(master, 0.1), ContactLaw(100.0))
    assert MortarContact("c", slave, DeformableMaster(master, 0.1, "finite"), ContactLaw(100.0)).points
    with pytest.raises(InputError) as bad:
        PenaltyTie("t", slave, master, 100.0, -1.0, 1.0)
    assert bad.value.code == "contact.bad_value"
    with pytest.raises(InputError):
        MortarContact("c", slave, DeformableMaster(master, 1.0), ContactLaw(100.0, friction=-0.1))
    with pytest.raises(InputError):
        Foundation("f", slave, 0.0)


def test_foundation() -> None:
    slave, _ = blocks()
    u = moved(slave, (0.1, 0.0, 0.2))
    both, normal = Foundation("f", slave, 5.0), Foundation("g", slave, 5.0, "normal")
    assert both.facts(u, 1.0)["force_x_N"] == pytest.approx(-5 * 0.1 * 0.36)
    assert normal.facts(u, 1.0)["force_x_N"] == pytest.approx(0, abs=1e-12)
    assert normal.facts(u, 1.0)["force_z_N"] == pytest.approx(-5 * 0.2 * 0.36)
    assert both.facts(u, 1.0)["energy_mJ"] == pytest.approx(0.5 * 5 * 0.05 * 0.36)
    assert normal.evaluate(u, 1.0).force @ u == pytest.approx(5 * 0.04 * 0.36)


def test_bolt_between_two_springs() -> None:
    """A shank of 2 nodes (k 4 N/mm) in series with a joint of 1 N/mm, solved by hand each round."""
    area, k_bolt, k_joint = 3.0, 4.0, 1.0
    shank = Shank(np.array([area]), np.array([k_bolt]), area)
    bolt = PreloadedBolt("b", shank, 100.0)
    u, rounds = np.zeros(1), 0
    while True:
        u = -bolt.evaluate(u, 1.0).force / (k_bolt + k_joint)
        if bolt.augment(u, 1.0):
            break
        rounds += 1
    assert rounds <= 3
    assert bolt.section_force(u) == pytest.approx(100.0, rel=1e-6)
    assert k_joint * u[0] == pytest.approx(-100.0, rel=1e-6)
    bolt.commit(u, 1.0)
    pulled = (50.0 - bolt.evaluate(u, 1.0).force) / (k_bolt + k_joint)
    assert bolt.augment(pulled, 1.0)
    assert bolt.section_force(pulled) == pytest.approx(100 + 50 * k_bolt / (k_bolt + k_joint), rel=1e-6)
    again = PreloadedBolt("b", shank, 100.0)
    again.restore(bolt.state())
    assert again.section_force(pulled) == bolt.section_force(pulled)
    assert again.augment(pulled, 1.0)
    bolt.augment(pulled, 0.5)
    bolt.rollback()
    assert bolt.section_force(u) == pytest.approx(100.0, rel=1e-6)
    assert tightening_torque_Nmm(0.2, 1000.0, 5.0) == pytest.approx(1000.0)
    with pytest.raises(InputError):
        PreloadedBolt("b", shank, -1.0)
