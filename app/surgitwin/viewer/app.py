"""The program's window: a case from disk, loaded in the background."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from surgitwin.core.plan import Plan
from surgitwin.core.progress import Progress
from surgitwin.implants import build
from surgitwin.planning.case import Case
from surgitwin.planning.compare_step import compare_case
from surgitwin.planning.fields import has_result, plan_results
from surgitwin.planning.results import result_state
from surgitwin.procedures.registry import get
from surgitwin.viewer.case_view import CaseView, PlanView
from surgitwin.viewer.main_window import open_case


def run(path: Path) -> int:
    """Show the case until the window is closed; returns the exit code of Qt."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    window = open_case(lambda progress: load_view(path, progress))
    window.show()
    return app.exec()


def metric_titles(plans: Iterable[Plan]) -> dict[str, str]:
    """Metric id to title, of the procedures in use."""
    names = {p.procedure for p in plans}
    return {d.id: d.title for name in names for d in get(name).metric_definitions()}


def load_view(path: Path, progress: Progress) -> CaseView:
    """Everything of a case that the window shows, as far as it exists."""
    progress("Reading the case", 0.0)
    case = Case.open(path)
    volume = case.volume
    progress("Reading the image", 0.2)
    segmented = bool(case.state.get("labels"))
    meshed = bool(case.state.get("mesh"))
    plans = []
    every = case.plans()
    for n, plan in enumerate(every.values()):
        progress(f"Reading plan {plan.name}", 0.3 + 0.6 * n / len(every))
        results = plan_results(case, plan.name) if has_result(case, plan.name) else {}
        stale = result_state(case, plan.name) == "out of date"
        solids = tuple(build(i) for i in plan.implants)
        title = ", ".join(i.catalogue_id for i in plan.implants)
        plans.append(PlanView(plan.name, title, solids, results, stale))
    compare = None
    if any(p.results for p in plans):
        compare = compare_case(case)
    fracture = next((p.fracture for p in every.values() if p.fracture is not None), None)
    notices = list((case.state.get("anatomy") or {}).get("warnings", []))
    notices += [w for w in (compare or {}).get("warnings", []) if w not in notices]
    return CaseView(
        name=case.name,
        volume=volume,
        labels=case.labels if segmented else None,
        anatomy=case.anatomy if segmented else None,
        surfaces={"femur": case.surface} if meshed else {},
        fracture=fracture,
        plans=tuple(plans),
        compare=compare,
        metric_titles=metric_titles(every.values()),
        notices=tuple(notices),
        body_weight_kg=(case.state.get("solve_inputs") or case.state).get("body_weight_kg"),
    )
