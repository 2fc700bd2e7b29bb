"""Ties, contacts, foundations and bolts of a model as interactions on its displacement nodes."""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.contact.bolt import PreloadedBolt
from surgitwin.mechanics.contact.facets import DeformableMaster
from surgitwin.mechanics.contact.foundation import Foundation
from surgitwin.mechanics.contact.interaction import Interaction
from surgitwin.mechanics.contact.mortar import MortarContact
from surgitwin.mechanics.contact.motion import RigidMotion
from surgitwin.mechanics.contact.obstacle import Obstacle
from surgitwin.mechanics.contact.rigid import RigidSurface
from surgitwin.mechanics.contact.shapes import Kind
from surgitwin.mechanics.contact.surface import Surface
from surgitwin.mechanics.contact.tie import PenaltyTie
from surgitwin.mechanics.contact.weighted import ContactLaw
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.fenicsx.solids.shank import bulk_volume, make_shank
from surgitwin.mechanics.model.couplings import Contact, RigidShape, Side, Tie
from surgitwin.mechanics.model.model import Model

SEARCH_SHARE = 0.1
"""Default search distance and tie distance, as a part of the slave surface's size (numerical setting)."""
PLANE_NAMES = {"line": "plane", "circle": "sphere"}
"""Names of plane shapes, and the shapes whose section they are."""
SLIDING = ("small", "finite")


def interactions(model: Model, assembly: Assembly) -> list[Interaction]:
    """One for each coupling of the model, in the order ties, contacts, foundations, bolts.

    Raises InputError for unknown parts, surfaces, kinds and values.
    """
    make = _Maker(model, assembly)
    out: list[Interaction] = [make.tie(t) for t in model.ties]
    out += [make.contact(c) for c in model.contacts]
    out += [
        Foundation(f.name, make.surface(f.side, f.name), f.stiffness_N_per_mm3, f.direction)
        for f in model.foundations
    ]
    return out + [
        PreloadedBolt(b.name, make_shank(b, assembly, model.large), b.preload_N) for b in model.bolts
    ]


class _Maker:
    """Surfaces and stiffnesses of an assembly, each computed once."""

    def __init__(self, model: Model, assembly: Assembly) -> None:
        self._model, self._assembly = model, assembly
        self.modulus = cache(self._modulus)

    def surface(self, side: Side, where: str) -> Surface:
        """The facets of one side."""
        nodes, kind = self._assembly.surface(side.part, side.on, where)
        part = self._assembly.bulk(side.part, where).space.part
        thickness = part.thickness_mm if part.kinematics.startswith("plane") else 1.0
        ring = part.kinematics == "axisymmetric"
        return Surface(nodes, cast(Kind, kind), self._assembly.points_mm, ring, thickness)

    def tie(self, tie: Tie) -> PenaltyTie:
        """A tie with the modulus of its softer side."""
        slave, master = self.surface(tie.slave, tie.name), self.surface(tie.master, tie.name)
        modulus = min(self.modulus(tie.slave.part), self.modulus(tie.master.part))
        reach = _reach(slave) if tie.distance_mm is None else tie.distance_mm
        return PenaltyTie(tie.name, slave, master, modulus, tie.factor, reach)

    def contact(self, contact: Contact) -> MortarContact:
        """A contact with a surface or a rigid shape."""
        if contact.sliding not in SLIDING:
            raise InputError(
                "model.sliding",
                f"The contact {contact.name!r} slides {contact.sliding!r}.",
                hint=f"Known: {', '.join(SLIDING)}.",
                where=contact.name,
            )
        slave = self.surface(contact.slave, contact.name)
        modulus = self.modulus(contact.slave.part)
        obstacle: Obstacle
        if isinstance(contact.master, RigidShape):
            obstacle = _rigid(contact.master, slave.dim)
        else:
            modulus = min(modulus, self.modulus(contact.master.part))
            reach = _reach(slave) if contact.search_mm is None else contact.search_mm
            master = self.surface(contact.master, contact.name)
            obstacle = DeformableMaster(master, reach, contact.sliding)
        law = ContactLaw(
            modulus,
            contact.penalty_factor,
            contact.friction,
            contact.interference_mm,
            contact.penetration_mm,
            current_area=self._model.large,
        )
        return MortarContact(contact.name, slave, obstacle, law)

    def _modulus(self, part: str) -> float:
        """Mean stiffness of a part at rest against stretching at constant volume (E = 3 G), MPa.

        Measured on the tangent with exact fields of uniform strain, so that it holds for every law.
        """
        bulk = self._assembly.bulk(part, part)
        x, d = bulk.space.points_mm, bulk.space.dimension
        bulk.u.x.array[:] = 0.0
        K = bulk.tangent()[: x.size, : x.size]
        fields = [_stretch(x, k, bulk.kinematics.kind) for k in range(1 if d == 2 else 3)]
        energy = float(np.mean([f @ (K @ f) for f in fields]))
        return 3 * energy / (_SHEAR[d, bulk.kinematics.kind == "axisymmetric"] * bulk_volume(bulk))


_SHEAR = {(3, False): 3.0, (2, True): 3.0, (2, False): 4.0}
"""Twice the energy per volume and shear modulus of the fields of `_stretch`: 2 |eps|^2."""


def _stretch(x: FloatArray, axis: int, kind: str) -> FloatArray:
    """(n d,) displacement of unit stretch along an axis at constant volume."""
    d = x.shape[1]
    if kind == "axisymmetric":
        return np.ravel(x * np.array([-0.5, 1.0]))
    factor = np.full(d, -1 / (d - 1))
    factor[axis] = 1.0
    return np.ravel(x * factor)


def _reach(surface: Surface) -> float:
    points = surface.X[np.unique(surface.nodes)]
    return SEARCH_SHARE * float(np.linalg.norm(np.ptp(points, axis=0)))


def _rigid(shape: RigidShape, d: int) -> RigidSurface:
    motion = RigidMotion(tuple(np.asarray(shape.translation_mm, float)[:d]))
    return RigidSurface(
        PLANE_NAMES.get(shape.kind, shape.kind),
        shape.point_mm,
        shape.direction,
        shape.radius_mm,
        shape.inside,
        shape.growth_mm,
        motion=motion,
    )
