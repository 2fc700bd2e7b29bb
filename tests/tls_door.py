"""A door with TLS before a plain HTTP service: what Orthanc's authors advise, in some lines for tests."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LOCAL = "127.0.0.1"


@contextmanager
def tls_door(to_port: int, certificate: str, key: str, client_ca: str) -> Iterator[int]:
    """Listens on a free port, demands a certificate signed by `client_ca`, passes bytes on to `to_port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    threads: list[threading.Thread] = []
    with socket.create_server((LOCAL, 0)) as door:
        keeper = threading.Thread(target=_keep, args=(door, context, to_port, threads), name="door")
        keeper.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        keeper.join(10)
        for thread in threads:
            thread.join(10)


def _keep(door: socket.socket, context: ssl.SSLContext, port: int, threads: list[threading.Thread]) -> None:
    while True:
        try:
            caller, _ = door.accept()
        except OSError:
            return
        threads.append(threading.Thread(target=_serve, args=(caller, context, port)))
        threads[-1].start()


def _serve(caller: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with (
        caller,
        contextlib.suppress(OSError),
        context.wrap_socket(caller, server_side=True) as inside,
        socket.create_connection((LOCAL, port)) as service,
    ):
        back = threading.Thread(target=_pump, args=(service, inside))
        back.start()
        _pump(inside, service)
        back.join(10)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
