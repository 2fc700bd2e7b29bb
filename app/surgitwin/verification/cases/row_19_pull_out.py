"""Pull-out of a screw by Chapman's formula, as ASTM F543 gives it.

A rule: no exact reference exists, so a right answer gets the verdict "rule". What is checked is the
arithmetic behind the screw checks. The wrong input takes the thread for twice as coarse.
"""

from __future__ import annotations

from surgitwin.mechanics.screw_rules import pull_out_force_N, thread_shape_factor
from surgitwin.verification.case import Case, Measured

SHEAR_STRENGTH_MPA, LENGTH_MM = 4.0, 30.0
MAJOR_MM, ROOT_MM, PITCH_MM = 6.5, 4.5, 2.75


def run(wrong: bool) -> dict[str, Measured]:
    """Factor and force of one screw."""
    pitch = 2 * PITCH_MM if wrong else PITCH_MM
    return {
        "19a": Measured(thread_shape_factor(MAJOR_MM, ROOT_MM, pitch)),
        "19b": Measured(pull_out_force_N(SHEAR_STRENGTH_MPA, LENGTH_MM, MAJOR_MM, ROOT_MM, pitch)),
    }


CASE = Case("19", "Screw pull-out", run, "twice the pitch", quick=True)
