"""How commands speak: one JSON object or plain text on stdout, everything else on stderr."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.progress import Event, Progress

_AGAIN = 0.1
"""Share of the whole work after which a message that stays is told again."""
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Output:
    """What a command found: `data` for --json, `text` for people."""

    data: dict[str, Any]
    text: str
    exit_code: int = 0


def speaks(function: Callable[..., Output]) -> Callable[..., int]:
    """Add --json to a command and print its Output; the command's value is its exit code."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, logs on stderr.")
    @functools.wraps(function)
    def wrapper(*args: Any, as_json: bool, **kwargs: Any) -> int:
        output = function(*args, **kwargs)
        emit(json.dumps(output.data, indent=1, allow_nan=False) if as_json else output.text)
        return output.exit_code

    return wrapper


def emit(text: str) -> None:
    """One block of text on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def emit_error(error: SurgiTwinError, as_json: bool) -> None:
    """An error: JSON on stdout when asked for, else words on stderr."""
    if as_json:
        emit(json.dumps({"error": error.as_dict()}, indent=1))
        return
    lines = [f"Error [{error.code}]: {error.message}"]
    if error.where and str(error.where) not in error.message:
        lines.append(f"Where: {error.where}")
    if error.hint:
        lines.append(f"Next step: {error.hint}")
    sys.stderr.write("\n".join(lines) + "\n")


def progress() -> Progress:
    """Progress as lines on stderr: each message once, and again for every tenth of the work that it takes."""
    last: list[tuple[str, float]] = []

    def report(event: Event) -> None:
        done = event.fraction or 0.0
        if event.message and (not last or last[-1][0] != event.message or done >= last[-1][1] + _AGAIN):
            last[:] = [(event.message, done)]
            at = "" if event.fraction is None else f"{event.fraction:4.0%} "
            sys.stderr.write(f"{at}{event.message}\n")
            sys.stderr.flush()

    return Progress(report)


def table(rows: list[list[str]], header: list[str]) -> str:
    """Columns aligned with spaces."""
    widths = [max(len(r[n]) for r in [header, *rows]) for n in range(len(header))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in [header, *rows]]
    return "\n".join(lines)
