"""The sample case from DICOM to two compared plans, the same steps that a user takes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.resources import resources_dir
from surgitwin.planning.case import Case
from surgitwin.planning.compare_step import compare_case
from surgitwin.planning.inputs import SolveOptions
from surgitwin.planning.mesh_step import mesh_case
from surgitwin.planning.new_case import new_case
from surgitwin.planning.pictures import write_pictures
from surgitwin.planning.plan_step import propose_plans
from surgitwin.planning.report_step import report_case
from surgitwin.planning.segment_step import segment_case
from surgitwin.planning.solve_step import solve_case
from surgitwin.storage import write_atomically

STUDIES = {"femur": "femur_fracture"}
PROCEDURES = {"femur": "fracture_fixation"}


@dataclass(frozen=True)
class DemoFiles:
    """What the demo wrote."""

    case: Path
    compare: Path
    report: Path
    pictures: tuple[Path, ...]


def sample_study(name: str) -> Path:
    """Folder of the sample study `name`, made by its script when it is not there yet.

    Raises InputError "demo.no_sample" outside a checkout, and when the script fails.
    """
    folder = resources_dir().parent / "sample_dicom" / STUDIES[name]
    if any((folder / "dicom").glob("*.dcm")):
        return folder
    script = folder / "make.py"
    if script.is_file():
        made = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
        if made.returncode == 0:
            return folder
        reason = f"its script failed: {made.stderr.strip().splitlines()[-1:]}"
    else:
        reason = f"{script} is not there"
    raise InputError(
        "demo.no_sample",
        f"The sample study {name} is missing and could not be made: {reason}.",
        hint="Run the demo from a checkout of SurgiTwin after `bash packaging/setup.sh`.",
        where=str(folder),
    )


def run_demo(
    name: str, out: Path, *, size_mm: float | None, cores: int | None, progress: Progress = SILENT
) -> DemoFiles:
    """Run (or continue) the demo in `out`; steps whose inputs did not change are not repeated."""
    study = sample_study(name)
    path = out / f"{name}.twin"
    if (path / "case.json").is_file():
        case = Case.open(path)
    else:
        case = new_case(path, study / "dicom", progress=progress.part(0, 0.05))
    with case.folder.locked():
        if not case.state.get("labels"):
            case = segment_case(case, progress=progress.part(0.05, 0.1))
        case = mesh_case(case, size_mm=size_mm, progress=progress.part(0.1, 0.2))
        if not case.plans():
            propose_plans(case, PROCEDURES[name], study / "fracture.toml", {}, progress.part(0.2, 0.22))
        solve_case(Case.open(path), None, SolveOptions(cores=cores), progress.part(0.22, 0.9))
    case = Case.open(path)
    compare = out / "compare.json"
    text = json.dumps(compare_case(case), indent=1, allow_nan=False)
    write_atomically(compare, lambda p: p.write_text(text, encoding="utf-8"))
    pictures = write_pictures(case, out / "pictures")
    report = out / "report.html"
    report_case(case, report, progress.part(0.9, 1.0))
    return DemoFiles(path, compare, report, tuple(pictures))
