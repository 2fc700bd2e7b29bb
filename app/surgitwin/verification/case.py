"""What a verification case is: a row of the table, a run that measures, and a deliberately wrong input.

A file ``cases/row_07_lame_cylinder.py`` holds ``CASE = Case(...)``. Its module docstring says what is solved
and stands in the HTML sheet. The reference values are not here but in ``references.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One value as computed, in the unit of its reference.

    study: pairs (mesh size or number of unknowns, value) for the convergence plot, coarse to fine; or empty.
    """

    value: float
    study: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Case:
    """One row of the table.

    row: its number as text, "7".
    title: what is solved, a few words.
    run: run(wrong) -> {"7a": Measured(...), ...}, every id of the row; wrong=True takes the wrong input
        below, with which every value must miss its reference.
    wrong: what the wrong input is, in words ("pressure with the opposite sign").
    quick: in the set that runs in CI (under 10 s; all quick cases together under 3 minutes).
    blocked: the reason, when the case cannot be run; empty otherwise.
    """

    row: str
    title: str
    run: Callable[[bool], Mapping[str, Measured]]
    wrong: str
    quick: bool = False
    blocked: str = ""
