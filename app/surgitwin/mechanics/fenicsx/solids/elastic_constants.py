"""Young's modulus and Poisson's ratio of a part's cells at small strain, whatever their law."""

from __future__ import annotations

import numpy as np

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.mechanics.fenicsx.laws.material_point import MaterialPoints
from surgitwin.mechanics.fenicsx.laws.registry import LAWS
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.part import Part

OWN_NAMES = {"nitinol": ("E_austenite_MPa", "nu_austenite")}
"""Laws whose two constants have other names than E_MPa and nu."""


def elastic_constants(part: Part) -> tuple[FloatArray, FloatArray]:
    """(m,) Poisson's ratio and (m,) Young's modulus, MPa, in the part's own cell order.

    Anisotropic laws give the constants of the isotropic stiffness nearest to theirs without load.
    """
    count = len(part.mesh.cells)
    nu, modulus = np.full(count, np.nan), np.full(count, np.nan)
    for name, material in part.materials.items():
        cells = part.mesh.cell_sets[name] if name else np.arange(count)
        e_name, nu_name = OWN_NAMES.get(material.law, ("E_MPa", "nu"))
        if {e_name, nu_name} <= set(material.parameters):
            modulus[cells] = _of_cells(material.parameters[e_name], cells)
            nu[cells] = _of_cells(material.parameters[nu_name], cells)
        else:
            nu[cells], modulus[cells] = nearest_isotropic(material)
    return nu, modulus


def nearest_isotropic(material: Material) -> tuple[float, float]:
    """Poisson's ratio and Young's modulus of a law of `fenicsx.laws` without load; of cell-wise parameters
    the mean. 0.5 for an incompressible one.
    """
    law = LAWS[material.law]
    mean = {name: float(np.mean(value)) for name, value in material.parameters.items()}
    axes = [np.eye(3)[k % 3] for k in range(law.fibres)]  # the nearest isotropic one does not depend on them
    point = MaterialPoints(law, mean, 1, axes, small=not law.large)
    state = point.evaluate(np.eye(3)[None], tangent=True)
    assert state.tangent is not None
    C = state.tangent[0]
    symmetric = (C + C.transpose(1, 0, 2, 3) + C.transpose(0, 1, 3, 2) + C.transpose(1, 0, 3, 2)) / 4.0
    bulk = float(np.einsum("iikk", C)) / 9.0
    shear = (float(np.einsum("ijij", symmetric)) - 3.0 * bulk) / 10.0
    if point.incompressible:
        return 0.5, 3.0 * shear
    return (3 * bulk - 2 * shear) / (2 * (3 * bulk + shear)), 9 * bulk * shear / (3 * bulk + shear)


def _of_cells(value: float | FloatArray, cells: IntArray) -> FloatArray:
    """A number, (m,) or (m, q) as one value for each of `cells`."""
    array = np.asarray(value, float)
    if array.ndim == 0:
        return np.full(len(cells), float(array))
    chosen: FloatArray = array[cells]
    return chosen if chosen.ndim == 1 else chosen.mean(axis=1)
