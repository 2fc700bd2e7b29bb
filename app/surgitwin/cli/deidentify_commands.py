"""deidentify: images without identity. consent: what a case may be used for."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output, progress, speaks
from surgitwin.core.errors import UsageError
from surgitwin.core.places import require_folder

if TYPE_CHECKING:
    from surgitwin.exchange.deidentify import Options
    from surgitwin.planning.privacy.deidentify_new import Anonymous

PATH = click.Path(path_type=Path)
PURPOSE_NAMES = ("planning", "teaching", "research", "sharing")

PURPOSE = click.option(
    "--purpose", type=click.Choice(PURPOSE_NAMES), default="planning", show_default=True,
    help="What the file is for; the case's consent must allow it.",
)  # fmt: skip


CASE_OPTIONS = ("deidentify", "shift_dates", "keep_characteristics", "clean_text", "deface", "key")


def new_case_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of `new` for a case without identity; the command gets `anonymous` (None: not asked for)."""

    @click.option("--deidentify", is_flag=True, help="Keep no ID, UID, date or description in the case.")
    @click.option("--shift-dates", is_flag=True, help="With --deidentify: keep dates, moved.")
    @click.option("--keep-characteristics", is_flag=True, help="With --deidentify: keep sex, age, weight.")
    @click.option("--clean-text", is_flag=True, help="With --deidentify: keep plain descriptions.")
    @click.option("--deface", is_flag=True, help="With --deidentify: cut the face out of a head.")
    @click.option("--key", type=PATH, help="With --deidentify: your own file that says who is who.")
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in CASE_OPTIONS}
        return function(*args, anonymous=_anonymous(**given), **kwargs)

    return wrapper


def _anonymous(deidentify: bool, key: Path | None, **options: bool) -> Anonymous | None:
    from surgitwin.exchange.deidentify import Options
    from surgitwin.planning.privacy.deidentify_new import Anonymous

    if deidentify:
        return Anonymous(Options(**options), key)
    used = [f"--{name.replace('_', '-')}" for name, on in {**options, "key": key}.items() if on]
    if used:
        raise UsageError(
            "usage.arguments",
            f"{used[0]} belongs to --deidentify.",
            hint="Add --deidentify, or leave it out.",
            where=used[0],
        )
    return None


@click.command()
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--out", required=True, type=PATH, help="New folder for the images, or name of the new case.")
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
    """Write the DICOM images below PATHS, or the case PATHS, without identity (DICOM PS3.15 Annex E)."""
    from surgitwin.exchange.deidentify import Options
    from surgitwin.exchange.deidentify import deidentify as run

    if report is not None and report.suffix.lower() not in (".json", ".txt"):
        raise UsageError(
            "usage.format",
            f"A report cannot be written as {report.suffix or 'a file without suffix'}.",
            hint="Use a name that ends in .json or .txt.",
            where="--report",
        )
    if report is not None:
        require_folder(report)
    options = Options(
        shift_dates, keep_device, clean_text, keep_characteristics, deface, accept_doubt=accept_pixels
    )
    if any((p / "case.json").is_file() for p in paths):
        return _case(paths, out, options, key, report)
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


def _case(
    paths: tuple[Path, ...], out: Path, options: Options, key: Path | None, report: Path | None
) -> Output:
    """A case, which is given alone."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.privacy.deidentify_case import deidentify_case

    if len(paths) > 1:
        raise UsageError(
            "usage.arguments",
            "A case is de-identified alone, not with other folders.",
            hint="Give one case and one --out.",
            where="PATHS",
        )
    done = deidentify_case(Case.open(paths[0]), out, options, key=key, progress=progress())
    data = done.as_dict()
    rows = [f"{c.path} {c.name}: {c.action} ({c.reason})" for c in done.changes]
    if report is not None:
        text = json.dumps(data, indent=1) if report.suffix.lower() == ".json" else "\n".join(rows) + "\n"
        report.write_text(text, encoding="utf-8")
    lines = [f"Wrote {out}; searched every file of it.", *rows, *(f"Note: {w}" for w in done.warnings)]
    return Output(data, "\n".join(lines))


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
    from surgitwin.planning.privacy.consent import record_consent

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
    text = said + (f"\nEarlier records kept in the case: {len(earlier)}." if earlier else "")
    return Output({"consent": None if record is None else record.as_dict(), "earlier": earlier}, text)
