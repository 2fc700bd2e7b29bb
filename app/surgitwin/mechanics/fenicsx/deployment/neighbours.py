"""Which deployments are alike, and how one starts from the state of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.mechanics.devices.problem import Deployment, Placement
from surgitwin.mechanics.devices.stack import ANGLES
from surgitwin.mechanics.devices.state import DeploymentState, numbering_of
from surgitwin.mechanics.devices.sweep import find_sections
from surgitwin.mechanics.fenicsx.deployment.coupled import Coupled

MOST_APART = 0.5
"""Numerical setting: a start is taken over when the rings stand at most this share of a device length
away."""


def unlikeness(a: Deployment, b: Deployment) -> float:
    """0 for the same; inf when one cannot start from the other. mm of shift, of diameter and of the wall's
    nodes count alike.
    """
    if a.wall.points_mm.shape != b.wall.points_mm.shape or len(a.device.rings) != len(b.device.rings):
        return float("inf")
    moved = float(np.linalg.norm(a.placement.origin_mm - b.placement.origin_mm, axis=1).max())
    if moved > MOST_APART * max(a.device.length_mm, b.device.length_mm):
        return float("inf")
    size = abs(a.device.nominal_diameter_mm - b.device.nominal_diameter_mm)
    if a.balloon_diameter_mm is not None and b.balloon_diameter_mm is not None:
        size = abs(a.balloon_diameter_mm - b.balloon_diameter_mm)
    other = 0.1 * (a.materials != b.materials or a.calcium != b.calcium)
    wall = 0.0
    if a.wall is not b.wall:
        wall = float(np.linalg.norm(a.wall.points_mm - b.wall.points_mm, axis=1).max())
    return moved + size + other + wall


def order_of(tasks: Sequence[Deployment]) -> list[int]:
    """All tasks, the most similar to one before it next (tasks of other walls when none is left)."""
    order = [0] if tasks else []
    left = set(range(1, len(tasks)))
    while left:
        best = min(left, key=lambda i: (min(unlikeness(tasks[i], tasks[k]) for k in order), i))
        order.append(best)
        left.remove(best)
    return order


def best_start(
    tasks: Sequence[Deployment], i: int, states: Mapping[int, DeploymentState]
) -> DeploymentState | None:
    """State of the most similar solved task, None when there is none that can be used."""
    found = [(unlikeness(tasks[i], tasks[k]), k) for k in states]
    apart, best = min(found, default=(float("inf"), -1))
    return states[best] if np.isfinite(apart) else None


def take_over(system: Coupled, start: DeploymentState) -> bool:
    """Put a neighbour's state into a system; False when its nodes or rings do not correspond, or its
    displacement would fold this wall.
    """
    mesh = system.task.wall
    if start.numbering != numbering_of(mesh) or len(start.ring_values) != system.stack.count:
        return False
    x = mesh.points_mm + start.displacement_mm
    if system.wall.forces(x)[2] <= 0:
        return False
    system.x = x
    # The neighbour's pressures, not those of its displacement: in a wall of other shape J would be far off.
    system.p = start.pressure_MPa.copy()
    system.c = _moved_rings(start, system.task.placement)
    return True


def _moved_rings(start: DeploymentState, placement: Placement) -> FloatArray:
    """Ring values at a new placement, read off the surface that the old rings sweep."""
    if np.array_equal(start.placement.origin_mm, placement.origin_mm):
        return start.ring_values.copy()
    turn = 2 * np.pi * np.arange(ANGLES) / ANGLES
    s = find_sections(start.placement, (np.inf, np.inf), placement.origin_mm)
    share = s.B[:, 4:].sum(1)[:, None]
    lower, upper = s.columns[:, 0] // ANGLES, s.columns[:, 4] // ANGLES
    values: FloatArray = (1 - share) * start.ring_values[lower] + share * start.ring_values[upper]
    # The new axis may lie beside the old one: shift the circles by it.
    offset = s.origin_mm - placement.origin_mm
    u, v = np.einsum("ij,ij->i", offset, placement.e1), np.einsum("ij,ij->i", offset, placement.e2)
    values += u[:, None] * np.cos(turn) + v[:, None] * np.sin(turn)
    return values
