"""Flow and FFR of an artery before and after its plans: at once (0D) and in 3D, side by side."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from surgitwin import jobs
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError, SolverError
from surgitwin.core.progress import SILENT, Event, Progress
from surgitwin.mechanics.flow.fluid import Fluid, blood
from surgitwin.mechanics.flow.mesh import FlowMesh
from surgitwin.mechanics.flow.vessel_demand import Demand, demand, flow_table
from surgitwin.mechanics.flow.vessel_files import save_flow_task
from surgitwin.mechanics.flow.vessel_flow import FlowSections, VesselFlow, carried_share, flow_states
from surgitwin.mechanics.flow.vessel_result import VesselFlowResult, load_vessel_flow
from surgitwin.mechanics.flow.vessel_shape import VesselShape
from surgitwin.meshing.vessels.lumen import lumen_mesh
from surgitwin.meshing.vessels.lumen_rings import COARSE, MEDIUM, Lumen, LumenSizes
from surgitwin.planning.case import Case
from surgitwin.planning.site import ROOT, site_of
from surgitwin.planning.vessels.anatomy_store import artery_of
from surgitwin.planning.vessels.flow_lumen import deployed_lumen, vessel_shape
from surgitwin.planning.vessels.results import deployed, result_state
from surgitwin.storage.atomic import storage_errors

BEFORE = "before"
"""Name of the state without a device."""
MESHES: dict[str, LumenSizes] = {"coarse": COARSE, "medium": MEDIUM}
"""The two meshes that every 3D answer is computed on: their difference is shown."""
FINEST = "medium"
"""The mesh whose numbers are given."""
_log = logging.getLogger(__name__)
VERSION = 1
"""Raised when the numbers of the flow model change."""


@dataclass(frozen=True, eq=False)
class FlowCase:
    """One lumen whose flow is asked for. name: `BEFORE` or a plan's."""

    name: str
    lumen: Lumen
    shape: VesselShape
    demand: Demand
    fluid: Fluid

    @property
    def key(self) -> str:
        """What identifies its flow in 3D."""
        return content_hash(
            "vessel flow", VERSION, self.lumen.hash, self.demand, self.shape.branches, self.fluid,
            self.shape.narrowings, MESHES,
        )  # fmt: skip


def flow_cases(
    case: Case,
    plans: Sequence[str] = (),
    *,
    flow_mL_min: float | None = None,
    mass_g: float | None = None,
    vessel: str | None = None,
) -> list[FlowCase]:
    """The lumen before, and that of each named plan as deployed (its best level).

    All share one resting demand. Raises InputError "flow.root" (a root has no such model), "case.other_site",
    "case.not_segmented", "plan.unknown", "flow.not_deployed"; UsageError "flow.demand".
    """
    if site_of(case) == ROOT:
        raise InputError(
            "flow.root",
            "The pressure gradient over an aortic valve is not modelled: its leaflets are not in the mesh.",
            hint="Use the flow model on an artery.",
            where=case.name,
        )
    anatomy = artery_of(case)
    wanted = demand(float(anatomy.reference_mm[0]), flow_mL_min=flow_mL_min, mass_g=mass_g, vessel=vessel)
    lumens = {BEFORE: Lumen.of(anatomy.tube)} | {name: _after(case, name) for name in plans}
    return [
        FlowCase(name, lumen, vessel_shape(anatomy, lumen), wanted, blood()) for name, lumen in lumens.items()
    ]


