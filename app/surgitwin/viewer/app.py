"""The program's window: a case from disk, loaded in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.compare_step import RANK_BY, compare_case
from surgitwin.planning.fields import has_result, plan_results
from surgitwin.planning.new_case import set_body_weight
from surgitwin.planning.results import result_state
from surgitwin.planning.titles import names_of, plan_title, short_title
from surgitwin.report.summary import load_order
from surgitwin.scene.model import PlanResult
from surgitwin.viewer.case_view import CaseView, PlanView
from surgitwin.viewer.main_window import MainWindow, open_case

OPENING = "Opening the case ..."
COMPUTING = (
    "Computing the sample case: segmentation, meshes, two plans, simulation, report.\n"
    "This takes some minutes the first time. The image, the plans and the results open when it is done."
)


def run(path: Path, before: Callable[[Progress], object] | None = None) -> int:
    """Show the case until the window is closed; returns the exit code of Qt.

    before: work that makes the case (the demo), done in the window's worker with its progress shown.
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    window = open_case(partial(_made, path, before), OPENING if before is None else COMPUTING)
    window.body_weight_given.connect(partial(store_body_weight, window, path))
    return app.exec()


def _made(path: Path, before: Callable[[Progress], object] | None, progress: Progress) -> CaseView:
    if before is not None:
        before(progress.part(0, 0.9))
    return load_view(path, progress.part(0.9, 1.0) if before is not None else progress)


def store_body_weight(window: MainWindow, path: Path, kg: float) -> None:
    """Keep a body weight (kg) typed in the window in the case; says so, or why not, in the status bar."""
    try:
        set_body_weight(path, kg)
    except SurgiTwinError as error:
        window.statusBar().showMessage(f"{error.message} {error.hint}")
    else:
        window.statusBar().showMessage(f"Body weight {kg:g} kg is kept in the case.")


def load_view(path: Path, progress: Progress) -> CaseView:
    """Everything of a case that the window shows, as far as it exists."""
    progress("Reading the case", 0.0)
    case = Case.open(path)
    volume = case.volume
    progress("Reading the image", 0.2)
    segmented = bool(case.state.get("labels"))
    every = case.plans()
    plans = []
    for n, plan in enumerate(every.values()):
        progress(f"Reading plan {plan.name}", 0.3 + 0.6 * n / len(every))
        solids = tuple(build(i) for i in plan.implants)
        stale = result_state(case, plan.name) == "out of date"
        solved = has_result(case, plan.name)
        plans.append(PlanView(plan.name, plan_title(plan), solids, solved, stale, short_title(plan)))
    solved_names = tuple(p.name for p in plans if p.solved)
    compare = compare_case(case) if solved_names else None
    loads = load_order(compare) if compare is not None else ()
    notices = list((case.state.get("anatomy") or {}).get("warnings", []))
    notices += [w for w in (compare or {}).get("warnings", []) if w not in notices]
    return CaseView(
        name=case.name,
        volume=volume,
        labels=case.labels if segmented else None,
        anatomy=case.anatomy if segmented else None,
        surfaces={"femur": case.surface} if case.state.get("mesh") else {},
        fracture=next((p.fracture for p in every.values() if p.fracture is not None), None),
        plans=tuple(plans),
        compare=compare,
        names=names_of(every.values()),
        loads=loads,
        first_load=RANK_BY.load_case if RANK_BY.load_case in loads else (loads[0] if loads else ""),
        fields_of=partial(_fields, case, solved_names) if solved_names else None,
        notices=tuple(notices),
        body_weight_kg=(case.state.get("solve_inputs") or case.state).get("body_weight_kg"),
    )


def _fields(case: Case, plans: tuple[str, ...], load: str) -> Mapping[str, PlanResult]:
    """Fields of all solved plans under one load case."""
    return {name: plan_results(case, name, (load,))[load] for name in plans}
