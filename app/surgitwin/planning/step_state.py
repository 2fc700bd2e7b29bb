"""One of the five steps of a case, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STEPS = ("import", "anatomy", "plans", "simulate", "compare")
State = Literal["todo", "blocked", "stale", "done"]


@dataclass(frozen=True)
class StepState:
    """One step. words: what is there or missing. mend: id of the action that mends it in one click, "" when
    none is needed or possible; mend_words: for its button.

    mend is one of "import", "segment", "prepare", "review", "propose", "solve", "compare".
    """

    step: str
    state: State
    words: str
    mend: str = ""
    mend_words: str = ""
