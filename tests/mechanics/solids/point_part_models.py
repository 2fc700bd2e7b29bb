"""Models with history laws that the tests of point parts share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.mesh import PartMesh
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.shapes import ring
from surgitwin.mechanics.model.steps import Step, Stepping
from surgitwin.mechanics.model.supports import At, Fixed, Motion

J2 = Material("j2", {"E_MPa": 200e3, "nu": 0.3, "yield_MPa": 250.0, "hardening_MPa": 2000.0})
PERFECT = Material("j2", {"E_MPa": 200e3, "nu": 0.3, "yield_MPa": 250.0})


def bar(
    mesh: PartMesh, material: Material, strains: Sequence[float], *, large: bool = False, first: float = 1.0
) -> Model:
    """A bar along z whose end face z1 moves so that its engineering strain goes through `strains`."""
    length = float(mesh.points_mm[:, 2].max())
    steps = tuple(Step(f"s{k}", {"pull": strain}) for k, strain in enumerate(strains))
    return Model(
        "bar",
        (Part("bar", mesh, material),),
        supports=(
            Fixed("bottom", "bar", "z0", "z"),
            Fixed("left", "bar", At(x=0.0), "x"),
            Fixed("front", "bar", At(y=0.0), "y"),
            Motion("pull", "bar", "z1", "z", translation_mm=(0.0, 0.0, length)),
        ),
        steps=steps,
        stepping=Stepping(first=first),
        large=large,
    )


def sphere(pressure_MPa: float, counts: tuple[int, int], first: float = 0.25) -> Model:
    """Elastic-perfectly plastic hollow sphere 10/20 mm under inner pressure, axisymmetric quarter."""
    from surgitwin.mechanics.model.loads import Pressure

    return Model(
        "sphere",
        (Part("sphere", ring(10.0, 20.0, counts), PERFECT, kinematics="axisymmetric"),),
        supports=(Fixed("axis", "sphere", At(x=0.0), "x"), Fixed("equator", "sphere", At(y=0.0), "y")),
        loads=(Pressure("p", "sphere", "x0", pressure_MPa, follower=False),),
        stepping=Stepping(first=first, growth=1.0),
    )


def hill_sphere(c: float, a: float = 10.0, b: float = 20.0, Y: float = 250.0) -> float:
    """Inner pressure that brings the plastic front of a perfectly plastic sphere to radius c (Hill 1950)."""
    return float(2 * Y * np.log(c / a) + 2 * Y / 3 * (1 - c**3 / b**3))
