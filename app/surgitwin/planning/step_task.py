"""The long steps of a case, run in a process of their own on a copy of its state and plans."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.plan import Fracture
from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.estimate import keep_step_time
from surgitwin.planning.freshness import measured_current, mesh_current

Arguments = Mapping[str, Any]


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Task "step" of `jobs.worker`: run `kind` on the case at `case` with the state in `workspace`.

    Only the workspace's state and plans change; blobs and results, which are never overwritten, go to the
    case. Returns the wall time in s.
    """
    kind = arguments["kind"]
    if kind not in STEPS:
        hint = f"Known: {', '.join(STEPS)}."
        raise UsageError("usage.step", f"There is no step called {kind!r}.", hint=hint)
    case = Case.open(arguments["case"], Path(arguments["workspace"]))
    started = time.perf_counter()
    STEPS[kind](case, arguments["arguments"], progress)
    wall_s = time.perf_counter() - started
    keep_step_time(case.folder.path, kind, wall_s)
    return {"wall_s": wall_s}


def _segment(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """By a preset, or from a file of another program (`file`)."""
    if arguments.get("file"):
        from surgitwin.planning.segments.from_files import import_labels

        return import_labels(
            case,
            Path(arguments["file"]),
            add=bool(arguments.get("add")),
            surface=arguments.get("surface"),
            progress=progress,
        )
    from surgitwin.planning.segments.bone import segment_case

    return segment_case(
        case,
        preset=arguments.get("preset", "bone"),
        parameters=arguments.get("parameters"),
        points=arguments.get("clicks"),
        side=arguments.get("side"),
        add=bool(arguments.get("add")),
        progress=progress,
    )


def _measure(case: Case, arguments: Arguments, progress: Progress) -> Case:
    from surgitwin.planning.segments.bone import measure_case

    return measure_case(case, side=arguments.get("side"), progress=progress)


def _mesh(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """The bone, or the segments "tissues"; what is not given is as in the last mesh of that kind.

    A name that is given counts, empty or False too: "sizes" {} takes the local sizes off.
    """
    from surgitwin.meshing.meshers.mesher import DEFAULT_MESHER, mesher_names
    from surgitwin.planning.meshes.sizes import LocalSizes
    from surgitwin.planning.meshes.step import mesh_case
    from surgitwin.planning.meshes.tissues import mesh_slot

    slot = mesh_slot(case) if arguments.get("tissues") else "mesh"
    wish = {**(case.state.get(slot) or {}), **arguments}
    before = wish.get("mesher")
    given = "mesher" in arguments or before in mesher_names()  # the filler of segments is no mesher by name
    return mesh_case(
        case,
        size_mm=wish.get("size_mm"),
        tissues=wish.get("tissues") or (),
        mesher=str(before) if before and given else DEFAULT_MESHER,
        sizes=LocalSizes.from_dict(wish.get("sizes") or {}),
        large=bool(wish.get("large")),
        progress=progress,
    )


def _prepare(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Measure when the segments were changed or a side is given, mesh when the mesh is not of this bone.

    On other anatomy: mesh its segments.
    """
    from surgitwin.planning.segments.facts import counted, kept_rows
    from surgitwin.planning.site import is_general

    if is_general(case):
        return _mesh(case, arguments, progress)
    if arguments.get("side") or not measured_current(case):
        case = _measure(case, arguments, progress.part(0, 0.3))
    if kept_rows(case.state) is None:  # a vessel was painted, say: the bone is as it was
        case = case.updated("count the segments", **counted(case))
    return case if mesh_current(case) else _mesh(case, arguments, progress.part(0.3, 1.0))


def _propose(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Plans by a procedure, for the fracture of a plan that is there ("fracture_of"), or the default cut."""
    from surgitwin.planning.plans.step import propose_plans

    name = arguments.get("fracture_of")
    fracture: Fracture | None = None if name is None else _plan(case, name).fracture
    options = {k: str(v) for k, v in (arguments.get("options") or {}).items()}
    proposal = propose_plans(case, arguments["procedure"], fracture, options, progress)
    written = Case.open(case.folder.path, case.folder.workspace)
    return written.updated("notes of the proposal", proposal_notes=list(proposal.warnings))


def _plan(case: Case, name: str) -> Any:
    plans = case.plans()
    if name not in plans:
        raise InputError(
            "plan.unknown",
            f"{case.name} has no plan called {name}.",
            hint=f"Its plans: {', '.join(plans) or 'none'}.",
            where=name,
        )
    return plans[name]


def _solve(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Plans (None: all), further healing stages, own stage or not; `prepare` first when it is needed."""
    from surgitwin.planning.site import is_vessel
    from surgitwin.planning.solving.inputs import SolveOptions
    from surgitwin.planning.solving.simulation_inputs import kept_options
    from surgitwin.planning.solving.step import solve_case
    from surgitwin.planning.vessels.solve import solve_vessel

    if is_vessel(case):
        level, plans = arguments.get("level", "L1"), arguments.get("plans")
        cores = (arguments.get("options") or {}).get("cores")
        solve_vessel(case, plans, level, cores=cores, progress=progress)
        return Case.open(case.folder.path, case.folder.workspace)
    at = 0.0
    if not mesh_current(case):
        at = 0.3
        case = _prepare(case, arguments, progress.part(0, at))
    solve_case(
        case,
        arguments.get("plans"),
        kept_options(case, SolveOptions(**(arguments.get("options") or {}))),
        progress.part(at, 1.0),
        healing=tuple(arguments.get("healing") or ()),
        own=arguments.get("own", True),
        contact_models=bool(arguments.get("contact_models")),
    )
    return Case.open(case.folder.path, case.folder.workspace)


def _report(case: Case, arguments: Arguments, progress: Progress) -> Case:
    from surgitwin.planning.output.report import report_case

    report_case(case, Path(arguments["path"]), progress, str(arguments.get("purpose") or "planning"))
    return case


def _reduce(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Move a fragment ("fragment", "matrix"), or take the last reduction back ("undo")."""
    from surgitwin.planning.plans.reduce import reduce_fragment, undo_reduction
    from surgitwin.planning.plans.reduction import Fragment

    if arguments.get("undo"):
        return undo_reduction(case)
    return reduce_fragment(case, Fragment.from_dict(arguments["fragment"]), arguments["matrix"], progress)


def _study(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Draw the uncertain inputs and solve; "plans" None: all, "samples" and "method" as `StudyOptions`."""
    from surgitwin.jobs.sweep import SweepOptions
    from surgitwin.planning.settings import read_settings
    from surgitwin.planning.uncertainty.inputs import settings
    from surgitwin.planning.uncertainty.run import run_study
    from surgitwin.planning.uncertainty.study import StudyOptions

    plans = arguments.get("plans")
    options = StudyOptions(
        None if plans is None else tuple(plans), arguments.get("method", "lhs"), arguments.get("samples"),
        inputs=tuple(arguments.get("inputs") or ()),
    )  # fmt: skip
    sweeping = SweepOptions(workers=read_settings().cores, timeout_s=float(settings()["timeout_s"]))
    run_study(case, options, sweeping, progress)
    return Case.open(case.folder.path, case.folder.workspace)


def _boundary(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """The plan "plan" (or "intact") under several sets of boundary conditions."""
    from surgitwin.planning.uncertainty.boundary import run_boundary

    return _noted(case, "boundary conditions", run_boundary(case, arguments["plan"], progress))


def _mesh_study(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """The plan "plan" (or "intact") on three meshes."""
    from surgitwin.planning.uncertainty.mesh_study import run_mesh_study

    return _noted(case, "three meshes", run_mesh_study(case, arguments["plan"], progress=progress))


def _flow(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Flow in 3D before and after deployed plans ("plans"); kept beside the results, the state stays."""
    from surgitwin.planning.vessels.flow import flow_cases, solve_flow_3d

    wish = {name: arguments.get(name) for name in ("flow_mL_min", "mass_g", "vessel")}
    found = flow_cases(case, arguments.get("plans") or (), **wish)
    for k, one in enumerate(found):
        solve_flow_3d(case, one, progress.part(k / len(found), (k + 1) / len(found)))
    return case


def _register(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """A second image ("path", "series", "answers") onto the first; "mask": names, "pairs": points of both,
    "start": a file with a transform, "begin": where the search begins without them.
    """
    from surgitwin.imaging.formats.question import Answers
    from surgitwin.imaging.registration import Pairs
    from surgitwin.planning.images.registration import register_image
    from surgitwin.planning.images.registration_start import read_start
    from surgitwin.planning.images.second_image import read_second

    pairs, start = arguments.get("pairs"), arguments.get("start")
    answers = Answers(**(arguments.get("answers") or {}))
    second = read_second(Path(arguments["path"]), arguments.get("series"), answers, progress.part(0, 0.1))
    return register_image(
        case, second, arguments.get("kind", "rigid"), mask=arguments.get("mask") or (),
        pairs=None if pairs is None else Pairs(pairs["fixed_mm"], pairs["moving_mm"]),
        start=read_start(Path(start)) if start else None, begin=arguments.get("begin") or "auto",
        same_patient=bool(arguments.get("same_patient")), progress=progress.part(0.1, 1.0),
    )  # fmt: skip


def _model(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """The segments "segments" of the automatic model "name"; "allow_download", "seconds", "memory_GB"."""
    from surgitwin.planning.segments.from_model import segment_by_model
    from surgitwin.segmentation.automatic.interface import Choices, Limits

    limits = Limits(**{k: float(arguments[k]) for k in ("seconds", "memory_GB") if k in arguments})
    allowed = bool(arguments.get("allow_download"))
    choices = Choices(tuple(arguments["segments"]), allowed, limits)
    return segment_by_model(case, str(arguments["name"]), choices, progress)


def _tree(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """The tree of the vessels in "segment"; "root", "ends", "without" in LPS mm, "least_radius_mm". "label":
    of that segment, which may have got another name since the step was asked for.
    """
    from surgitwin.planning.segments.tree import require_vessels, tree_case

    known = ("root", "ends", "without", "only_given", "prune", "least_radius_mm", "fwhm_mm")
    given = {k: arguments[k] for k in known if arguments.get(k) is not None}
    segment = str(arguments.get("segment") or "")
    if arguments.get("label"):
        require_vessels(case)
        labels = {s.label: s.name for s in case.labels.segments}
        segment = labels.get(int(arguments["label"]), segment)
    return tree_case(case, segment, **given, progress=progress)


def _vessel_mesh(case: Case, arguments: Arguments, progress: Progress) -> Case:
    """Wall, blood or both of "segment"; "wish": fields of `VesselWish`, "cuts": points, "open_ends"."""
    from surgitwin.planning.meshes.vessel_case import mesh_vessel_case

    cuts, ends = arguments.get("cuts") or (), bool(arguments.get("open_ends"))
    return mesh_vessel_case(
        case, arguments["segment"], arguments["wish"], cuts=cuts, open_ends=ends, progress=progress
    )


def _noted(case: Case, what: str, found: Mapping[str, Any]) -> Case:
    """The case with a line of its history for a study whose finding lies beside the results."""
    fresh = Case.open(case.folder.path, case.folder.workspace)
    known = {**(fresh.state.get("plan_studies") or {}), f"{what} {found['plan']}": found["key"]}
    return fresh.updated(f"{what}, {found['plan']}", plan_studies=known)


STEPS: dict[str, Callable[[Case, Arguments, Progress], Case]] = {
    "segment": _segment,
    "measure": _measure,
    "prepare": _prepare,
    "mesh": _mesh,
    "propose": _propose,
    "solve": _solve,
    "report": _report,
    "reduce": _reduce,
    "study": _study,
    "boundary": _boundary,
    "mesh_study": _mesh_study,
    "flow": _flow,
    "tree": _tree,
    "register": _register,
    "model": _model,
    "vessel_mesh": _vessel_mesh,
}
"""Step -> function. Heavy libraries are imported where they are used: every step is a process of its own."""
