"""The initial stress of a preloaded bolt in its part: what it adds to stress and energy."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.runtime import compile_form
from surgitwin.mechanics.fenicsx.solids.kinematics import Kinematics
from surgitwin.mechanics.fenicsx.solids.space import PartSpace


class InitialStress:
    """Stress s (a x a) of present size s in some cells of an isotropic part of Young's modulus E_MPa (UFL).

    u: the part's displacement Function. axis (3,): unit vector a. cells: in the part's own order. dx: UFL
    measure over these cells.
    """

    def __init__(
        self, space: PartSpace, u: Any, cells: IntArray, axis: FloatArray, E_MPa: Any, dx: Any
    ) -> None:
        self._u = u
        self._size = fem.Constant(space.domain, 0.0)
        self._axis = fem.Constant(space.domain, axis)
        self._inside = fem.Function(fem.functionspace(space.domain, ("DG", 0)))
        self._inside.x.array[np.argsort(space.cell_order)[np.asarray(cells)]] = 1.0
        self._E, self._dx = E_MPa, dx
        self._kinematics = Kinematics(space)

    def set(self, size_MPa: float) -> None:
        """Give s its present size."""
        self._size.value = size_MPa

    @property
    def tensor(self) -> Any:
        """UFL 3x3 stress, MPa; zero outside the cells."""
        return self._size * self._inside * ufl.outer(self._axis, self._axis)

    def energy_mJ(self) -> float:
        """What the initial stress adds to the energy of the strain of u: with both, the energy of the whole
        stress, int (C e + s) : C^-1 (C e + s) / 2, measured from the shank's shorter natural length.
        """
        return float(fem.assemble_scalar(self._energy_form).real)

    @cached_property
    def _energy_form(self) -> Any:
        strain = ufl.dot(self._axis, ufl.dot(self._kinematics.gradient(self._u), self._axis))
        density = self._size * strain + self._size**2 / (2 * self._E)
        return compile_form(density * self._kinematics.weight * self._dx)
