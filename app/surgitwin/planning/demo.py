"""The sample case from DICOM to two compared plans, the same steps that a user takes."""

from __future__ import annotations

import json
import queue
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.errors import InputError, SolverError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.resources import resources_dir
from surgitwin.planning.case import Case
from surgitwin.planning.comparing.step import compare_case
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.meshes.step import mesh_case
from surgitwin.planning.output.report import report_case
from surgitwin.planning.plans.step import propose_plans
from surgitwin.planning.segments.bone import segment_case
from surgitwin.planning.sites.work import work_of
from surgitwin.planning.solving.inputs import SolveOptions
from surgitwin.planning.solving.step import solve_case
from surgitwin.planning.vessels.demo import VESSEL_DEMOS, run_vessel_demo
from surgitwin.storage import write_atomically

STUDIES = {"femur": "femur_fracture", "tavi": "aortic_root", "stent": "stenosed_artery"}
SAMPLE_FOLDERS = {**STUDIES, "mr": "mr_thigh"}
"""Sample studies; those that a demo solves are `STUDIES`."""
PROCEDURES = {"femur": "fracture_fixation", "tavi": "valve", "stent": "stent"}
DEMO_SIZE_MM = 5.0
"""Edge length: some 200 000 unknowns of the whole sample femur, so that a first start takes minutes."""


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
    folder = resources_dir().parent / "sample_dicom" / SAMPLE_FOLDERS[name]
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
    if name in VESSEL_DEMOS:
        run_vessel_demo(VESSEL_DEMOS[name], study, path, cores, progress.part(0, 0.9))
        return _write_files(path, out, progress)
    if (path / "case.json").is_file():
        case = Case.open(path)
    else:
        case = new_case(path, study / "dicom", progress=progress.part(0, 0.05))
    with case.folder.locked():
        if not case.state.get("labels"):
            case = segment_case(case, progress=progress.part(0.05, 0.1))
        case = mesh_case(case, size_mm=size_mm or DEMO_SIZE_MM, progress=progress.part(0.1, 0.2))
        if not case.plans():
            propose_plans(case, PROCEDURES[name], study / "fracture.toml", {}, progress.part(0.2, 0.22))
        solve_case(Case.open(path), None, SolveOptions(cores=cores), progress.part(0.22, 0.9))
    return _write_files(path, out, progress)


def _write_files(path: Path, out: Path, progress: Progress) -> DemoFiles:
    """Comparison, pictures and report of the finished case."""
    case = Case.open(path)
    compare = out / "compare.json"
    text = json.dumps(compare_case(case), indent=1, allow_nan=False)
    write_atomically(compare, lambda p: p.write_text(text, encoding="utf-8"))
    folder = out / "pictures"
    pictures = work_of(case).write_pictures(case, folder)
    report = out / "report.html"
    report_case(case, report, progress.part(0.9, 1.0))
    return DemoFiles(path, compare, report, tuple(pictures))


POLL_S = 0.2
"""How often a waiting window looks whether it was closed."""
STOP_S = 10.0
"""Time for a stopped demo to end its own worker processes."""


def demo_in_process(
    name: str, out: Path, *, size_mm: float | None, cores: int | None, progress: Progress = SILENT
) -> Path:
    """`run_demo` in a process of its own, so that a window stays alive; returns the case's folder.

    Its lines on stderr come as progress and are passed on. Cancelled stops the process. Raises
    SolverError "demo.failed" with the last lines when it ends with another code than 0.
    """
    command = [sys.executable, "-m", "surgitwin", "demo", name, "--headless", "--out", str(out)]
    command += [] if size_mm is None else ["--size", f"{size_mm:g}"]
    command += [] if cores is None else ["--cores", str(cores)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_pass_on, args=(process, lines), daemon=True)
    reader.start()
    said = ["Starting"]
    try:
        while reader.is_alive() or not lines.empty():
            _report_line(lines, said, progress)
    finally:
        _stop(process)
        reader.join(STOP_S)
    if process.returncode:
        raise SolverError(
            "demo.failed",
            f"The sample case could not be computed: {' '.join(said[-2:])}",
            hint=f"Run `surgitwin demo {name} --headless` to see every line, and `surgitwin doctor`.",
            where=str(out),
        )
    return out / f"{name}.twin"


def _pass_on(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Every line of the process's stderr to ours and to the queue."""
    assert process.stderr is not None  # it was asked for
    with process.stderr as stream:
        for line in stream:
            sys.stderr.write(line)
            lines.put(line.strip())


def _report_line(lines: queue.Queue[str], said: list[str], progress: Progress) -> None:
    """One line as progress, or the last one again (a cancel point) when none comes."""
    try:
        line = lines.get(timeout=POLL_S)
    except queue.Empty:
        progress(said[-1], None)
        return
    found = re.match(r"(\d+)% (.*)", line)
    words, fraction = (found[2], int(found[1]) / 100) if found else (line, None)
    if words:
        said.append(words)
        progress(words, fraction)


def _stop(process: subprocess.Popen[str]) -> None:
    """Wait for a process that has closed its stderr; interrupt one that still runs."""
    try:
        process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.terminate()
        else:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
