"""Tables of the report's later pages: forces of each load in the bone's directions, solver runs in ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.frame import Frame, Side, frame_to_anatomical
from surgitwin.report.summary import load_order
from surgitwin.report.words import number

HIP = "hip, at the head centre"
"""Place of a load's own force; `others` name theirs as "patch"."""


@dataclass(frozen=True)
class Force:
    """One force of a load. components_N: medial, anterior, proximal. percent_bw: None when it was not set by
    body weight. point_mm: LPS."""

    place: str
    components_N: tuple[float, ...]
    size_N: float
    percent_bw: float | None
    point_mm: tuple[float, ...]


@dataclass(frozen=True)
class LoadApplied:
    """A load case with every force of it, and the plans that it acts on."""

    name: str
    plans: tuple[str, ...]
    forces: tuple[Force, ...]


def loads_applied(compare: Mapping[str, Any], frame: Frame, side: Side) -> tuple[LoadApplied, ...]:
    """Every different load once, in the order of `load_order`; forces in the directions of `frame`."""
    found: dict[tuple[str, tuple[Force, ...]], list[str]] = {}
    for plan in compare["plans"]:
        for load in plan["loads"]:
            parts = [{**load, "patch": HIP}, *load.get("others", ())]
            weight = load["body_weight_N"]
            forces = tuple(_force(part, weight, frame, side) for part in parts)
            found.setdefault((load["name"], forces), []).append(plan["name"])
    order = load_order(compare)
    out = [LoadApplied(name, tuple(plans), forces) for (name, forces), plans in found.items()]
    return tuple(sorted(out, key=lambda x: order.index(x.name)))


def _force(part: Mapping[str, Any], weight_N: float | None, frame: Frame, side: Side) -> Force:
    """A force from its JSON entry; values to 0.1, so that equal loads compare equal."""
    components = frame_to_anatomical(frame.vector_from_lps(part["vector_N"]), side)
    size = float(np.linalg.norm(components))
    share = 100 * size / weight_N if weight_N else None
    return Force(
        part["patch"],
        tuple(round(float(v), 1) for v in components),
        round(size, 1),
        None if share is None else round(share, 1),
        tuple(round(float(v), 1) for v in part["point_mm"]),
    )


@dataclass(frozen=True)
class SolverRow:
    """The runs of one plan: ranges over its loads as text, and the largest residual and imbalances."""

    plan: str
    loads: int
    unknowns: str
    solver: str
    iterations: str
    residual: float
    force_imbalance: float
    moment_imbalance: float
    seconds: str
    memory_MB: str


def solver_rows(runs: Sequence[Mapping[str, Any]]) -> tuple[SolverRow, ...]:
    """One row per plan, in the order of first appearance."""
    out = []
    for plan in dict.fromkeys(r["plan"] for r in runs):
        mine = [r for r in runs if r["plan"] == plan]
        out.append(
            SolverRow(
                plan,
                len(mine),
                _range([r["dofs"] for r in mine]),
                ", ".join(dict.fromkeys(r["solver"] for r in mine)),
                _range([r["iterations"] for r in mine]),
                max(r["rel_residual"] for r in mine),
                max(force_imbalance(r) for r in mine),
                max(r["moment_imbalance"] for r in mine),
                _range([r["wall_s"]["total"] for r in mine]),
                _range([r["peak_rss_MB"] for r in mine]),
            )
        )
    return tuple(out)


def force_imbalance(run: Mapping[str, Any]) -> float:
    """|applied + reaction| / |applied| of one run."""
    applied, reaction = np.asarray(run["applied_N"], float), np.asarray(run["reaction_N"], float)
    return float(np.linalg.norm(applied + reaction) / np.linalg.norm(applied))


def _range(values: Sequence[float]) -> str:
    """Lowest to highest as text, one number when both read the same."""
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"
