"""Numerical checks of a solved model: what the computation says about its own error, as rows with limits."""

from __future__ import annotations

import basix
import numpy as np
import ufl

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.contact.mortar import MortarContact
from surgitwin.mechanics.fenicsx.runtime import compile_expression
from surgitwin.mechanics.fenicsx.solids.bulk import Bulk
from surgitwin.mechanics.fenicsx.solids.elastic_constants import elastic_constants
from surgitwin.mechanics.fenicsx.solids.part_locking import part_locking
from surgitwin.mechanics.fenicsx.solids.result import ModelResult
from surgitwin.mechanics.field_quality import relative_error
from surgitwin.mechanics.locking import NEARLY_INCOMPRESSIBLE, OSCILLATING
from surgitwin.mechanics.numerical_check import BALANCE_LIMIT, BALANCE_SOURCE, Check, judged


def model_checks(result: ModelResult, jacobians: dict[str, float]) -> list[Check]:
    """At the result's state. jacobians: worst scaled Jacobian of every part."""
    balance, limit = result.balance, result.model.stepping.tolerance
    residual = balance["rel_residual"]
    out = [
        Check("residual", "Residual", residual, "1", limit, judged(residual, limit),
              "Of the last iteration, against the largest of load and internal force.", "stepping.tolerance"),
        _balanced("force_balance", "Force balance", balance["force_imbalance"]),
        _balanced("moment_balance", "Moment balance", balance["moment_imbalance"]),
        _energy(result),
        _volume_ratio(result),
    ]  # fmt: skip
    for name, worst in jacobians.items():
        words = "Scaled Jacobian of the cells without load."
        out.append(
            Check("jacobian", f"Worst cell, {name}", worst, "1", 0.0, judged(worst, 0.0, least=True), words,
                  "a cell inside out", least=True)
        )  # fmt: skip
        out += [_locking(result, name), _error(result, name)]
    touching = [i.name for i in result.system.interactions if isinstance(i, MortarContact)]
    return out + [_penetration(result, name) for name in touching]


def _balanced(id_: str, title: str, value: float) -> Check:
    if not np.isfinite(value):
        words = "Not given: a foundation takes forces to the ground."
        return Check(id_, title, None, "1", BALANCE_LIMIT, "note", words, BALANCE_SOURCE)
    words = "Everything that acts from outside, against the sum of its sizes."
    return Check(id_, title, value, "1", BALANCE_LIMIT, judged(value, BALANCE_LIMIT), words, BALANCE_SOURCE)


def _energy(result: ModelResult) -> Check:
    """Half the work of loads, motions and reactions against what parts and ties store."""
    id_, title, system = "energy", "Energy balance", result.system
    forces, held = result.state.forces, result.system.constraints.prescribed
    assert forces is not None
    simple = system.linear and not system.thermal and not system.constraints.rigid_nodes
    if not simple or any(b.p is not None for b in system.assembly.bulks):
        words = "Only for linear models without heat, mixed form or rigid surfaces."
        return Check(id_, title, None, "1", BALANCE_LIMIT, "note", words, BALANCE_SOURCE)
    x = result.state.x
    work = float(x @ forces.external + x[held] @ forces.residual[held]) / 2
    stored = result.energy_mJ + float(x @ forces.coupling) / 2
    value = abs(work - stored) / abs(work) if work else abs(stored)
    words = f"Half the work from outside {work:.6g} mJ, stored {stored:.6g} mJ."
    return Check(id_, title, value, "1", BALANCE_LIMIT, judged(value, BALANCE_LIMIT), words, BALANCE_SOURCE)


def _volume_ratio(result: ModelResult) -> Check:
    id_, title = "volume_ratio", "Least volume ratio"
    if not result.model.large:
        return Check(id_, title, None, "1", 0.0, "note", "Small strain: cells keep their shape.", least=True)
    result.system.assembly.set(result.state.x)
    value = result.system.least_volume_ratio()
    words = "Deformed over undeformed volume at the worst point; at zero a cell turns inside out."
    return Check(id_, title, value, "1", 0.0, "ok" if value > 0 else "bad", words, "det F > 0", least=True)


def _locking(result: ModelResult, name: str) -> Check:
    found, part = part_locking(result, name), result.model.part(name)
    near = float(elastic_constants(part)[0].max()) >= NEARLY_INCOMPRESSIBLE
    words = " ".join(found.findings) or "The pressure's jumps between cells, by the stress; no locking seen."
    bad = found.locked or found.stiff
    return Check("locking", f"Locking, {name}", found.oscillation, "1", OSCILLATING if near or bad else None,
                 "bad" if bad else "ok" if near else "note", words,
                 "numerical setting, measured on sound and locked meshes" if near or bad else "")  # fmt: skip


def _error(result: ModelResult, name: str) -> Check:
    id_, title = "discretisation", f"Estimated mesh error, {name}"
    stored, error = part_error(result, name)
    words = (
        "Energy norm of the cells' stress against its mean at nodes, by material (Zienkiewicz and Zhu 1987)"
    )
    if result.model.large:
        words += ", with the stiffness without load"
    return Check(id_, title, relative_error(stored, error), "1", None, "note", f"{words}.")


def part_error(result: ModelResult, name: str) -> tuple[float, float]:
    """(mJ, mJ) energy of a part's stress, and of its difference to the stress averaged at the nodes
    among cells of one material (`Recovery.smoothed`).

    With the isotropic compliance of the part without load.
    """
    assembly = result.system.assembly
    assembly.set(result.state.x)
    bulk = assembly.bulk(name, "error estimate")
    nu, modulus = (v[bulk.space.cell_order][:, None] for v in elastic_constants(bulk.space.part))
    weights, shape = _points(bulk)
    found, spread = (np.einsum("qk,mkij->mqij", shape, s) for s in result.part(name).recovery.stress_spread())
    stored, error = (
        float((weights * ((1 + nu) * (s**2).sum(axis=(2, 3)) - nu * np.trace(s, axis1=2, axis2=3) ** 2)
               / (2 * modulus)).sum())
        for s in (found, spread)
    )  # fmt: skip
    return stored, error


def _points(bulk: Bulk) -> tuple[FloatArray, FloatArray]:
    """(m, q) mm3 and (q, k) shape functions of the stress at points that integrate its square."""
    space = bulk.space
    kind = basix.CellType[space.part.mesh.cell]
    points, weights = basix.make_quadrature(kind, 2 * space.part.degree)
    cells = np.arange(len(space.cell_order), dtype=np.int32)
    density = abs(ufl.JacobianDeterminant(space.domain)) * bulk.kinematics.weight
    size = compile_expression(density, points).eval(space.domain, cells).reshape(-1, len(weights))
    element = space.V.element.basix_element
    return size * weights, element.tabulate(0, points)[0, :, :, 0]


def _penetration(result: ModelResult, name: str) -> Check:
    value = result.coupling_facts(name)["max_penetration_mm"]
    words = "Deepest overlap left where surfaces press on each other."
    return Check("penetration", f"Penetration, {name}", value, "mm", None, "note", words)
