"""The work on a case by what it is about: the place that chooses between bone, vessel and other anatomy."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.plan import Plan
from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.output.mesh_files import Writers
from surgitwin.planning.plans.difference import Difference
from surgitwin.planning.site import ARTERY, BONE, GENERAL, ROOT, site_of
from surgitwin.planning.step_state import StepState
from surgitwin.procedures.base import Finding

Written = tuple[str, tuple[str, ...]]
"""What was written in words, and what must be known of it."""


@dataclass(frozen=True)
class SiteWork:
    """What differs with the site. Where no operation is planned, what needs one raises InputError
    "case.other_site".
    """

    operates: bool
    """Whether plans, simulation and comparison follow the anatomy."""
    steps: Callable[[Case], tuple[StepState, ...]]
    """The four steps after the import; quick (reads the state and which results exist, no arrays)."""
    mesh_current: Callable[[Case], bool]
    """Whether the case's mesh was made from its present segments."""
    result_words: Callable[[Case, str], str]
    """State of the result of a plan (by name), for `info`."""
    notes: Callable[[Case], Sequence[str]]
    """Which results are out of date, in sentences."""
    check: Callable[[Case, Plan], list[Finding]]
    """Findings of the procedure's checks; nothing is solved."""
    plan_hash: Callable[[Case, Plan], str]
    """What identifies a plan on this anatomy."""
    difference: Callable[[Case, Plan, Plan], Sequence[Difference]]
    """What differs between two plans."""
    compare: Callable[[Case], dict[str, Any]]
    """The object that `compare` prints."""
    verdict: Callable[[Mapping[str, Any], Mapping[str, str]], tuple[str, ...]]
    """The first sentences on such an object, with titles by machine name."""
    report: Callable[[Case, Path, Progress], None]
    """Write the report to a file whose suffix was checked."""
    write_pictures: Callable[[Case, Path], list[Path]]
    """Pictures of the solved plans into a folder."""
    of_plan: frozenset[str]
    """What of `writers` is of a plan and load case, and not of the case."""
    writers: Callable[[Case, str | None, str | None], Writers]
    """What can be written, for a plan and a load case (of a vessel: the level)."""
    written: Callable[[Case, str, str | None, str | None], Written]
    """Of one of `writers`, with the same plan and load case."""


HOMES = {BONE: "bone", ROOT: "vessel", ARTERY: "vessel", GENERAL: "general"}
"""Site -> module beside this one that holds its `WORK`; imported when needed: it uses what uses this."""


def work_of(case: Case) -> SiteWork:
    """The work on this case."""
    work: SiteWork = importlib.import_module(f"surgitwin.planning.sites.{HOMES[site_of(case)]}").WORK
    return work
