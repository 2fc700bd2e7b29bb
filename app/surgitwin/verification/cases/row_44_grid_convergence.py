"""Observed order, extrapolated value and grid convergence index of three meshes.

Three values on meshes with a ratio of 2, as a three-mesh study of the planner would give them. The routine
is the one behind that study. The wrong input reads the middle value wrongly.
"""

from __future__ import annotations

from surgitwin.mechanics.grid_convergence import gci
from surgitwin.verification.case import Case, Measured

FINE, MIDDLE, COARSE = 0.97050, 0.96854, 0.96178
UNREACHED = float("nan")


def run(wrong: bool) -> dict[str, Measured]:
    """The study, fine to coarse."""
    middle = MIDDLE + 0.0005 if wrong else MIDDLE
    found = gci(FINE, middle, COARSE, 1.0, 2.0, 4.0)
    numbers = {
        "44a": found.order,
        "44b": found.extrapolated,
        "44c": None if found.gci_fine is None else 100 * found.gci_fine,
        "44d": None if found.gci_coarse is None else 100 * found.gci_coarse,
        "44e": found.asymptotic_ratio,
    }
    return {name: Measured(UNREACHED if v is None else v) for name, v in numbers.items()}


CASE = Case("44", "Grid convergence index", run, "the middle value off by 0.0005", quick=True)
