"""The whole problem."""

from __future__ import annotations

from dataclasses import dataclass, field

from surgitwin.mechanics.model.couplings import Bolt, Contact, Foundation, Tie
from surgitwin.mechanics.model.loads import Load
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.steps import LinearSolver, Step, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion


@dataclass(frozen=True, eq=False)
class Model:
    """Parts of one dimension, and everything that acts on them. Units N, mm, MPa.

    large: finite deformation (total Lagrangian); False: small strain, one linear solve when no coupling
    and no history law is in it.
    """

    name: str
    parts: tuple[Part, ...]
    supports: tuple[Fixed | Motion, ...] = ()
    loads: tuple[Load, ...] = ()
    ties: tuple[Tie, ...] = ()
    contacts: tuple[Contact, ...] = ()
    foundations: tuple[Foundation, ...] = ()
    bolts: tuple[Bolt, ...] = ()
    steps: tuple[Step, ...] = ()
    stepping: Stepping = field(default_factory=Stepping)
    linear: LinearSolver = field(default_factory=LinearSolver)
    outputs: tuple[Output, ...] = ()
    large: bool = False

    def part(self, name: str) -> Part:
        """The part called `name`; KeyError when there is none."""
        return {p.name: p for p in self.parts}[name]