def _after(case: Case, name: str) -> Lumen:
    if name not in case.plans():
        raise InputError(
            "plan.unknown",
            f"{case.name} has no plan called {name}.",
            hint=f"Its plans: {', '.join(case.plans()) or 'none'}.",
            where="--plan",
        )
    found = deployed(case, name)
    if found is not None and result_state(case, name, found.level) != "current":
        raise InputError(
            "flow.out_of_date",
            f"The result of plan {name} is out of date: its lumen is not that of the plan as it is now.",
            hint=f"Run `surgitwin solve {case.folder.path.name} --plan {name}` again.",
            where=name,
        )
    if found is None:
        raise InputError(
            "flow.not_deployed",
            f"Plan {name} is not deployed yet, so its lumen is not known.",
            hint=f"Run `surgitwin solve {case.folder.path.name} --plan {name}` first.",
            where=name,
        )
    return deployed_lumen(artery_of(case).tube, found.task.wall, found.result.displacement_mm)


def flow_task(found: FlowCase, sizes: LumenSizes = MEDIUM) -> VesselFlow:
    """The 3D task of a lumen; errors as `lumen_mesh`."""
    mesh = lumen_mesh(found.lumen, sizes)
    shape = found.shape
    return VesselFlow(
        found.name,
        FlowMesh(mesh.points_mm * 1e-3, mesh.cells, "hex27", mesh.boundaries),
        FlowSections(mesh.s_mm, mesh.weights, mesh.vessel),
        found.demand,
        flow_states(shape, found.demand, found.fluid),
        shape.distal_mm(float(flow_table()["settings"]["distal_mm"])),
        carried_share(shape, found.demand.split_exponent),
        found.fluid,
    )


def stored_flow(case: Case, found: FlowCase, mesh: str = FINEST) -> VesselFlowResult | None:
    """The 3D result of a lumen on one of `MESHES`, None when it was not computed."""
    path = _path(case, found, mesh)
    if not path.is_file():
        return None
    out: VesselFlowResult = case.kept(f"flow {found.name} {mesh}", found.key, lambda: load_vessel_flow(path))
    return out


def solve_flow_3d(case: Case, found: FlowCase, progress: Progress = SILENT) -> VesselFlowResult:
    """The 3D result of the finest mesh; both meshes are computed in worker processes where they are missing.

    A coarser mesh that finds no steady flow is left out (its difference is then not given). Raises what
    `lumen_mesh` and the engine raise, and Cancelled.
    """
    missing = {m: sizes for m, sizes in MESHES.items() if not _path(case, found, m).is_file()}
    for mesh, sizes in missing.items():
        progress(f"Meshing the lumen ({mesh})", 0.0)
        file = _task_path(case, found, mesh)
        with storage_errors(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            save_flow_task(flow_task(found, sizes), file)
    with ThreadPoolExecutor(len(MESHES)) as pool:
        futures = {mesh: pool.submit(_solve, case, found, mesh, progress) for mesh in missing}
        for mesh, future in futures.items():
            try:
                future.result()
            except SolverError as error:
                if mesh == FINEST:
                    raise
                _log.warning("Flow of %s on the %s mesh: %s", found.name, mesh, error.message)
    result = stored_flow(case, found)
    if result is None:
        raise AssertionError("the worker wrote the result")
    return result


def _solve(case: Case, found: FlowCase, mesh: str, progress: Progress) -> None:
    """One mesh in a worker process; the finest one, which takes longest, says how far it is."""
    task, out = _task_path(case, found, mesh), _path(case, found, mesh)
    folder = case.folder.path / "cache" / f"flow-{found.key[:12]}-{mesh}"

    def tell(event: Event) -> None:
        if event.kind == "progress" and mesh == FINEST and not progress.asked_to_stop():
            progress(f"Flow of {found.name}: {event.message}", event.fraction)

    arguments = {"task": str(task), "out": str(out)}
    jobs.run("vessel_flow", folder, arguments, on_event=tell, cancelled=progress.asked_to_stop)
    task.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _task_path(case: Case, found: FlowCase, mesh: str) -> Path:
    return _path(case, found, mesh).with_name(f"{mesh}.task.npz")


def _path(case: Case, found: FlowCase, mesh: str) -> Path:
    return case.folder.result_dir(found.key) / f"{mesh}.flow.npz"
