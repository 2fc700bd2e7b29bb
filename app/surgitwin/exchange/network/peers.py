"""Other systems that images are exchanged with: a small file of the user, without passwords."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
import tomli_w

from surgitwin.core.errors import InputError, UsageError, storage_error

VARIABLE = "SURGITWIN_PEERS"
"""Environment variable that names another file of peers."""

STATE_VARIABLE = "SURGITWIN_STATE"

OWN_AE_TITLE = "SURGITWIN"
DICOM_PORT, DICOM_TLS_PORT = 104, 2762
"""Well-known ports (PS3.8 9.1.1, PS3.15 B.1)."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
AE_TITLE = re.compile(r"(?=.*[^ ])[ -\[\]-~]{1,16}")
"""1 to 16 characters of the default repertoire without backslash, not all blank (PS3.5 6.2, AE)."""


@dataclass(frozen=True)
class Peer:
    """name: how the user calls it. ae_title, host, port: of its DICOM service; host "" when it has none.

    calling: our AE title there. tls: whether that service speaks TLS. url: of its DICOMweb service, "" for
    none. user: for DICOMweb. ca_file: certificates to trust besides (PEM), "" for those of the system.
    certificate_file, key_file: who we are (PEM), "" for nobody.
    """

    name: str
    ae_title: str = ""
    host: str = ""
    port: int = 0
    calling: str = OWN_AE_TITLE
    tls: bool = False
    url: str = ""
    user: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise UsageError(
                "network.peer_invalid",
                f"The peer {self.name!r} cannot be used: {'; '.join(faults)}.",
                hint="Give a name, and host, port and AE title, or the URL of a DICOMweb service.",
                where=self.name,
            )

    @property
    def has_dicom(self) -> bool:
        """Whether it has a DICOM service (C-ECHO, C-FIND, C-GET, C-MOVE, C-STORE)."""
        return bool(self.host)

    @property
    def place(self) -> str:
        """Where its DICOM service is, in words."""
        return f"{self.ae_title} at {self.host}:{self.port}"


def _faults(peer: Peer) -> list[str]:
    out = []
    if not NAME.fullmatch(peer.name):
        out.append("the name has other characters than letters, digits, '.', '_' and '-'")
    if bool(peer.host) is not bool(peer.ae_title):
        out.append("a DICOM service needs both a host and an AE title")
    if peer.host and not 0 < peer.port < 65536:
        out.append(f"port {peer.port} is not between 1 and 65535")
    if peer.host and (set(peer.host) & set(" /@\\") or not peer.host.isprintable()):
        out.append(f"{peer.host!r} is no host name")
    for what in (peer.ae_title, peer.calling):
        if what and not AE_TITLE.fullmatch(what):
            out.append(f"{what!r} is no AE title (1 to 16 plain characters)")
    if not peer.host and not peer.url:
        out.append("neither a host nor a URL is given")
    if peer.url:
        parts = urlsplit(peer.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            out.append(f"{peer.url!r} is no http or https address")
        if parts.username or parts.password:
            out.append("the URL holds a name or password, which belongs elsewhere")
    if bool(peer.certificate_file) is not bool(peer.key_file):
        out.append("a certificate needs its key, and a key its certificate")
    return out


def peers_file() -> Path:
    """Where the peers are kept."""
    named, state = os.environ.get(VARIABLE), os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    return Path(state or platformdirs.user_config_dir("surgitwin")) / "peers.toml"


def read_peers(file: Path | None = None) -> dict[str, Peer]:
    """The peers by name; none without a file. InputError "network.peers_unreadable"."""
    place = file or peers_file()
    if not place.is_file():
        return {}
    try:
        rows = tomllib.loads(place.read_text(encoding="utf-8")).get("peers", {})
        return {name: _peer(name, row) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError, UsageError) as error:
        raise InputError(
            "network.peers_unreadable",
            f"The file of peers {place} cannot be used: {error}.",
            hint="Correct it, or remove it and add the peers again.",
            where=str(place),
        ) from None


def _peer(name: str, row: Mapping[str, Any]) -> Peer:
    kinds = {f.name: f.type for f in fields(Peer)}
    wrong = [k for k, v in row.items() if k not in kinds or type(v).__name__ != kinds[k]]
    if wrong:
        raise ValueError(f"peer {name}: {', '.join(wrong)} unknown or of another kind")
    return Peer(name=name, **row)


def peer_named(name: str) -> Peer:
    """InputError "network.peer_unknown" with the names that are known."""
    known = read_peers()
    if name not in known:
        raise InputError(
            "network.peer_unknown",
            f"There is no peer called {name!r}.",
            hint=f"Known: {', '.join(known) or 'none'}. Add one with `surgitwin network peer-add`.",
            where=name,
        )
    return known[name]


def keep_peer(peer: Peer) -> None:
    """Add or replace a peer in the user's file (StorageError)."""
    _write({**read_peers(), peer.name: peer})


def drop_peer(name: str) -> None:
    """Remove a peer from the user's file (InputError "network.peer_unknown", StorageError)."""
    peer_named(name)
    _write({n: p for n, p in read_peers().items() if n != name})


def _write(peers: Mapping[str, Peer]) -> None:
    """Beside, then renamed over: the file is whole or as before. Only its owner can read it."""
    usual = {f.name: f.default for f in fields(Peer)}
    rows = {
        name: {k: v for k, v in asdict(p).items() if k != "name" and v != usual[k]}
        for name, p in peers.items()
    }
    place = peers_file()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".part-", dir=place.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(tomli_w.dumps({"peers": rows}))
            Path(part).replace(place)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, str(place)) from error
