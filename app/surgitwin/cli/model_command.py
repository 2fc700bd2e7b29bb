"""models, and `segment CASE --model NAME`: automatic models of other packages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.segmentation.automatic.interface import AutomaticModel

BUNDLES = "MONAI bundles are listed too when SURGITWIN_BUNDLES names their folders."


@click.command()
@speaks
def models() -> Output:
    """List the automatic models, whether they can run here, and the segments that they make."""
    from surgitwin.segmentation.automatic.interface import models as known

    data, rows, more = [], [], []
    for one in known():
        reason = one.available()
        offered = [{"name": s.name, "code": s.code or None} for s in one.segments()]
        there = reason is None and one.has_weights()
        data.append(
            {
                "name": one.name,
                "version": one.version() or None,
                "modality": one.modality,
                "available": reason is None,
                "reason": reason,
                "weights": there if reason is None else None,
                "install": one.install().splitlines() if reason else [],
                "terms": one.terms(),
                "loads": None if there else one.download(),
                "segments": offered,
            }
        )
        state = reason or ("ready" if there else "needs weights (--allow-download)")
        rows.append([one.name, one.version() or "-", one.modality, str(len(offered)), state])
        more += _next_steps(one, reason, there)
    lines = [table(rows, ["model", "version", "image", "segments", "state"]), *more, "", BUNDLES]
    return Output({"models": data}, "\n".join(lines))


def _next_steps(model: AutomaticModel, reason: str | None, weights: bool) -> list[str]:
    """What a person does next to use a model, and on which terms; nothing when it is ready."""
    if weights:
        return []
    lines = ["", f"{model.name}: {model.terms()}"]
    if reason:
        lines += ["To install it (nothing is installed by SurgiTwin itself):"]
        lines += [f"  {line}" for line in model.install().splitlines()]
    else:
        lines.append(f"With --allow-download it loads {model.download()}.")
    return lines


def model_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --model and what goes with it; the command gets `model`, empty without."""

    @click.option("--model", "model_name", help="Take segments of an automatic model: `surgitwin models`.")
    @click.option("--segments", help="With --model: names, with commas between.")
    @click.option("--allow-download", is_flag=True, help="With --model: it may load weights by network.")
    @click.option("--time-limit", type=click.FloatRange(1), help="With --model: seconds (default 3600).")
    @click.option("--memory-gb", type=click.FloatRange(0), help="With --model: must be free (default 8).")
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        keys = ("model_name", "segments", "allow_download", "time_limit", "memory_gb")
        given = {k: v for k in keys if (v := kwargs.pop(k)) not in (None, False)}
        if given and "model_name" not in given:
            named = ", ".join(f"--{k.replace('_', '-')}" for k in given)
            raise UsageError(
                "usage.model", f"{named} needs --model.", hint="See `surgitwin models`.", where="--model"
            )
        return function(*args, model=given, **kwargs)

    return wrapper


def segment_by_model(path: Path, given: Mapping[str, Any], others: Mapping[str, Any]) -> Mapping[str, Any]:
    """State of the case at `path` with the segments of a model. others: options of no use with one."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.from_model import segment_by_model as run
    from surgitwin.segmentation.automatic.interface import Choices, Limits

    useless = [name for name, value in others.items() if value]
    if useless:
        raise UsageError(
            "usage.model",
            f"{', '.join(useless)} has no use with --model.",
            hint="Leave it out: the segments of a model are added to what is there.",
            where="--model",
        )
    usual = Limits()
    names = tuple(n.strip() for n in str(given.get("segments", "")).split(",") if n.strip())
    limits = Limits(given.get("time_limit", usual.seconds), given.get("memory_gb", usual.memory_GB))
    choices = Choices(tuple(dict.fromkeys(names)), bool(given.get("allow_download")), limits)
    opened = Case.open(path)
    with opened.folder.locked():
        return run(opened, given["model_name"], choices, progress()).state
