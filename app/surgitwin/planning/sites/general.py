"""The work on a case about anatomy that no operation is planned on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.meshes.tissues import tissue_mesh_current
from surgitwin.planning.objects.record import objects_of
from surgitwin.planning.output.general_report import report_general
from surgitwin.planning.output.mesh_files import Writers, stale_mesh, tissue_writers
from surgitwin.planning.segments.tree import tree_names
from surgitwin.planning.sites.general_steps import general_steps
from surgitwin.planning.sites.work import SiteWork, Written


def _no_operation(case: Case, *_arguments: Any) -> NoReturn:
    case.require_bone()
    raise AssertionError("a case about other anatomy is not about a bone")


def _report(case: Case, out: Path, progress: Progress) -> None:
    """Trees of vessels and own objects, when there are any."""
    if not tree_names(case) and not objects_of(case.state):
        _no_operation(case)
    report_general(case, out, progress)


def _writers(case: Case, _plan: str | None, _load_case: str | None) -> Writers:
    made = tissue_writers(case)
    return {"mesh": made, "tissues": made}


def _written(case: Case, what: str, _plan: str | None, _load_case: str | None) -> Written:
    if what not in ("mesh", "tissues"):
        return what, ()
    return "mesh of the segments", stale_mesh(tissue_mesh_current(case))


WORK = SiteWork(
    operates=False,
    steps=general_steps,
    mesh_current=tissue_mesh_current,
    result_words=lambda _case, _plan: "none",
    notes=lambda _case: (),
    check=_no_operation,
    plan_hash=_no_operation,
    difference=_no_operation,
    compare=_no_operation,
    verdict=lambda _compared, _names: (),
    report=_report,
    write_pictures=_no_operation,
    of_plan=frozenset(),
    writers=_writers,
    written=_written,
)
