"""Options of local sizes, for the commands that mesh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.meshes.sizes import LocalSizes


def size_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--size-near, --within, --curvature, --least and --large."""
    for option in (
        click.option("--large", is_flag=True, help="Also when more than 3 million tetrahedra are expected."),
        click.option("--least", type=float, help="Smallest edge by --curvature in mm (default: size / 3)."),
        click.option("--curvature", type=float, metavar="N", help="N edges to a radius of curvature."),
        click.option("--within", type=float, default=0.0, show_default=True,
                     help="mm round --size-near; edges grow by 0.3 mm a mm beyond."),
        click.option("--size-near", nargs=2, multiple=True, metavar="PLACE MM",
                     help="Smaller edges near x,y,z, a line x,y,z/x,y,z, a segment or a surface's file."),
    ):  # fmt: skip
        command = option(command)
    return command


def local_sizes(
    size_near: Sequence[tuple[str, str]], within: float, curvature: float | None, least: float | None
) -> LocalSizes:
    """The wish of these options. Raises UsageError "usage.size_near"."""
    from surgitwin.planning.meshes.sizes import LocalSizes, Near

    if least is not None and curvature is None:
        raise _wrong("--least belongs to --curvature.", "--least")
    if within and not size_near:
        raise _wrong("--within belongs to --size-near.", "--within")
    near = tuple(Near(place, _number(size), within) for place, size in size_near)
    return LocalSizes(near, curvature, least)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _wrong(f"--size-near: {text!r} is no number of mm.", "--size-near") from None


def _wrong(fact: str, where: str) -> UsageError:
    return UsageError(
        "usage.size_near", fact, hint="For example --size-near 12,-40,8 0.5 --within 5.", where=where
    )
