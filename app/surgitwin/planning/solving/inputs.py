"""What a solution depends on, settled once, and the hash that covers all of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.plan import Plan
from surgitwin.core.resources import resources_dir
from surgitwin.mechanics.density_laws import Calibration, calibration, density_law, phantom_calibration
from surgitwin.planning.body_weight import check_body_weight
from surgitwin.planning.case import Case
from surgitwin.planning.versions import MODELS

TABLES = ("materials/*", "load_cases/*", "implants/*", "metrics", "fracture_fixation", "femur_anatomy")
"""Data tables that change results."""


_MEMORY = "result hashes"


@dataclass(frozen=True)
class SolveOptions:
    """What the user may set for `solve`; None means the case's or the program's default."""

    cores: int | None = None
    body_weight: float | None = None
    law: str | None = None
    calibration: str | None = None
    method: str = "cg"
    rtol: float = 1e-8
    remote: str = "distributing"
    stiffness: str | None = None


@dataclass(frozen=True)
class SolveInputs:
    """Settled inputs: body weight (kg), density law, calibration, tolerance, way of the hip force
    ("distributing", "rigid"), stiffness per integration "point" or "element_average" (Bonemat V3)."""

    body_weight_kg: float
    law: str
    calibration: Calibration
    rtol: float
    remote: str
    stiffness: str

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SolveInputs:
        """Inverse of `as_dict`."""
        return cls(**{**data, "calibration": Calibration(**data["calibration"])})


RTOL_RANGE = (1e-12, 1e-2)


def settle_inputs(case: Case, options: SolveOptions) -> SolveInputs:
    """Options, then what the case was last solved with, then defaults.

    Raises UsageError "usage.body_weight" naming the option when no body weight is known.
    """
    before = case.state.get("solve_inputs") or {}
    known = (options.body_weight, before.get("body_weight_kg"), case.state["body_weight_kg"])
    weight = next((w for w in known if w is not None), None)
    if weight is None:
        raise UsageError(
            "usage.body_weight",
            "The body weight is not known: the image header holds none.",
            hint="Give it in kilograms with --body-weight KG.",
            where="--body-weight",
        )
    check_body_weight(weight)
    low, high = RTOL_RANGE
    if not low <= options.rtol <= high:
        raise UsageError(
            "usage.rtol",
            f"A residual of {options.rtol:g} is outside {low:g} to {high:g}.",
            hint="1e-8 is the default.",
            where="--rtol",
        )
    return SolveInputs(
        body_weight_kg=float(weight),
        law=density_law(options.law or before.get("law")).name,
        calibration=_calibration(options.calibration, before.get("calibration")),
        rtol=options.rtol,
        remote=options.remote,
        stiffness=options.stiffness or before.get("stiffness") or "point",
    )


def _calibration(asked: str | None, before: Mapping[str, Any] | None) -> Calibration:
    """A named calibration, or one from a TOML file with a, b, phantom and source."""
    if asked is None:
        return Calibration(**before) if before else calibration()
    path = Path(asked)
    if path.suffix != ".toml":
        return calibration(asked)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return phantom_calibration(
            float(data["a"]), float(data["b"]), str(data["phantom"]), str(data["source"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "calibration.file",
            f"The calibration file {path} cannot be used: {type(error).__name__}: {error}.",
            hint="It needs numbers a and b (g/cm3, g/cm3 per HU), phantom and source.",
            where=str(path),
        ) from None


def result_hash(case: Case, plan: Plan | None, inputs: SolveInputs) -> str:
    """Hash of everything that a result depends on; plan None is the intact bone.

    The number of cores and the direct or iterative solver are left out: they change the last digits only.
    """
    anatomy = case.state["anatomy"]
    images = (case.state["image_hash"], case.state["mesh"]["input_hash"])
    plan_hash = None if plan is None else plan.hash
    key = (*images, plan_hash, inputs, tuple(MODELS.items()))
    known = _known_hashes(case, anatomy)
    if key not in known:
        known[key] = content_hash(*images, anatomy, plan_hash, inputs, _tables_hash(), MODELS)
    return known[key]


def _known_hashes(case: Case, anatomy: Any) -> dict[Any, str]:
    """Hashes made before for this very anatomy object: the window asks for many after every change."""
    found = case.memory.get(_MEMORY)
    if found is None or found[1][0] is not anatomy:
        found = case.memory[_MEMORY] = ("", (anatomy, {}))
    out: dict[Any, str] = found[1][1]
    return out


@cache
def _tables_hash() -> str:
    root = resources_dir()
    files = sorted(p for pattern in TABLES for p in root.glob(f"{pattern}.toml"))
    return content_hash({p.relative_to(root).as_posix(): p.read_bytes() for p in files})
