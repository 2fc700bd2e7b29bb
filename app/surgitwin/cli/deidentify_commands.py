"""deidentify: images without identity. consent: what a case may be used for."""

from __future__ import annotations

import json
from pathlib import Path

import click

from surgitwin.cli.output import Output, progress, speaks
from surgitwin.core.errors import UsageError

PATH = click.Path(path_type=Path)
PURPOSE_NAMES = ("planning", "teaching", "research", "sharing")

PURPOSE = click.option(
    "--purpose", type=click.Choice(PURPOSE_NAMES), default="planning", show_default=True,
    help="What the file is for; the case's consent must allow it.",
)  # fmt: skip


@click.command()
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--out", required=True, type=PATH, help="New folder for the images.")
@click.option("--shift-dates", is_flag=True, help="Keep dates, all of a patient moved by the same days.")
@click.option("--keep-device", is_flag=True, help="Keep scanner, station and serial numbers.")
@click.option("--clean-text", is_flag=True, help="Keep descriptions made of known words of imaging.")
@click.option("--keep-characteristics", is_flag=True, help="Keep sex, age (90 and more as one), weight.")
@click.option("--deface", is_flag=True, help="Cut the face out of images of a head (CT, MR).")
@click.option("--accept-pixels", is_flag=True, help="Text may be in the pixels; every image was looked at.")
@click.option("--key", type=PATH, help="Your own file that says who is who; the same key, the same codes.")
@click.option("--report", type=PATH, help="Write every change there, as .json or .txt.")
@speaks
def deidentify(
    paths: tuple[Path, ...],
    out: Path,
    shift_dates: bool,
    keep_device: bool,
    clean_text: bool,
    keep_characteristics: bool,
    deface: bool,
    accept_pixels: bool,
    key: Path | None,
    report: Path | None,
) -> Output:
    """Write the DICOM images below PATHS without identity (DICOM PS3.15 Annex E, Basic Profile)."""
    from surgitwin.exchange.deidentify import Options
    from surgitwin.exchange.deidentify import deidentify as run

    if report is not None and report.suffix.lower() not in (".json", ".txt"):
        raise UsageError(
            "usage.format",
            f"A report cannot be written as {report.suffix or 'a file without suffix'}.",
            hint="Use a name that ends in .json or .txt.",
            where="--report",
        )
    options = Options(
        shift_dates, keep_device, clean_text, keep_characteristics, deface, accept_doubt=accept_pixels
    )
    done = run(paths, out, options, key=key, progress=progress())
    data = done.as_dict()
    if report is not None:
        text = json.dumps(data, indent=1) if report.suffix.lower() == ".json" else done.words()
        report.write_text(text, encoding="utf-8")
    lines = done.words().partition("\n\nChanges")[0].splitlines()
    lines.append(f"Wrote {out}" + (f"; every change stands in {report}" if report else ""))
    if key is not None:
        lines.append(f"Note: {key} says who is who. Keep it apart from the images.")
    elif key is None:
        lines.append("Without --key nobody can say who is who, and another run gives other codes.")
    return Output(data | {"out": str(out)}, "\n".join(lines))


@click.command()
@click.argument("case", type=PATH)
@click.option("--set", "scope", multiple=True, type=click.Choice(PURPOSE_NAMES),
              help="What the patient agreed to (may be repeated); replaces the record.")  # fmt: skip
@click.option("--withdraw", is_flag=True, help="The patient withdrew it: nothing may leave the case.")
@click.option("--by", default="", help="Who records it.")
@click.option("--date", "given", default="", help="YYYY-MM-DD when it was given; default today.")
@click.option("--until", default="", help="YYYY-MM-DD of its last day.")
@click.option("--note", default="", help="For example where the signed form is.")
@click.option("--show", is_flag=True, help="Only show the record (as without options).")
@speaks
def consent(
    case: Path, scope: tuple[str, ...], withdraw: bool, by: str, given: str, until: str, note: str, show: bool
) -> Output:
    """Record or show what the patient of CASE agreed to; exports for anything else are refused."""
    from surgitwin.exchange.consent import consent_of, make_consent
    from surgitwin.planning.case import Case
    from surgitwin.planning.consent_step import record_consent

    if (scope and withdraw) or (show and (scope or withdraw)):
        raise UsageError(
            "usage.arguments",
            "--set, --withdraw and --show exclude each other.",
            hint="Use one of them.",
            where="--set",
        )
    opened = Case.open(case)
    if scope or withdraw:
        opened = record_consent(opened, make_consent(scope, by, given, until, note))
    record = consent_of(opened.state)
    earlier = list(opened.state.get("consent_history", []))
    said = "No consent is recorded: planning only." if record is None else f"Consent: {record.words}"
    text = said + (f"\n{len(earlier)} earlier records are kept in the case." if earlier else "")
    return Output({"consent": None if record is None else record.as_dict(), "earlier": earlier}, text)
