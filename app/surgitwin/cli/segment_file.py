"""`segment CASE --from FILE`: segments of another program."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from surgitwin.cli.output import progress
from surgitwin.core.errors import UsageError


def file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --from and the answers on a surface; the command gets `file` and `surface`."""

    @click.option(
        "--from",
        "file",
        type=click.Path(path_type=Path),
        help="Take segments from a label map (NIfTI, NRRD, MetaImage), DICOM SEG or closed surface instead.",
    )
    @click.option(
        "--unit", type=click.Choice(["mm", "cm", "m", "um", "inch"]), help="Unit of a surface file."
    )
    @click.option("--frame", type=click.Choice(["lps", "ras"]), help="Frame of a surface file or label map.")
    @click.option("--accept-size", is_flag=True, help="The size of a surface is right although unusual.")
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        surface = {k: v for k in ("unit", "frame", "accept_size") if (v := kwargs.pop(k))}
        return function(*args, surface=surface, **kwargs)

    return wrapper


def segment_from_file(
    path: Path, file: Path, add: bool, surface: Mapping[str, Any], others: Mapping[str, Any]
) -> Mapping[str, Any]:
    """State of the case at `path` with the segments of `file`. others: options that a file has no use for."""
    from surgitwin.imaging.formats.reader import image_suffix
    from surgitwin.meshing.files.surface_formats import surface_suffix
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.from_files import import_labels

    useless = [name for name, value in others.items() if value]
    if surface and not surface_suffix(file):
        used = {"frame"} if image_suffix(file) else set()
        useless += [f"--{name.replace('_', '-')}" for name in surface if name not in used]
    if useless:
        raise UsageError(
            "usage.from",
            f"{', '.join(useless)} has no use with --from {file.name}.",
            hint="Leave it out: segments of a file are taken as they are.",
            where="--from",
        )
    opened = Case.open(path)
    with opened.folder.locked():
        return import_labels(opened, file, add=add, surface=surface, progress=progress()).state
