"""catalogue: the list of studies on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output, progress, speaks, table

if TYPE_CHECKING:
    from surgitwin.exchange.catalogue import Listed

PATH = click.Path(path_type=Path)
IDENTITY = click.option("--identity", is_flag=True, help="Also names, IDs and birth dates of patients.")


@click.group()
def catalogue() -> None:
    """Studies on this computer: add folders once, find series again by words."""


@catalogue.command()
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--copy", "copied", is_flag=True, help="Copy the images into the catalogue (default: link).")
@speaks
def add(paths: tuple[Path, ...], copied: bool) -> Output:
    """Add the series below PATHS (folders, files, zip archives); only new and changed files are read."""
    from surgitwin.exchange.catalogue import Catalogue
    from surgitwin.exchange.catalogue import add as add_paths

    done = add_paths(Catalogue.open(), paths, "copy" if copied else "link", progress())
    return Output(done.as_dict(), done.words)


@catalogue.command(name="list")
@IDENTITY
@click.option("--limit", type=click.IntRange(1), help="At most so many series.")
@speaks
def list_all(identity: bool, limit: int | None) -> Output:
    """List every series."""
    return _listed({}, identity, limit)


@catalogue.command()
@click.argument("words", nargs=-1)
@click.option("--modality", multiple=True, help="CT, MR, ... (may be repeated).")
@click.option("--body-part", default="", help="Part of the name of the body part.")
@click.option("--since", default="", help="YYYY-MM-DD, of the study.")
@click.option("--until", default="", help="YYYY-MM-DD, of the study.")
@click.option("--usable", is_flag=True, help="Leave series out that cannot be used.")
@IDENTITY
@click.option("--limit", type=click.IntRange(1), help="At most so many series.")
@speaks
def search(
    words: tuple[str, ...],
    modality: tuple[str, ...],
    body_part: str,
    since: str,
    until: str,
    usable: bool,
    identity: bool,
    limit: int | None,
) -> Output:
    """Find series in which all WORDS occur: patient's name, ID or code, description, body part, date, UID."""
    wanted = {
        "words": " ".join(words), "modality": modality, "body_part": body_part, "since": since,
        "until": until, "usable": usable,
    }  # fmt: skip
    return _listed(wanted, identity, limit)


def _listed(wanted: dict[str, Any], identity: bool, limit: int | None) -> Output:
    from surgitwin.exchange.catalogue import Catalogue, Filter
    from surgitwin.exchange.catalogue import search as find

    rows = find(Catalogue.open(), Filter(**wanted), limit=limit or -1)
    text = _table(rows, identity) if rows else "No series found."
    return Output({"series": [r.as_dict(identity) for r in rows]}, text)


def _table(rows: Sequence[Listed], identity: bool) -> str:
    who = ["patient", *(["name", "ID", "born"] if identity else [])]
    head = [*who, "study", "kind", "description", "slices", "state", "uid"]
    lines = []
    for r in rows:
        state = f"{r.missing} files missing" if r.missing else r.status
        names = [r.name, r.patient_id, r.birth_date] if identity else []
        lines.append(
            [
                r.patient_code or "-",
                *names,
                r.study_date or r.date or "-",
                r.modality,
                r.description,
                str(r.slices),
                state,
                r.uid,
            ]
        )
    return table(lines, head)


@catalogue.command()
@click.argument("uid")
@speaks
def remove(uid: str) -> Output:
    """Forget a series or a study (its UID) or a patient (code): also its copies; linked files stay."""
    from surgitwin.exchange.catalogue import Catalogue, forget

    gone = forget(Catalogue.open(), uid)
    text = f"Forgotten: {gone.series} series, {gone.copies} copied files deleted"
    return Output(gone.as_dict(), text + (f"; {gone.links} linked files stay." if gone.links else "."))


@catalogue.command()
@click.option("--tidy", is_flag=True, help="Remove what a killed import left behind (older than a day).")
@speaks
def check(tidy: bool) -> Output:
    """Compare every file with the catalogue: changed, missing, damaged. Exit code 6 when any is."""
    from surgitwin.exchange import catalogue as rooms
    from surgitwin.exchange.catalogue import Catalogue

    opened = Catalogue.open()
    found = rooms.check(opened, progress())
    removed = rooms.tidy(opened) if tidy else 0
    lines = [f"{found.present} files are as they were."]
    for words in ("changed", "missing", "damaged", "stray"):
        paths = getattr(found, words)
        if paths:
            lines.append(f"{len(paths)} {words}, for example {paths[0]}")
    if tidy:
        lines.append(f"{removed} left-over files removed.")
    data = {**found.as_dict(), "removed": removed, "folder": str(opened.folder)}
    return Output(data, "\n".join(lines), 0 if found.sound else 6)
