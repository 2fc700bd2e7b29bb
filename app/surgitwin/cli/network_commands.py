"""network: images to and from hospital systems (DICOM and DICOMweb)."""

from __future__ import annotations

import time
from typing import Any

import click

from surgitwin.cli.network_options import (
    PLAIN,
    SERIES,
    STUDY,
    found_output,
    question_options,
    receiver_options,
    transfer_output,
    web_password,
)
from surgitwin.cli.network_send_commands import send, web_send
from surgitwin.cli.output import Output, progress, speaks, table


@click.group()
def network() -> None:
    """Query, fetch, send and receive images. PEER is a name given with `network peer-add`."""


network.add_command(send)
network.add_command(web_send)


@network.command()
@speaks
def peers() -> Output:
    """List the peers."""
    from surgitwin.exchange.network import peers_file, read_peers

    rows = list(read_peers().values())
    data = [
        {"name": p.name, "ae_title": p.ae_title, "host": p.host, "port": p.port, "tls": p.tls, "url": p.url}
        for p in rows
    ]
    lines = [
        [p.name, p.place if p.host else "-", "TLS" if p.tls else "plain" if p.host else "", p.url or "-"]
        for p in rows
    ]
    text = table(lines, ["name", "DICOM", "", "DICOMweb"]) if lines else "No peer yet."
    return Output({"peers": data, "file": str(peers_file())}, text)


@network.command(name="peer-add")
@click.argument("name")
@click.option("--ae", "ae_title", default="", help="AE title of the DICOM service.")
@click.option("--host", default="")
@click.option("--port", type=int, default=0)
@click.option("--calling", default="SURGITWIN", show_default=True, help="Our AE title there.")
@click.option("--tls", is_flag=True, help="The DICOM service speaks TLS.")
@click.option("--url", default="", help="Address of the DICOMweb service.")
@click.option("--user", default="", help="For DICOMweb; the password is asked for, never kept.")
@click.option("--ca", "ca_file", default="", help="Authority to trust (PEM); default: the system's.")
@click.option("--certificate", "certificate_file", default="", help="Our certificate (PEM).")
@click.option("--key", "key_file", default="", help="Its key (PEM).")
@speaks
def peer_add(name: str, **fields: Any) -> Output:
    """Add or change the peer NAME."""
    from surgitwin.exchange.network import Peer, keep_peer

    made = Peer(name=name, **fields)
    keep_peer(made)
    return Output({"peer": made.name}, f"Kept {name}. Try it: surgitwin network echo {name}")


@network.command(name="peer-remove")
@click.argument("name")
@speaks
def peer_remove(name: str) -> Output:
    """Remove the peer NAME from the list."""
    from surgitwin.exchange.network import drop_peer

    drop_peer(name)
    return Output({"removed": name}, f"Removed {name}.")


@network.command()
@click.argument("peer")
@speaks
def echo(peer: str) -> Output:
    """Verify that PEER answers (C-ECHO)."""
    from surgitwin.exchange.network import echo as ask
    from surgitwin.exchange.network import peer_named

    named = peer_named(peer)
    seconds = ask(named)
    kind = "encrypted" if named.tls else "not encrypted"
    return Output({"seconds": seconds, "tls": named.tls}, f"{named.place} answers ({seconds:.2f} s, {kind}).")


@network.command()
@click.argument("peer")
@question_options
@PLAIN
@speaks
def find(peer: str, allow_plain: bool, **asked: Any) -> Output:
    """List patients, studies or the series of a study at PEER (C-FIND)."""
    from surgitwin.exchange.network import Question, peer_named
    from surgitwin.exchange.network import find as ask

    return found_output(
        ask(peer_named(peer), Question(**asked), allow_plain=allow_plain, progress=progress())
    )


@network.command(name="web-find")
@click.argument("peer")
@question_options
@PLAIN
@speaks
def web_find(peer: str, allow_plain: bool, **asked: Any) -> Output:
    """List studies or the series of a study at PEER (DICOMweb)."""
    from surgitwin.exchange.network import Question, peer_named
    from surgitwin.exchange.network import web_find as ask

    named = peer_named(peer)
    return found_output(ask(named, Question(**asked), password=web_password(named), allow_plain=allow_plain))


