"""Sending files to an archive as they are, or as images without identity that are made for it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify import Options, Report, deidentify
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.retrieve import Transfer
from surgitwin.exchange.network.send import send
from surgitwin.exchange.network.web import web_send

Way = Literal["store", "web"]

WHOLE = "The files went as they are, with the names and IDs in them."


@dataclass(frozen=True)
class Sent:
    """transfer: what was taken. report: what was taken out before; None when files went as they are."""

    transfer: Transfer
    report: Report | None

    @property
    def withheld(self) -> int:
        """Files that were not sent because their identity cannot be taken out."""
        return 0 if self.report is None else sum(self.report.refused.values())

    @property
    def words(self) -> str:
        """In sentences."""
        said = [self.transfer.words]
        if self.report is None:
            said += [WHOLE] if self.transfer.done else []
        else:
            said.append("Names, IDs, UIDs and dates were taken out before.")
            said += [f"Not sent ({n} files): {r}." for r, n in sorted(self.report.refused.items())]
            said += self.report.warnings
        return " ".join(said)

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        about = None if self.report is None else self.report.as_dict()
        if about is not None:
            del about["files"]  # one line a file, about copies that are gone
        return {
            **self.transfer.as_dict(), "deidentified": self.report is not None, "deidentification": about,
        }  # fmt: skip


def send_files(
    peer: Peer,
    paths: Sequence[Path],
    way: Way = "store",
    *,
    without: Options | None = None,
    key: Path | None = None,
    password: str | None = None,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Sent:
    """Send files by C-STORE or STOW-RS. without: take the identity out first (the originals stay as they
    are); key: as in `deidentify`. Raises as `send`, `web_send` and `deidentify`; nothing is sent then."""
    if without is None:
        return Sent(_send(peer, paths, way, password, allow_plain, progress), None)
    with tempfile.TemporaryDirectory(prefix="surgitwin-send-") as place:
        out = Path(place) / "images"
        report = deidentify(paths, out, without, key=key, progress=progress.part(0.0, 0.5))
        files = sorted(p for p in out.rglob("*") if p.is_file())
        done = _send(peer, files, way, password, allow_plain, progress.part(0.5, 1.0))
    return Sent(done, report)


def _send(
    peer: Peer, paths: Sequence[Path], way: Way, password: str | None, allow_plain: bool, progress: Progress
) -> Transfer:
    if way == "web":
        return web_send(peer, paths, password=password, allow_plain=allow_plain, progress=progress)
    return send(peer, paths, allow_plain=allow_plain, progress=progress)
