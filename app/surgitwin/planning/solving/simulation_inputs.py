"""The inputs of the next simulation: in words with their marks, and changed by the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from surgitwin.mechanics.density_laws import calibration, density_law
from surgitwin.planning.case import Case
from surgitwin.planning.freshness import mesh_current
from surgitwin.planning.solving.inputs import SolveOptions, settle_inputs
from surgitwin.planning.solving.results import last_inputs


@dataclass(frozen=True)
class InputWords:
    """What the loads and the bone's stiffness are taken from; marks: "estimated", "not verified" ..."""

    body_weight_kg: float | None
    weight_words: str
    law: str
    law_marks: tuple[str, ...]
    calibration_words: str
    calibration_marks: tuple[str, ...]
    warnings: tuple[str, ...]


def input_words(case: Case) -> InputWords:
    """The inputs that the next simulation uses, with where they come from."""
    last = last_inputs(case)
    weight = last.body_weight_kg if last is not None else case.state["body_weight_kg"]
    source = {"DICOM": "from the image's header", "given": "given by hand"}.get(
        str(case.state.get("body_weight_source")), "kept in the case"
    )
    law = density_law(None if last is None else last.law)
    scan = calibration() if last is None else last.calibration
    return InputWords(
        body_weight_kg=weight,
        weight_words="not known: the loads need it" if weight is None else source,
        law=law.name,
        law_marks=() if law.verified else ("not verified",),
        calibration_words="No phantom in the scan: typical scanner values"
        if not scan.calibrated
        else f"Phantom ({scan.phantom})",
        calibration_marks=tuple(
            words
            for words, there in (("uncalibrated", not scan.calibrated), ("not verified", not scan.verified))
            if there
        ),
        warnings=() if mesh_current(case) else ("The bone is measured and meshed again first.",),
    )


def changed_inputs(case: Case, options: SolveOptions) -> dict[str, Any]:
    """Keys of the case state with the inputs of the next simulation changed: results of others are then out
    of date. Raises UsageError "usage.body_weight" as long as no body weight is known."""
    inputs = settle_inputs(case, kept_options(case, options))
    out: dict[str, Any] = {"solve_inputs": inputs.as_dict()}
    if options.body_weight is not None:
        out |= {"body_weight_kg": inputs.body_weight_kg, "body_weight_source": "given"}
    return out


def kept_options(case: Case, options: SolveOptions) -> SolveOptions:
    """`options` with residual and way of the hip force as they were last, unless they are given."""
    last, plain = last_inputs(case), SolveOptions()
    if last is None:
        return options
    kept: dict[str, Any] = {
        k: getattr(last, k) for k in ("rtol", "remote") if getattr(options, k) == getattr(plain, k)
    }
    return SolveOptions(**{**{k: getattr(options, k) for k in options.__dataclass_fields__}, **kept})
