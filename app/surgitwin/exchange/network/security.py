"""TLS contexts, the rule for connections without TLS, and where passwords come from."""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
import os
import re
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from surgitwin.core.errors import InputError, UsageError
from surgitwin.exchange.network.peers import Peer

HANDSHAKE_S = 10.0
"""A client that does not finish its TLS greeting in this time is dropped: the receiver greets one at a time
(numerical setting)."""

PASSWORD_VARIABLE = "SURGITWIN_PASSWORD"
"""Environment variable with a password for DICOMweb; with _NAME at its end for one peer."""


def client_context(peer: Peer) -> ssl.SSLContext:
    """TLS 1.2 or newer, the peer's certificate and host name verified (PS3.15 B.12, BCP 195).

    Raises InputError "network.certificate_file".
    """
    try:
        context = ssl.create_default_context(cafile=peer.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if peer.certificate_file:
            context.load_cert_chain(peer.certificate_file, peer.key_file)
    except (OSError, ssl.SSLError) as error:
        raise _file_fault(error, peer.ca_file, peer.certificate_file, peer.key_file) from None
    return context


class ServerContext(ssl.SSLContext):
    """TLS for the receiver; a client has `HANDSHAKE_S` for its greeting."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """As the standard library's, with a time limit."""
        sock.settimeout(HANDSHAKE_S)
        out = super().wrap_socket(sock, *args, **kwargs)
        out.settimeout(None)
        return out


def server_context(certificate_file: str, key_file: str, ca_file: str = "") -> ssl.SSLContext:
    """TLS of the receiver. ca_file: callers must show a certificate signed by one of these.

    Raises InputError "network.certificate_file".
    """
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate_file, key_file)
        if ca_file:
            context.load_verify_locations(ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise _file_fault(error, ca_file, certificate_file, key_file) from None
    return context


def _file_fault(error: Exception, *files: str) -> InputError:
    named = ", ".join(f for f in files if f)
    return InputError(
        "network.certificate_file",
        f"A certificate or key cannot be used ({named}): {error}.",
        hint="Name PEM files that belong together: certificate and key, and the authority's certificates.",
        where=named,
    )


def is_loopback(host: str) -> bool:
    """Whether every address of a host is this computer; False for a name that is unknown."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(a.partition("%")[0]).is_loopback for a in found)


def check_plain(where: str, host: str, encrypted: bool, allow_plain: bool) -> None:
    """UsageError "network.plain_refused" for patient data to another computer without TLS, unless allowed."""
    if encrypted or allow_plain or is_loopback(host):
        return
    raise UsageError(
        "network.plain_refused",
        f"{where} is another computer and the connection would not be encrypted: names and images could be "
        "read on the way.",
        hint="Set up TLS for it; or, inside a network that you trust, allow it with --allow-plain.",
        where=host,
    )


def check_plain_url(peer: Peer, allow_plain: bool) -> None:
    """As `check_plain`, for the DICOMweb service."""
    parts = urlsplit(peer.url)
    check_plain(peer.url, parts.hostname or "", parts.scheme == "https", allow_plain)


def password_of(peer: Peer) -> str | None:
    """The password for DICOMweb from the environment or the system's keyring; None: ask the user.

    It is never kept, logged or put into an error.
    """
    own = f"{PASSWORD_VARIABLE}_{re.sub('[^A-Z0-9]', '_', peer.name.upper())}"
    found = os.environ.get(own) or os.environ.get(PASSWORD_VARIABLE)
    if found is None and importlib.util.find_spec("keyring") is not None:
        keyring = importlib.import_module("keyring")
        found = keyring.get_password("surgitwin", f"{peer.name}/{peer.user}")
    return found
