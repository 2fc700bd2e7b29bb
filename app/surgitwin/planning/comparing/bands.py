"""Bands: how far a metric moves when the uncertain inputs vary, one at a time.

Varied are the bone's modulus (0.8 and 1.2) and, when the image does not show them, head centre and
torsion. Each input is varied alone; a band is the span of all values, not a joint worst case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from surgitwin.core.metric import MetricValue
from surgitwin.mechanics.problem import Bone, Solution

AT_ONCE = 2
"""Numerical setting: measurements at a time; each needs some hundred MB on a real femur."""

Key = tuple[str, str, str, str]
Measure = Callable[[Solution, Solution, float], list[MetricValue]]
"""(solution, intact solution of the same loads, modulus factor) -> metrics."""


def banded(
    nominal: Solution,
    intact: Solution,
    by_factor: Mapping[float, Solution],
    measure: Measure,
    with_load: Mapping[str, str],
) -> list[MetricValue]:
    """Metrics of the nominal loads with their bands.

    by_factor: solutions with the modulus scaled. with_load: metric id -> how it follows a proportional
    load (`MetricDefinition.with_load`). A load that is a multiple of another takes that one's variants
    in proportion; a metric that follows the load in neither way has no band there.
    """
    plain, varied = split(nominal)
    whole, whole_varied = split(intact)
    # Side by side: numpy lets threads run while it computes.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        first = pool.submit(measure, plain, whole, 1.0)
        second = pool.submit(measure, varied, whole_varied, 1.0) if varied.loads else None
        factors = [pool.submit(measure, s, scaled(whole, f), f) for f, s in by_factor.items()]
    values = first.result()
    others: dict[Key, list[float]] = defaultdict(list)
    for m in (m for future in factors for m in future.result()):
        if m.value is not None:
            others[m.key].append(m.value)
    unknown: set[Key] = set()
    if second is not None:
        derived = nominal.facts.get("derived_from") or {}
        for m in second.result():
            if m.value is None:
                continue
            base = m.load_case.split("|")[0]
            others[(m.id, m.part, base, m.healing)].append(m.value)
            for load, factor in _multiples(derived, base).items():
                key = (m.id, m.part, load, m.healing)
                follows = with_load.get(m.id, "")
                if follows:
                    others[key].append(m.value * factor if follows == "proportional" else m.value)
                else:
                    unknown.add(key)
    return [m if m.key in unknown else m.with_band(others[m.key]) for m in values]


def _multiples(derived: Mapping[str, Mapping[str, float]], base: str) -> dict[str, float]:
    """Load case -> factor, of the loads that are a multiple of `base` alone."""
    return {load: parts[base] for load, parts in derived.items() if set(parts) == {base} and "|" not in load}


def split(solution: Solution) -> tuple[Solution, Solution]:
    """The same solution with its loads as they are, and with their variants ("load|what")."""
    plain = tuple(s for s in solution.loads if "|" not in s.name)
    varied = tuple(s for s in solution.loads if "|" in s.name)
    return replace(solution, loads=plain), replace(solution, loads=varied)


def scaled_bone(bone: Bone, factor: float) -> Bone:
    """The bone with every modulus times `factor` but the gap's, as the solver scales it."""
    if factor == 1.0:
        return bone
    gap = np.isin(bone.mesh.part, [k for k, name in bone.mesh.names.items() if name == "gap"])
    scale = np.where(gap, 1.0, factor)[:, None]
    return replace(bone, modulus_MPa=bone.modulus_MPa * scale)


def scaled(intact: Solution, factor: float) -> Solution:
    """The intact solution for every modulus times `factor`: displacements divided by it, exactly."""
    loads = tuple(
        replace(
            s,
            bone_displacement_mm=s.bone_displacement_mm / factor,
            remote_displacement_mm=s.remote_displacement_mm / factor,
            remote_rotation_rad=s.remote_rotation_rad / factor,
            energy_mJ=s.energy_mJ / factor,
        )
        for s in intact.loads
    )
    return replace(intact, loads=loads)
