"""Sample cases that come with the program: a synthetic CT to begin with, or one with everything computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.resources import resources_dir
from surgitwin.planning.case import Case
from surgitwin.planning.case_names import SUFFIX, free_path
from surgitwin.planning.demo import SAMPLE_FOLDERS, demo_in_process, sample_study
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.site import ARTERY, BONE, GENERAL, ROOT
from surgitwin.planning.steps import step_states


@dataclass(frozen=True)
class Sample:
    """One sample. study: key of `demo.SAMPLE_FOLDERS`. words: what one gets, how long it takes. site: what a
    case of images only is about.
    """

    id: str
    study: str
    title: str
    words: str
    solved: bool
    site: str = BONE


SAMPLES = (
    Sample(
        "femur",
        "femur",
        "Thigh bone, CT only",
        "A synthetic CT of a left thigh. Opens in seconds; you segment, plan and simulate it yourself.",
        solved=False,
    ),
    Sample(
        "femur_solved",
        "femur",
        "Thigh bone, planned and simulated",
        "The same bone with a virtual fracture and two plans, computed and compared. Takes some minutes the "
        "first time.",
        solved=True,
    ),
    Sample(
        "root",
        "tavi",
        "Aortic root, CT only",
        "A synthetic contrast CT of an aortic root with calcium. You measure it from two clicks, plan a "
        "valve and deploy it.",
        solved=False,
        site=ROOT,
    ),
    Sample(
        "root_solved",
        "tavi",
        "Aortic root, planned and deployed",
        "The same root with three sizes at three depths, deployed and compared. Takes some minutes the "
        "first time.",
        solved=True,
    ),
    Sample(
        "artery",
        "stent",
        "Artery, CT only",
        "A synthetic contrast CT of a narrowed artery with calcium. You measure it from two clicks, plan a "
        "stent and deploy it.",
        solved=False,
        site=ARTERY,
    ),
    Sample(
        "artery_solved",
        "stent",
        "Artery, planned and deployed",
        "The same artery with the proposed stents, deployed and compared. Takes some minutes the first time.",
        solved=True,
    ),
    Sample(
        "thigh_mr",
        "mr",
        "Thigh, MR only",
        "A synthetic MR of a thigh. You segment cortex and marrow and mesh them; no operation.",
        solved=False,
        site=GENERAL,
    ),
)


def sample(sample_id: str) -> Sample:
    """The sample with this id (KeyError)."""
    return {s.id: s for s in SAMPLES}[sample_id]


def why_not(wanted: Sample) -> str:
    """Why the sample cannot be made here, in words; "" when it can."""
    folder = resources_dir().parent / "sample_dicom" / SAMPLE_FOLDERS[wanted.study]
    if any((folder / "dicom").glob("*.dcm")) or (folder / "make.py").is_file():
        return ""
    return "The sample study does not come with this installation: use a checkout of SurgiTwin."


def sample_path(wanted: Sample, folder: Path) -> Path:
    """Where the sample's case goes in `folder`: a new place, or the finished one that is opened again."""
    if wanted.solved:
        return folder / "Sample solved" / f"{wanted.study}{SUFFIX}"
    return free_path(folder, f"Sample {wanted.title.split(',')[0].lower()}")


def make_sample(wanted: Sample, path: Path, progress: Progress = SILENT) -> Case:
    """Make the sample's case at `path` (from `sample_path`); a solved one goes on where it was stopped.

    Raises InputError "demo.no_sample", SolverError "demo.failed", StorageError, Cancelled.
    """
    progress("Preparing the sample study", 0.0)
    if wanted.solved and _complete(path):
        return Case.open(path)
    study = sample_study(wanted.study)
    if not wanted.solved:
        case = new_case(path, study / "dicom", progress=progress)
        return case if wanted.site == BONE else case.updated("site", site=wanted.site)
    demo_in_process(wanted.study, path.parent, size_mm=None, cores=None, progress=progress)
    return Case.open(path)


def _complete(path: Path) -> bool:
    """Whether the case is there with every step done."""
    return (path / "case.json").is_file() and all(s.state == "done" for s in step_states(Case.open(path)))
