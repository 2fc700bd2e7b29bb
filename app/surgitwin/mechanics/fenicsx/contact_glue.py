"""Free surfaces that are bonded to bone: further points of an implant's tie."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from surgitwin.core.mesh import TetMesh
from surgitwin.mechanics.bone_contact import point_pairs
from surgitwin.mechanics.fenicsx.tie import Tie
from surgitwin.mechanics.locate import CellLocator
from surgitwin.mechanics.problem import ContactSettings, ContactSurface


def with_glue(
    tie: Tie, surface: ContactSurface, implant: TetMesh, bone: TetMesh, locator: CellLocator,
    contact: ContactSettings,
) -> Tie:  # fmt: skip
    """The tie of an implant with the points of `surface` that lie within `glue_mm` of bone at rest."""
    pairs = point_pairs(surface, implant, bone)
    near = np.flatnonzero(pairs.clearance_mm <= contact.glue_mm)
    count = len(bone.points_mm)
    jump, cell = pairs.jump[near], pairs.cell[near]
    return Tie(
        sp.vstack([tie.bone_shape, -jump[:, :count]]).tocsr(),
        sp.vstack([tie.implant_shape, jump[:, count:]]).tocsr(),
        np.concatenate([tie.cell, cell]),
        np.concatenate([tie.weight_mm, contact.factor / locator.size_mm[cell] * pairs.weight_mm2[near]]),
        np.vstack([tie.points_mm, bone.points_mm[bone.corners[cell]].mean(axis=1)]),
    )
