"""The receiver: a storage service that listens while it is turned on, on this computer only unless told."""

from __future__ import annotations

import logging
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.transport import ThreadedAssociationServer

from surgitwin.core.errors import InputError, UsageError
from surgitwin.exchange.network.association import ANSWER_S, CONNECT_S, MAX_PDU_BYTES
from surgitwin.exchange.network.contexts import VERIFICATION, taken_contexts
from surgitwin.exchange.network.landing import Landing
from surgitwin.exchange.network.peers import AE_TITLE, OWN_AE_TITLE
from surgitwin.exchange.network.security import is_loopback, server_context

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 11112
"""The registered port that needs no rights of an administrator (PS3.8 9.1.1)."""

IDLE_S = 300.0
"""A connection on which nothing comes for so long is closed (numerical setting)."""

POLL_S = 0.05
"""So soon the receiver notices that it is to end (numerical setting)."""


@dataclass(frozen=True)
class Listening:
    """How to listen. calling: the AE titles that may send; at least one. bind: the address, this
    computer only by default. certificate_file, key_file: with TLS; ca_file: callers must show a
    certificate of it.

    most_associations: connections at once (numerical setting).
    """

    calling: tuple[str, ...]
    ae_title: str = OWN_AE_TITLE
    bind: str = LOOPBACK
    port: int = DEFAULT_PORT
    certificate_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    allow_plain: bool = False
    most_associations: int = 4

    def check(self) -> None:
        """UsageError ("network.no_callers", "network.ae_title", "network.plain_refused")."""
        if not self.calling:
            raise UsageError(
                "network.no_callers",
                "Nobody may send: no AE title is named.",
                hint="Name who may send with --calling AE_TITLE (or add the peer).",
                where="--calling",
            )
        wrong = [t for t in (*self.calling, self.ae_title) if not AE_TITLE.fullmatch(t)]
        if wrong:
            raise UsageError(
                "network.ae_title",
                f"{wrong[0]!r} is no AE title (1 to 16 plain characters).",
                hint="Ask for the AE title as it is written in the other system.",
                where=wrong[0],
            )
        if not (self.certificate_file or self.allow_plain or is_loopback(self.bind)):
            raise UsageError(
                "network.plain_refused",
                f"The receiver would listen on {self.bind} without encryption.",
                hint="Give --certificate and --key; or, inside a network that you trust, --allow-plain.",
                where=self.bind,
            )


@dataclass
class Receiver:
    """A running receiver. port: where it listens. refused: connections that were turned away, by reason."""

    landing: Landing
    port: int = 0
    open: int = 0
    arrived: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition, repr=False)
    _spent: dict[int, int] = field(default_factory=dict, repr=False)

    def wait_quiet(self, seconds: float) -> bool:
        """Wait until nothing is connected and something has landed; False when the time is over."""
        with self._news:
            return self._news.wait_for(lambda: self.open == 0 and self.landing.count > 0, seconds)

    def _stored(self, event: Any) -> int:
        self._spent[id(event.assoc)] = 0
        return self.landing.store(event)

    def _data(self, event: Any) -> None:
        """A sender that never ends its object would fill the memory: bytes since the last object count."""
        key = id(event.assoc)
        self._spent[key] = self._spent.get(key, 0) + len(event.data)
        limit = min(self.landing.limits.object_bytes, max(self.landing.room(), 0))
        if self._spent[key] > limit + MAX_PDU_BYTES:
            log.warning("a sender was cut off: its object is larger than may be taken")
            self._count("too large")
            event.assoc.abort()

    def _opened(self, _event: Any) -> None:
        with self._news:
            self.open += 1

    def _closed(self, event: Any) -> None:
        with self._news:
            self.open = max(0, self.open - 1)
            self.arrived = self.landing.count
            self._spent.pop(id(event.assoc), None)
            self._news.notify_all()

    def _count(self, reason: str) -> None:
        with self._news:
            self.refused[reason] = self.refused.get(reason, 0) + 1

    def handlers(self) -> list[Any]:
        """For pynetdicom."""
        return [
            (evt.EVT_C_STORE, self._stored),
            (evt.EVT_DATA_RECV, self._data),
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_CONN_CLOSE, self._closed),
            (evt.EVT_REJECTED, lambda _event: self._count("rejected")),
            (evt.EVT_C_ECHO, lambda _event: 0x0000),
        ]


@contextmanager
def receiving(how: Listening, into: Landing) -> Iterator[Receiver]:
    """Listen for C-STORE and C-ECHO until the block ends; nothing listens before or after.

    Raises UsageError of `Listening.check`, InputError ("network.port_busy", "network.certificate_file").
    """
    how.check()
    tls = None
    if how.certificate_file:
        tls = server_context(how.certificate_file, how.key_file, how.ca_file)
    service = AE(ae_title=how.ae_title)
    service.supported_contexts = taken_contexts()
    service.add_supported_context(VERIFICATION)
    service.maximum_associations = how.most_associations
    service.maximum_pdu_size = MAX_PDU_BYTES
    service.require_calling_aet = list(how.calling)
    service.require_called_aet = True
    service.acse_timeout, service.dimse_timeout, service.network_timeout = CONNECT_S, ANSWER_S, IDLE_S
    made = Receiver(into)
    try:
        server = service.make_server(
            (how.bind, how.port), ssl_context=tls, evt_handlers=made.handlers(), server_class=_Server
        )
    except OSError as error:
        raise InputError(
            "network.port_busy",
            f"Nothing can listen on {how.bind}:{how.port}: {error.strerror or error}.",
            hint="Choose another --port; ports below 1024 are for administrators.",
            where=f"{how.bind}:{how.port}",
        ) from None
    made.port = int(server.server_address[1])
    keeper = threading.Thread(target=server.serve_forever, args=(POLL_S,), name="receiver", daemon=True)
    keeper.start()
    try:
        yield made
    finally:
        socketserver.BaseServer.shutdown(server)
        server.server_close()
        keeper.join()
        _end(service)


class _Server(ThreadedAssociationServer):
    """pynetdicom's, without its collecting of garbage: that would be in another thread than the window's."""

    def service_actions(self) -> None:
        """Nothing."""


def _end(service: AE) -> None:
    """Break off what is still connected; a connection that has said nothing yet is only closed."""
    for link in service.active_associations:
        if link.is_established:
            link.abort()
        elif link.dul.socket is not None:
            link.dul.socket.close()
