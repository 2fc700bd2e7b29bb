"""The tangent of every contact is the derivative of its force: finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contact_cases import chain, sheet, tangent_error

from surgitwin.mechanics.contact.facets import DeformableMaster, RigidFacets
from surgitwin.mechanics.contact.mortar import SLIP, STICK, MortarContact
from surgitwin.mechanics.contact.motion import RigidMotion
from surgitwin.mechanics.contact.rigid import RigidSurface
from surgitwin.mechanics.contact.surface import Surface
from surgitwin.mechanics.contact.weighted import ContactLaw

TOLERANCE = 2e-7


def bent(points: Any) -> Any:
    """A curved sheet, so that normals and projections change."""
    out = points.copy()
    out[:, -1] += 0.15 * out[:, 0] ** 2
    if points.shape[1] == 3:
        out[:, -1] -= 0.1 * out[:, 0] * out[:, 1]
    return out


def two_surfaces(kind: str, depth: float = 0.01, axisymmetric: bool = False) -> tuple[Surface, Surface]:
    """Slave above, master below, penetrating by about `depth`; the slave lies inside the master's edge."""
    if kind.startswith("line"):
        top, upper = chain(kind, 3)
        low, lower = chain(kind, 2)
    else:
        top, upper = sheet(kind, 2, 2)
        low, lower = sheet(kind, 1, 2)
    top[:, :-1] = 0.2 + 0.6 * top[:, :-1]
    top, low = bent(top), bent(low)
    top[:, -1] -= depth
    X = np.vstack([top, low])
    X[:, 0] += 1.0
    return (
        Surface(upper[:, REVERSE[kind]], kind, X, axisymmetric),
        Surface(lower + len(top), kind, X, axisymmetric),
    )


REVERSE = {
    "line2": [1, 0], "line3": [1, 0, 2], "tri3": [0, 2, 1], "tri6": [0, 2, 1, 5, 4, 3],
    "quad4": [0, 3, 2, 1], "quad9": [0, 3, 2, 1, 7, 6, 5, 4, 8],
}  # fmt: skip


def pressed(contact: MortarContact, size: int, seed: int = 1) -> Any:
    """A displacement with all corners closed, after one augmentation, so that the multipliers count."""
    u = 1e-3 * np.random.default_rng(seed).standard_normal(size)
    contact.augment(u, 1.0)
    assert (contact.pressure(u, 1.0)[1] > 0).all()
    return u


@pytest.mark.parametrize("kind", ["line2", "line3", "tri3", "tri6", "quad4", "quad9"])
@pytest.mark.parametrize("sliding", ["small", "finite"])
def test_deformable_master(kind: str, sliding: str) -> None:
    slave, master = two_surfaces(kind)
    contact = MortarContact("c", slave, DeformableMaster(master, 0.2, sliding), ContactLaw(100.0), level=0)
    u = pressed(contact, slave.X.size)
    assert tangent_error(contact, u) < TOLERANCE
    tangent = contact.evaluate(u, 1.0).tangent
    assert abs(tangent - tangent.T).max() < 1e-9 * abs(tangent).max()


def test_the_curvature_counts() -> None:
    """Without the change of normal and projection the finite-sliding tangent would be wrong."""
    slave, master = two_surfaces("tri6")
    contact = MortarContact("c", slave, DeformableMaster(master, 0.2, "finite"), ContactLaw(100.0), level=0)
    u = pressed(contact, slave.X.size)
    s = contact.look(u, 1.0)
    part = s.meeting.curvature(s.weight * (contact.points.interpolate @ s.pressure))
    assert abs(part).max() > 100 * TOLERANCE * abs(contact.evaluate(u, 1.0).tangent).max()


def test_axisymmetric() -> None:
    slave, master = two_surfaces("line3", axisymmetric=True)
    contact = MortarContact("c", slave, DeformableMaster(master, 0.2, "finite"), ContactLaw(100.0))
    assert contact.points.weight.sum() == pytest.approx(2 * np.pi * 1.5 * 0.6, rel=0.02)
    assert tangent_error(contact, pressed(contact, slave.X.size)) < TOLERANCE


SHAPES = {
    "plane": RigidSurface("plane", (1.5, 0.5, 0.11), (0.1, 0.05, 1.0)),
    "cylinder": RigidSurface("cylinder", (1.5, 0.5, -0.9), (0.0, 1.0, 0.1), 1.0, growth_mm=0.05),
    "hole": RigidSurface("cylinder", (1.5, 0.5, 1.0), (0.0, 1.0, 0.0), 0.95, inside=True),
    "sphere": RigidSurface("sphere", (1.5, 0.5, -0.8), radius_mm=1.0),
    "torus": RigidSurface("torus", (0.7, 0.5, -0.3), (0.0, 0.1, 1.0), 0.45, ring_mm=0.8),
}


@pytest.mark.parametrize(
    ("shape", "kind"), [(s, k) for s in SHAPES for k in ("line3", "tri6") if (s, k) != ("torus", "line3")]
)
@pytest.mark.parametrize("friction", [0.0, 0.3])
def test_analytic_rigid(shape: str, kind: str, friction: float) -> None:
    slave, _ = two_surfaces(kind)
    rigid = SHAPES[shape]
    if kind == "line3":
        point = (rigid.point_mm[0], rigid.point_mm[2])
        rigid = RigidSurface(
            rigid.kind, point, (0.1, 1.0), rigid.radius_mm, rigid.inside, rigid.growth_mm,
            motion=RigidMotion((0.01, 0.0), (0.02,), (1.0, 0.0)),
        )  # fmt: skip
    contact = MortarContact("c", slave, rigid, ContactLaw(100.0, friction=friction), level=0)
    u = 1e-3 * np.random.default_rng(2).standard_normal(slave.X.size)
    contact.augment(u, 1.0)
    assert (contact.status(u, 1.0) > 0).any()
    assert tangent_error(contact, u) < TOLERANCE


def test_rigid_facets() -> None:
    slave, master = two_surfaces("tri6")
    rigid = RigidFacets(master, 0.2, RigidMotion((0.0, 0.0, 0.02), (0.0, 0.05, 0.0), (1.5, 0.5, 0.0)))
    contact = MortarContact("c", slave, rigid, ContactLaw(100.0, friction=0.2), level=0)
    u = pressed(contact, slave.X.size)
    assert tangent_error(contact, u) < TOLERANCE
    force = contact.evaluate(u, 1.0).force.reshape(-1, 3)
    assert not force[master.nodes.ravel()].any()


@pytest.mark.parametrize("kind", ["line3", "tri6", "quad9"])
@pytest.mark.parametrize("sliding", ["small", "finite"])
@pytest.mark.parametrize(("shift", "status"), [(1e-5, STICK), (0.05, SLIP)])
def test_coulomb(kind: str, sliding: str, shift: float, status: int) -> None:
    slave, master = two_surfaces(kind)
    law = ContactLaw(100.0, friction=0.4)
    contact = MortarContact("c", slave, DeformableMaster(master, 0.2, sliding), law, level=0)
    u = 0.02 * shift * np.random.default_rng(3).standard_normal(slave.X.size)
    u.reshape(slave.X.shape)[np.unique(slave.nodes), 0] += shift
    assert (contact.status(u, 1.0) == status).all()
    assert tangent_error(contact, u) < TOLERANCE
    contact.augment(u, 1.0)
    assert tangent_error(contact, u) < TOLERANCE
    contact.commit(u, 1.0)
    u.reshape(slave.X.shape)[np.unique(slave.nodes), 0] += shift
    assert tangent_error(contact, u) < TOLERANCE
