"""network send, network web-send: files to an archive, with or without the patient's identity."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.network_options import PLAIN, files_to_send, sent_output, web_password
from surgitwin.cli.output import Output, progress, speaks
from surgitwin.core.errors import Cancelled, UsageError

if TYPE_CHECKING:
    from surgitwin.exchange.deidentify import Options
    from surgitwin.exchange.network import Peer

PATH = click.Path(path_type=Path)
WITH_NAMES = "The files hold names and IDs of patients, and would be sent with them. Send them as they are?"


def sending_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What both commands take; the command gets the known `peer`, `without` (Options or None) and `asked`
    (key, case, ...). An unknown peer is told before anything is asked."""

    @click.option("--series", "uids", multiple=True, metavar="UID", help="A series of the catalogue.")
    @click.option("--deidentify", is_flag=True, help="Take names, IDs, UIDs and dates out first.")
    @click.option("--deface", is_flag=True, help="With --deidentify: cut faces out too.")
    @click.option("--key", type=PATH, help="With --deidentify: your own file that says who is who.")
    @click.option("--identified", "--with-identity", is_flag=True, help="Send as they are, names and all.")
    @click.option("--case", type=PATH, help="Case of the patient, whose consent is asked.")
    @PURPOSE
    @functools.wraps(function)
    def wrapper(
        *args: Any, peer: str, deidentify: bool, deface: bool, identified: bool, **kwargs: Any
    ) -> Any:
        from surgitwin.exchange.network import peer_named

        known = peer_named(peer)
        without = _choice(deidentify, deface, kwargs["key"], identified)
        return function(*args, peer=known, without=without, **kwargs)

    return wrapper


def _choice(deidentify: bool, deface: bool, key: Path | None, identified: bool) -> Options | None:
    """Options of the de-identification, None for files as they are; at a terminal that is asked.

    A script must say it: UsageError "network.identity_choice".
    """
    from surgitwin.exchange.deidentify import Options

    if deidentify and identified:
        raise _excluded("--deidentify and --identified exclude each other.")
    if (deface or key is not None) and not deidentify:
        raise _excluded(f"{'--deface' if deface else '--key'} belongs to --deidentify.")
    if deidentify:
        return Options(deface=deface)
    if identified:
        return None
    if not sys.stdin.isatty():
        raise UsageError(
            "network.identity_choice",
            "Nobody said whether the images go with or without the patient's identity, and nothing was sent.",
            hint="Give --deidentify to take it out first, or --identified to send names and IDs with them.",
            where="--deidentify",
        )
    if not click.confirm(WITH_NAMES, default=False, err=True):
        raise Cancelled()
    return None


def _excluded(fact: str) -> UsageError:
    return UsageError(
        "usage.arguments", fact, hint="See `surgitwin network send --help`.", where="--deidentify"
    )


@click.command()
@click.argument("peer")
@click.argument("paths", type=PATH, nargs=-1)
@sending_options
@PLAIN
@speaks
def send(peer: Peer, paths: tuple[Path, ...], **asked: Any) -> Output:
    """Send files, folders or series of the catalogue to PEER (C-STORE)."""
    return _send(peer, paths, "store", **asked)


@click.command(name="web-send")
@click.argument("peer")
@click.argument("paths", type=PATH, nargs=-1)
@sending_options
@PLAIN
@speaks
def web_send(peer: Peer, paths: tuple[Path, ...], **asked: Any) -> Output:
    """Send files, folders or series of the catalogue to PEER (DICOMweb)."""
    return _send(peer, paths, "web", **asked)


def _send(
    peer: Peer, paths: tuple[Path, ...], way: Any, *, uids: tuple[str, ...], without: Options | None,
    key: Path | None, case: Path | None, purpose: str, allow_plain: bool,
) -> Output:  # fmt: skip
    from surgitwin.exchange.network import send_files
    from surgitwin.planning.privacy.leaving_file import file_consent

    said = file_consent(case, purpose)
    files = files_to_send(uids, paths)
    password = web_password(peer) if way == "web" else None
    done = send_files(
        peer, files, way, without=without, key=key, password=password, allow_plain=allow_plain,
        progress=progress(),
    )  # fmt: skip
    return sent_output(done, said)
