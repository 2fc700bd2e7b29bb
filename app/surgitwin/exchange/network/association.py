"""One connection to a DICOM service, with every way it can fail as an error of its own."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from surgitwin.core.errors import Cancelled, InputError, SurgiTwinError, UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.security import check_plain, client_context

CONNECT_S, ANSWER_S = 10.0, 60.0
"""Wait for the connection, and for an answer on it (numerical settings: archives on tape take tens of s)."""

CANCEL_S = 0.1
"""So soon a wish to stop is noticed (numerical setting)."""

SETTLE_S = 0.5
"""So long an abort may take to be seen (numerical setting: pynetdicom looks several times a second)."""

MAX_PDU_BYTES = 128 * 1024
"""Longest packet that we take (numerical setting: large enough for speed, small against the memory)."""

# Names of patients must not get into a log, whatever its level.
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = False
_config.LOG_RESPONSE_IDENTIFIERS = False
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # what it would say is said by our errors


@contextmanager
def associated(
    peer: Peer,
    contexts: Sequence[PresentationContext],
    *,
    allow_plain: bool = False,
    patient_data: bool = True,
    handlers: Sequence[Any] = (),
    roles: Sequence[Any] = (),
    progress: Progress = SILENT,
) -> Iterator[Association]:
    """An established association, released at the end and aborted on any error, or as soon as `progress` is
    asked to stop, whatever is waited for.

    Raises UsageError ("network.no_dicom", "network.plain_refused"), InputError ("network.unreachable",
    "network.timeout", "network.certificate", "network.certificate_file", "network.rejected",
    "network.aborted"), Cancelled.
    """
    if not peer.has_dicom:
        raise UsageError(
            "network.no_dicom",
            f"{peer.name} has no DICOM service, only DICOMweb.",
            hint="Use the web commands, or add host, port and AE title.",
            where=peer.name,
        )
    if patient_data:
        check_plain(peer.place, peer.host, peer.tls, allow_plain)
    tls = (client_context(peer), peer.host) if peer.tls else None
    address = _address(peer)
    made = AE(ae_title=peer.calling)
    made.connection_timeout, made.acse_timeout = CONNECT_S, CONNECT_S
    made.network_timeout, made.dimse_timeout = ANSWER_S, ANSWER_S
    link = made.associate(
        address,
        peer.port,
        contexts=list(contexts),
        ae_title=peer.ae_title,
        max_pdu=MAX_PDU_BYTES,
        tls_args=tls,
        evt_handlers=list(handlers),
        ext_neg=list(roles),
    )
    if not link.is_established:
        raise _refusal(peer, link, tls)
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(link, progress, over), name="cancel", daemon=True)
    watch.start()
    try:
        yield link
    except BaseException as error:
        link.abort()
        if progress.asked_to_stop() and isinstance(error, SurgiTwinError):
            raise Cancelled() from None
        raise
    finally:
        over.set()
        watch.join()
    if link.is_established:
        link.release()


def _watch(link: Association, progress: Progress, over: threading.Event) -> None:
    """Break the connection off when the user cancels, also while the peer says nothing."""
    while not over.wait(CANCEL_S):
        if progress.asked_to_stop():
            link.abort(block=False)  # the first time; it does nothing after that
            link.dimse.msg_queue.put((None, None))  # what waits for an answer has it: none will come


def _address(peer: Peer) -> str:
    """The first address of the host, IPv4 before IPv6."""
    try:
        found = socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable(peer.place, error.strerror or str(error)) from None
    return str(min(found, key=lambda f: f[0] != socket.AF_INET)[4][0])


def _refusal(peer: Peer, link: Association, tls: tuple[ssl.SSLContext, str] | None) -> InputError:
    """Why there is no association: what the peer said, or what a plain connection meets."""
    answer = link.acceptor.primitive
    if link.is_rejected and answer is not None:
        return InputError(
            "network.rejected",
            f"{peer.place} refused {peer.calling}: {answer.reason_str}.",
            hint="Ask its administrator to enter this AE title with this computer's address, and check the "
            "AE title of the peer.",
            where=peer.place,
        )
    found = _meet(peer, tls)
    if found is not None:
        return found
    if link.acceptor.primitive is not None:
        return refused_class(peer.place, "any of the services that were asked for")
    return InputError(
        "network.aborted",
        f"{peer.place} closed the connection before it answered.",
        hint="Check port and AE title, and whether it expects TLS.",
        where=peer.place,
    )


def _meet(peer: Peer, tls: tuple[ssl.SSLContext, str] | None) -> InputError | None:
    """Connect once more without DICOM, to say what is in the way; None when nothing is."""
    try:
        with socket.create_connection((peer.host, peer.port), timeout=CONNECT_S) as plain:
            if tls is not None:
                tls[0].wrap_socket(plain, server_hostname=tls[1]).close()
    except ssl.SSLError as error:
        return certificate_fault(peer.place, error)
    except TimeoutError:
        return timed_out(peer.place)
    except ConnectionResetError as error:
        reason = error.strerror or str(error)
        return unreachable(peer.place, reason, NO_TLS if tls is not None else REACH)
    except OSError as error:
        return unreachable(peer.place, error.strerror or str(error))
    return None


REACH = "Check host and port, the cable or VPN, and whether the service runs."
NO_TLS = (
    "Something answers there but breaks off as TLS begins: ask whether the service speaks TLS on this port."
)


def unreachable(place: str, reason: str, hint: str = REACH) -> InputError:
    """No connection at all."""
    return InputError(
        "network.unreachable",
        f"{place} cannot be reached: {reason}.",
        hint=hint,
        where=place,
    )


def timed_out(place: str) -> InputError:
    """No answer in time."""
    return InputError(
        "network.timeout",
        f"{place} did not answer in time.",
        hint="Try again; if it stays so, a firewall may be in the way or the service may be busy.",
        where=place,
    )


def certificate_fault(place: str, error: Exception) -> InputError:
    """TLS did not come about."""
    reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    return InputError(
        "network.certificate",
        f"The encrypted connection to {place} was not made: {reason}.",
        hint="Check that the host name is the one in its certificate, that --ca names the authority "
        "that signed it, and that it accepts our certificate. Verification is not to be turned off.",
        where=place,
    )


def refused_class(place: str, what: str) -> InputError:
    """The peer does not offer a service."""
    return InputError(
        "network.refused_class",
        f"{place} does not take {what}.",
        hint="Ask its administrator whether this service and this kind of object are enabled for us.",
        where=place,
    )


def failed_status(place: str, what: str, status: int, comment: str = "") -> InputError:
    """The peer answered with a failure (PS3.7 annex C)."""
    said = f" ({comment})" if comment else ""
    return InputError(
        "network.failed",
        f"{place} could not do {what}: status {status:04X}{said}.",
        hint="Its log says more. When something was fetched, check its UID with `surgitwin network find`.",
        where=place,
    )


def status_of(place: str, what: str, answer: Any, link: Association) -> int:
    """The status of an answer; no answer is a timeout or an abort."""
    value = getattr(answer, "Status", None)
    if value is not None:
        return int(value)
    end = time.monotonic() + SETTLE_S
    while link.is_established and time.monotonic() < end:  # an abort takes a moment to be seen
        time.sleep(0.02)
    if not link.is_established:
        raise InputError(
            "network.aborted",
            f"{place} broke the connection off during {what}, or did not answer for {ANSWER_S:.0f} s.",
            hint="Try again; the log of the peer says more.",
            where=place,
        )
    raise timed_out(place)
