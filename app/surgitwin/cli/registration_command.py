"""register: take a second image of the patient onto the image of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.image_options import NAMES, image_options, to_answers
from surgitwin.cli.output import Output, progress, speaks
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.case import Case

OF_MOVING = ("series", "kind", "mask", "points", "begin", "start", "same_patient", *NAMES)
"""Options that say how the second image is registered."""


@click.command()
@click.argument("case", type=CASE)
@click.option("--moving", type=click.Path(exists=True, path_type=Path),
              help="The second image: a DICOM folder, or a NIfTI, NRRD, MHA or VTI file. Without it the "
              "registrations of the case are listed.")  # fmt: skip
@click.option("--series", default=None, help="UID of the series, when the folder holds several.")
@click.option("--kind", type=click.Choice(["rigid", "affine"]), default="rigid", show_default=True)
@click.option("--mask", "mask", multiple=True, metavar="SEGMENT",
              help="Compare this segment and 10 mm round it (may be repeated).")  # fmt: skip
@click.option("--points", type=click.Path(path_type=Path),
              help="Landmark pairs to start from: a line each, x y z x y z, LPS mm.")  # fmt: skip
@click.option("--begin", type=click.Choice(["auto", "scanner", "centres", "moments"]), default="auto",
              show_default=True, help="Where the search begins: scanner's coordinates, middle on middle, "
              "centre of mass on centre of mass, or all of them.")  # fmt: skip
@click.option("--start", type=click.Path(path_type=Path),
              help="Begin at this transform: .json of `export --what registration`, or .tfm.")  # fmt: skip
@click.option("--same-patient", is_flag=True, help="Both are of one person although the codes differ.")
@image_options
@speaks
def register(
    case: Path,
    moving: Path | None,
    series: str | None,
    kind: Any,
    mask: tuple[str, ...],
    points: Path | None,
    begin: Any,
    start: Path | None,
    same_patient: bool,
    answers: dict[str, Any],
) -> Output:
    """Register a second image onto the image of CASE and keep both: `register a.twin --moving mr/ --mask
    femur`. The error is estimated from other runs, the way back, and landmarks when they are given."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.images.registration import read_pairs, register_image, registration_of
    from surgitwin.planning.images.registration_start import read_start
    from surgitwin.planning.images.registration_words import error_words
    from surgitwin.planning.images.second_image import read_second

    opened = Case.open(case)
    if moving is None:
        _require_nothing_more()
        return _listed(opened)
    if sum((points is not None, start is not None, begin != "auto")) > 1:
        raise UsageError(
            "register.start",
            "A registration begins at one place.",
            hint="Give one of --points, --start and --begin.",
            where="--points, --start, --begin",
        )
    report = progress()
    with opened.folder.locked():
        pairs = None if points is None else read_pairs(points)
        second = read_second(moving, series, to_answers(answers), report.part(0.0, 0.1))
        done = register_image(
            opened, second, kind, mask=mask, pairs=pairs, begin=begin,
            start=None if start is None else read_start(start), same_patient=same_patient,
            progress=report.part(0.1, 1.0),
        )  # fmt: skip
    entry = registration_of(done)
    number = len(done.state["registrations"])
    lines = [
        f"Registration {number}: {entry['modality']}, {kind}, {entry['seconds']:.0f} s, "
        f"{entry['metric']} {entry['before']:.3f} to {entry['after']:.3f}, overlap {entry['overlap']:.0%}.",
        f"Estimated error: {error_words(entry)}.",
        *(f"Note: {w}" for w in entry["warnings"]),
    ]
    data = {"number": number, **{k: v for k, v in entry.items() if k != "blob"}}
    return Output(data, "\n".join(lines))


def _require_nothing_more() -> None:
    """UsageError "usage.arguments" when an option is given that only a second image gives a meaning."""
    context = click.get_current_context()
    typed = [
        p.opts[0]
        for p in context.command.params
        if p.name in OF_MOVING and context.get_parameter_source(p.name) is ParameterSource.COMMANDLINE
    ]
    if typed:
        raise UsageError(
            "usage.arguments",
            f"{', '.join(typed)} {'belongs' if len(typed) == 1 else 'belong'} to a second image, and none is "
            "named.",
            hint="Name the image with --moving, or leave the rest out to list the registrations of the case.",
            where="--moving",
        )


def _listed(case: Case) -> Output:
    """What was registered so far; `export --what registration --number N` writes one out."""
    from surgitwin.planning.images.registration_words import registration_line, registration_rows

    rows = registration_rows(case.state)
    words = [registration_line(row) for row in rows]
    return Output({"registrations": rows}, "\n".join(words) or "No second image is registered.")
