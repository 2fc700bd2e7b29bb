"""What a study is: design, plans, inputs, seeds; stored in the case before its first sample runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case, now
from surgitwin.planning.solving.inputs import SolveInputs, SolveOptions, settle_inputs
from surgitwin.planning.solving.wanted import wanted_results
from surgitwin.planning.uncertainty.design import Design, Method, make_design
from surgitwin.planning.uncertainty.inputs import UncertainInput, settings, uncertain_inputs
from surgitwin.storage import write_atomically

VERSION = 2
"""Of the way samples are made and measured: raise it when their numbers change."""
FOLDER = "studies"
DEFINITION = "study.json"
SUMMARY = "summary.json"


@dataclass(frozen=True, eq=False)
class Study:
    """One study. plans: name -> input hash of the plan's result: the study belongs to what has this hash.

    inputs: the settled ones of `solve`; rtol: true relative residual of its solves. version: `VERSION` when
    it was made; a study of another version is not used.
    """

    design: Design
    plans: Mapping[str, str]
    inputs: SolveInputs
    rtol: float
    when: str
    version: int = VERSION

    @property
    def id(self) -> str:
        """Short hash of everything but the time."""
        rows = [i.as_dict() for i in self.design.inputs]
        d = self.design
        return content_hash(
            d.method, d.samples, d.seed, rows, dict(self.plans), self.inputs, self.rtol, self.version
        )[:16]

    def keys(self, plan: str) -> list[str]:
        """Input hash of every sample of a plan: equal samples of other studies are not solved again."""
        fixed = [settings()[k] for k in ("growth_depth_voxels", "gap_morph_mm")]
        return [
            content_hash(self.plans[plan], dict(draw), self.rtol, fixed, self.version)
            for draw in self.design.draws
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain form, the drawn numbers included."""
        d = self.design
        return {
            "id": self.id,
            "when": self.when,
            "method": d.method,
            "samples": d.samples,
            "rows": len(d.shares),
            "seed": d.seed,
            "plans": dict(self.plans),
            "inputs": [i.as_dict() for i in d.inputs],
            "solve_inputs": self.inputs.as_dict(),
            "rtol": self.rtol,
            "version": self.version,
            "shares": d.shares.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Study:
        """Inverse of `as_dict`."""
        rows = []
        for row in data["inputs"]:
            limits = {k: row[k] for k in ("least", "most") if row[k] is not None}
            plain = {k: v for k, v in row.items() if k not in ("least", "most")}
            rows.append(UncertainInput(**{**plain, **limits, "choices": tuple(row["choices"])}))
        shares = np.array(data["shares"], float)
        design = Design(data["method"], data["samples"], data["seed"], tuple(rows), shares)
        inputs = SolveInputs.from_dict(data["solve_inputs"])
        return cls(design, data["plans"], inputs, data["rtol"], data["when"], int(data["version"]))


@dataclass(frozen=True)
class StudyOptions:
    """What a user chooses. plans None: all. samples, seed None: the table's. inputs: "name=low:high" ..."""

    plans: tuple[str, ...] | None = None
    method: Method = "lhs"
    samples: int | None = None
    seed: int | None = None
    inputs: tuple[str, ...] = ()


def make_study(case: Case, options: StudyOptions) -> Study:
    """The study of a case's plans under the inputs of its last solve.

    Raises InputError "plan.unknown", "study.no_plan", UsageError "study.input", "study.samples",
    "usage.body_weight".
    """
    inputs = settle_inputs(case, SolveOptions())
    wanted = [w for w in wanted_results(case, options.plans, inputs) if w.plan is not None]
    if not wanted:
        raise InputError(
            "study.no_plan",
            f"{case.folder.path.name} has no plan to study.",
            hint="Make plans with `surgitwin plan propose` first.",
            where=str(case.folder.path),
        )
    table = settings()
    samples = options.samples or int(table["samples" if options.method == "lhs" else "sobol_samples"])
    seed = int(table["seed"]) if options.seed is None else options.seed
    rows = uncertain_inputs(options.inputs, certain(case, [w.plan for w in wanted if w.plan is not None]))
    design = make_design(options.method, samples, seed, rows)
    plans = {w.plan.name: w.input_hash for w in wanted if w.plan is not None}
    return Study(design, plans, inputs, float(table["rtol"]), now())


def certain(case: Case, plans: Sequence[Plan]) -> list[str]:
    """Conditions (`UncertainInput.when`) that do not hold: what the image shows is not uncertain, and
    friction does nothing to bonded parts."""
    anatomy = case.anatomy
    holds = {
        "head_estimated": anatomy.landmarks["head_centre"].estimated,
        "torsion_estimated": anatomy.torsion_estimated,
        "contact": any(p.options.get("contact") == "contact" for p in plans),
    }
    return [name for name, is_so in holds.items() if not is_so]


def study_folder(case: Case, study_id: str) -> Path:
    """Where a study's definition and summary are."""
    return case.folder.path / FOLDER / study_id


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """A whole file or none."""
    text = json.dumps(data, indent=1, allow_nan=False)
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))


def studies(case: Case) -> list[Study]:
    """All studies whose definition is in the case, the newest first, complete or not."""
    files = (case.folder.path / FOLDER).glob(f"*/{DEFINITION}")
    found = [Study.from_dict(json.loads(f.read_text(encoding="utf-8"))) for f in files]
    return sorted(found, key=lambda s: (s.when, s.id), reverse=True)
