"""What the rows of the table of effects are made of."""

from __future__ import annotations

from surgitwin.segmentation.edit.parameter import Parameter

HERE = "surgitwin.segmentation.edit"
HANDLING = "handling only: a value to start from"


def number(
    name: str, title: str, default: float, low: float, high: float, unit: str, tip: str, **more: object
) -> Parameter:
    """A parameter that is a number."""
    found: dict[str, object] = {"source": HANDLING, **more}
    return Parameter(name, title, "number", default, tip, unit=unit, low=low, high=high, **found)  # type: ignore[arg-type]


def choice(name: str, title: str, choices: dict[str, str], tip: str, **more: object) -> Parameter:
    """A parameter that is one of some words; the first is the default."""
    default, source = str(more.pop("default", next(iter(choices)))), str(more.pop("source", HANDLING))
    return Parameter(name, title, "choice", default, tip, source, choices=choices, **more)  # type: ignore[arg-type]
