"""The sample cases of vessels from DICOM to compared plans, the same steps that a user takes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.progress import Progress
from surgitwin.planning.case import Case
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.plans.step import propose_plans
from surgitwin.planning.site import ARTERY, ROOT, SITES
from surgitwin.planning.vessels.anatomy_store import KEY
from surgitwin.planning.vessels.answers import KEY as ANSWERS
from surgitwin.planning.vessels.segment_step import segment_vessel
from surgitwin.planning.vessels.solve import solve_vessel


@dataclass(frozen=True)
class VesselDemo:
    """A sample: its site, folder of its series, table of its clicks in clicks.toml, the patient's answers."""

    site: str
    series: str
    clicks: str
    answers: Mapping[str, str]


VESSEL_DEMOS: Mapping[str, VesselDemo] = {
    "tavi": VesselDemo(ROOT, "dicom", "clicks", {"pacemaker": "no", "conduction_block": "none"}),
    "stent": VesselDemo(ARTERY, "dicom", "dicom", {}),
}


def run_vessel_demo(demo: VesselDemo, study: Path, path: Path, cores: int | None, progress: Progress) -> None:
    """Run (or continue) the demo in the case `path`: L0 and L1; finished steps are not repeated."""
    there = (path / "case.json").is_file()
    case = Case.open(path) if there else new_case(path, study / demo.series, progress=progress.part(0, 0.05))
    with case.folder.locked():
        if not case.state.get(KEY):
            clicks = sample_clicks(study / "clicks.toml", demo)
            case = segment_vessel(case, demo.site, clicks, progress.part(0.05, 0.15))
            case = case.updated("answers", **{ANSWERS: dict(demo.answers)})
        if not case.plans():
            propose_plans(case, SITES[demo.site].procedure, None, {}, progress.part(0.15, 0.2))
            case = Case.open(path)
        solve_vessel(case, None, "L1", cores=cores, progress=progress.part(0.2, 1.0))


def sample_clicks(file: Path, demo: VesselDemo) -> dict[str, FloatArray]:
    """The two points of a sample study (InputError "demo.no_sample")."""
    try:
        row = tomllib.loads(file.read_text(encoding="utf-8"))[demo.clicks]
        return {
            name: np.array(row.get(name, row.get(f"{name}_mm")), float) for name in SITES[demo.site].clicks
        }
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            "demo.no_sample",
            f"The points of the sample study cannot be read from {file}: {error}.",
            hint="Make the sample again with its make.py.",
            where=str(file),
        ) from None
