"""The connection to a DICOMweb service, with every way it can fail as an error of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from dicomweb_client.api import DICOMwebClient
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from surgitwin.core.errors import InputError, SurgiTwinError, UsageError
from surgitwin.exchange.network.association import (
    CONNECT_S,
    certificate_fault,
    timed_out,
    unreachable,
)
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.security import check_plain, check_plain_url, client_context

SILENCE_S = 25.0
"""A service that sends nothing for so long has failed; a cancel waits no longer (numerical setting)."""

for _name in ("urllib3", "dicomweb_client"):  # their debug lines hold the names that are searched for
    logging.getLogger(_name).setLevel(logging.WARNING)


class _Adapter(HTTPAdapter):
    """TLS as in `client_context`, also after a redirection, which must not leave it."""

    def __init__(self, peer: Peer, allow_plain: bool) -> None:
        self._peer, self._allow_plain = peer, allow_plain
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections with the peer's certificates."""
        super().init_poolmanager(*args, ssl_context=client_context(self._peer), **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Refuses what would go to another computer without TLS."""
        parts = urlsplit(request.url or "")
        host = parts.hostname
        check_plain(f"{self._peer.name}", str(host or ""), parts.scheme == "https", self._allow_plain)
        if request.url:
            # The same by RFC 3986; Orthanc 1.10 looks for the letters "%2A" in names.
            request.url = request.url.replace("%2A", "*")
        return super().send(request, *args, **kwargs)


@contextmanager
def web_client(peer: Peer, password: str | None, allow_plain: bool) -> Iterator[DICOMwebClient]:
    """A client; what requests raises becomes one of our errors.

    The environment's proxies, netrc and certificate variables are not used: the peer says it all.
    """
    if not peer.url:
        raise UsageError(
            "network.no_web",
            f"{peer.name} has no DICOMweb service.",
            hint="Use the DICOM commands (find, get, send), or add its URL.",
            where=peer.name,
        )
    check_plain_url(peer, allow_plain)
    with requests.Session() as session:
        session.trust_env = False
        session.verify = peer.ca_file or True
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(peer, allow_plain))
        if peer.user:
            session.auth = HTTPBasicAuth(peer.user.encode(), (password or "").encode())
        made = DICOMwebClient(peer.url, session=session, timeout=(CONNECT_S, SILENCE_S))
        made.set_http_retry_params(retry=False)
        try:
            yield made
        except (requests.RequestException, OSError) as error:
            raise _named(peer, error) from None


def _named(peer: Peer, error: Exception) -> SurgiTwinError:
    """What requests raised, as one of our errors; the address of the request is left out (it holds names)."""
    if isinstance(error, requests.exceptions.SSLError):
        return certificate_fault(peer.url, RuntimeError(_innermost(error)))
    if isinstance(error, requests.Timeout):
        return timed_out(peer.url)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _status(peer, error.response.status_code)
    return unreachable(peer.url, _innermost(error))


def _innermost(error: BaseException) -> str:
    """The words of the first cause."""
    seen = error
    while seen.__cause__ or seen.__context__:
        seen = seen.__cause__ or seen.__context__ or seen
    reason = getattr(seen, "verify_message", "") or getattr(seen, "strerror", "") or type(seen).__name__
    return str(reason)


def _status(peer: Peer, status: int) -> InputError:
    if status in (401, 403):
        return InputError(
            "network.login",
            f"{peer.url} does not let us in (HTTP {status}).",
            hint="Check user and password; give the password when asked, or in SURGITWIN_PASSWORD.",
            where=peer.url,
        )
    return InputError(
        "network.failed",
        f"{peer.url} answered with HTTP {status}.",
        hint="Check the address (it often ends in /dicom-web) and the UIDs; its log says more.",
        where=peer.url,
    )
