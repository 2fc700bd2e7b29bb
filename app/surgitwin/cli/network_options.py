"""Options and words that the network commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output, table
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.exchange.network import Found, Peer, Sent, Transfer

PLAIN = click.option(
    "--allow-plain", is_flag=True, help="Allow another computer without encryption (trusted network only)."
)
STUDY = click.option("--study", "study_uid", required=True, metavar="UID", help="Study Instance UID.")
SERIES = click.option("--series", "series_uid", default="", metavar="UID", help="Only this series.")


def question_options[F: Callable[..., Any]](function: F) -> F:
    """--level, --name, --patient-id, --date, --modality, --description, --study."""
    options = (
        click.option("--level", type=click.Choice(["patient", "study", "series"]), default="study"),
        click.option("--name", default="", help="Patient's name; * and ? stand for letters."),
        click.option("--patient-id", default="", help="Patient ID."),
        click.option("--date", default="", help="YYYYMMDD, or a range as 20260101-20260131."),
        click.option("--modality", default="", help="CT, MR, ..."),
        click.option("--description", default="", help="Of the study or series; * and ? allowed."),
        click.option("--study", "study_uid", default="", metavar="UID", help="For --level series."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def receiver_options[F: Callable[..., Any]](function: F) -> F:
    """Where and how to listen."""
    options = (
        click.option("--port", type=click.IntRange(0, 65535), default=11112, show_default=True),
        click.option("--bind", default="127.0.0.1", show_default=True, help="Address to listen on."),
        click.option("--certificate", default="", help="Our certificate (PEM), for TLS."),
        click.option("--key", default="", help="Its key (PEM)."),
        click.option("--client-ca", default="", help="Callers must show a certificate signed by this (PEM)."),
        PLAIN,
    )
    for option in reversed(options):
        function = option(function)
    return function


def web_password(peer: Peer) -> str | None:
    """The password for a peer with a user: environment, keyring, or asked on the terminal."""
    from surgitwin.exchange.network import password_of

    if not peer.user:
        return None
    found = password_of(peer)
    if found is None and sys.stdin.isatty():
        found = str(click.prompt(f"Password of {peer.user} at {peer.name}", hide_input=True, err=True))
    return found


def found_output(found: Found) -> Output:
    """Rows of a query. They name patients: that is what was asked for."""
    if not found.rows:
        return Output({"rows": [], "complete": True}, "Nothing found.")
    head = [k for k in found.rows[0] if any(r[k] for r in found.rows)]
    text = table([[r[k] for k in head] for r in found.rows], head)
    if not found.complete:
        text += f"\nThere is more than the {len(found.rows)} shown: narrow the search."
    return Output({"rows": list(found.rows), "complete": found.complete}, text)


def transfer_output(transfer: Transfer, data: dict[str, Any], text: str) -> Output:
    """Counts; exit code 3 when anything failed."""
    return Output(data, text, 3 if transfer.failed else 0)


def sent_output(sent: Sent, notes: tuple[str, ...] = ()) -> Output:
    """As `transfer_output`, with what was taken out before, if anything; exit code 3 when files stayed."""
    text = "\n".join([sent.words, *(f"Note: {n}" for n in notes)])
    data = {**sent.as_dict(), "warnings": list(notes)}
    return Output(data, text, 3 if sent.transfer.failed or sent.withheld else 0)


def files_to_send(uids: tuple[str, ...], paths: tuple[Path, ...]) -> list[Path]:
    """Files of series of the catalogue and below paths (UsageError "network.nothing_named")."""
    from surgitwin.exchange.catalogue import Catalogue, paths_of
    from surgitwin.exchange.catalogue.walk import files_below, roots_of

    if not uids and not paths:
        raise UsageError(
            "network.nothing_named", "What is to be sent?",
            hint="Give --series UID of the catalogue, or files and folders.", where="PATHS",
        )  # fmt: skip
    out = [p for uid in uids for p in paths_of(Catalogue.open(), uid)] if uids else []
    out += [Path(e.origin) for e in files_below(roots_of(paths))] if paths else []
    return list(dict.fromkeys(out))
