"""Which load cases must be solved: the rest are exact combinations of them (the problem is linear)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surgitwin.core.arrays import FloatArray

SAME_LOAD = 1e-12
"""A load counts as a combination of others when what is left of its vector is below this part."""


@dataclass(frozen=True, eq=False)
class LoadBasis:
    """independent: numbers of the cases to solve. coefficients (cases, independent): every case from
    those. derived_from: case name -> {name of solved case: factor}, for the cases not solved."""

    independent: list[int]
    coefficients: FloatArray
    derived_from: dict[str, dict[str, float]]


def load_basis(names: list[str], forces: list[FloatArray]) -> LoadBasis:
    """Choose independent load vectors, in the order given."""
    chosen: list[int] = []
    rows: list[FloatArray] = []
    for k, force in enumerate(forces):
        f = force.ravel()
        fit = np.zeros(0)
        rest = f
        if chosen:
            basis = np.stack([forces[i].ravel() for i in chosen], axis=1)
            scale = np.linalg.norm(basis, axis=0)
            fit = np.linalg.lstsq(basis / scale, f, rcond=None)[0] / scale
            rest = f - basis @ fit
        if np.linalg.norm(rest) <= SAME_LOAD * np.linalg.norm(f):
            rows.append(np.where(np.abs(fit) > SAME_LOAD, fit, 0.0))
        else:
            chosen.append(k)
            rows.append(np.eye(len(chosen))[-1])
    coefficients = np.zeros((len(forces), len(chosen)))
    for k, row in enumerate(rows):
        coefficients[k, : len(row)] = row
    derived = {
        names[k]: {names[i]: float(c) for i, c in zip(chosen, coefficients[k], strict=True) if c}
        for k in range(len(forces))
        if k not in chosen
    }
    return LoadBasis(chosen, coefficients, derived)


def every_load(names: list[str]) -> LoadBasis:
    """Every case solved on its own: where the problem is not linear none follows from others."""
    return LoadBasis(list(range(len(names))), np.eye(len(names)), {})