@network.command()
@click.argument("peer")
@STUDY
@SERIES
@PLAIN
@speaks
def get(peer: str, study_uid: str, series_uid: str, allow_plain: bool) -> Output:
    """Fetch a study from PEER into the catalogue (C-GET)."""
    return _fetch(peer, study_uid, series_uid, how="get", allow_plain=allow_plain)


@network.command(name="web-get")
@click.argument("peer")
@STUDY
@SERIES
@PLAIN
@speaks
def web_get(peer: str, study_uid: str, series_uid: str, allow_plain: bool) -> Output:
    """Fetch a study from PEER into the catalogue (DICOMweb)."""
    return _fetch(peer, study_uid, series_uid, how="web", allow_plain=allow_plain)


@network.command()
@click.argument("peer")
@STUDY
@SERIES
@receiver_options
@speaks
def move(
    peer: str, study_uid: str, series_uid: str, port: int, bind: str, certificate: str, key: str,
    client_ca: str, allow_plain: bool,
) -> Output:  # fmt: skip
    """Let PEER send a study to us (C-MOVE); it must know our AE title, address and port."""
    from surgitwin.exchange.network import Listening, peer_named

    named = peer_named(peer)
    how = Listening((named.ae_title,), named.calling, bind, port, certificate, key, client_ca, allow_plain)
    return _fetch(peer, study_uid, series_uid, how="move", listening=how, allow_plain=allow_plain)


def _fetch(peer: str, study_uid: str, series_uid: str, how: Any, **options: Any) -> Output:
    from surgitwin.exchange.catalogue import Catalogue
    from surgitwin.exchange.network import fetch, peer_named

    named = peer_named(peer)
    secret = web_password(named) if how == "web" else None
    done = fetch(
        Catalogue.open(), named, study_uid, series_uid, how=how, password=secret, progress=progress(),
        **options,
    )  # fmt: skip
    return transfer_output(done.transfer, done.as_dict(), done.words)


@network.command()
@click.option("--calling", multiple=True, help="AE title that may send (default: those of the peers).")
@click.option("--ae", "ae_title", default="SURGITWIN", show_default=True, help="Our AE title.")
@click.option("--seconds", type=float, default=None, help="Stop after so long (default: Ctrl-C).")
@click.option("--once", is_flag=True, help="Stop after the first sender has gone.")
@receiver_options
@speaks
def receive(
    calling: tuple[str, ...], ae_title: str, seconds: float | None, once: bool, port: int, bind: str,
    certificate: str, key: str, client_ca: str, allow_plain: bool,
) -> Output:  # fmt: skip
    """Listen for images (C-STORE) and put them into the catalogue, until Ctrl-C."""
    from surgitwin.exchange.network import Listening, read_peers

    callers = calling or tuple(p.ae_title for p in read_peers().values() if p.ae_title)
    how = Listening(callers, ae_title, bind, port, certificate, key, client_ca, allow_plain)
    return _received(how, seconds, once)


def _received(how: Any, seconds: float | None, once: bool) -> Output:
    from surgitwin.exchange.catalogue import Catalogue
    from surgitwin.exchange.network import landing, receiving, take_in

    catalogue, said = Catalogue.open(), progress()
    end = None if seconds is None else time.monotonic() + seconds
    with landing(catalogue, keep=True) as place:
        with receiving(how, place) as running:
            said(f"{how.ae_title} listens on {how.bind}:{running.port} for {', '.join(how.calling)}")
            try:
                while end is None or time.monotonic() < end:
                    if running.wait_quiet(0.2) and once:
                        break
            except KeyboardInterrupt:
                said("Stopped listening")
        added = take_in(catalogue, place, said)
        data = {
            "received": place.count, "refused": {**place.refused, **running.refused}, "series": added.series,
        }  # fmt: skip
        lost = sum(place.refused.values())
        text = f"{place.count} objects received, {lost} refused; {len(added.series)} series in the catalogue."
    return Output(data, text, 3 if lost else 0)
