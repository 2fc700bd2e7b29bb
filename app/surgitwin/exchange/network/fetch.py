"""From another system into the catalogue: fetch, put into the store, tell what came."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue import Added, Catalogue
from surgitwin.exchange.network.landing import Landing, landing, take_in
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.receiver import Listening, receiving
from surgitwin.exchange.network.retrieve import Transfer, get, move
from surgitwin.exchange.network.web import web_get

How = Literal["get", "move", "web"]

SETTLE_S = 30.0
"""Wait for the last objects of a C-MOVE, which come over connections of their own (numerical setting)."""


@dataclass(frozen=True)
class Fetched:
    """transfer: what came over the network. added: what the catalogue made of it."""

    transfer: Transfer
    added: Added

    @property
    def unkept(self) -> int:
        """Objects that came but are no images that the catalogue can list."""
        return self.added.files.get("not_image", 0)

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {**self.transfer.as_dict(), "series": self.added.series, "not_images": self.unkept}

    @property
    def words(self) -> str:
        """In a sentence or two."""
        known = self.added.files.get("duplicate", 0)
        out = f"{self.transfer.words} {len(self.added.series)} series in the catalogue"
        out += f", {known} objects were there already." if known else "."
        return out + (f" {self.unkept} objects are no images and were not kept." if self.unkept else "")


def fetch(
    catalogue: Catalogue,
    peer: Peer,
    study_uid: str,
    series_uid: str = "",
    *,
    how: How = "get",
    listening: Listening | None = None,
    password: str | None = None,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Fetched:
    """Fetch a study, or one of its series, into the catalogue's store.

    how: C-GET, C-MOVE (listening: where to; by default our title of this peer on its usual port, this
    computer only), or DICOMweb. What came before an error or a cancel is given up. Raises their errors.
    """
    options: dict[str, Any] = {"allow_plain": allow_plain, "progress": progress.part(0.0, 0.8)}
    with landing(catalogue) as place:
        if how == "web":
            done = web_get(peer, study_uid, series_uid, place, password=password, **options)
        elif how == "move":
            done = _moved(peer, study_uid, series_uid, listening, place, options)
        else:
            done = get(peer, study_uid, series_uid, place, **options)
        return Fetched(done, take_in(catalogue, place, progress.part(0.8, 1.0)))


def _moved(
    peer: Peer, study_uid: str, series_uid: str, listening: Listening | None, place: Landing, options: Any
) -> Transfer:
    how = listening or Listening((peer.ae_title,), peer.calling)
    with receiving(how, place) as running:
        done = move(peer, study_uid, series_uid, how.ae_title, place, **options)
        end = time.monotonic() + SETTLE_S
        while running.open and time.monotonic() < end:
            running.wait_quiet(0.2)
        done.done = place.count
        if done.told > done.done:
            done.fail(f"said by {peer.name} to be sent, but did not come", done.told - done.done)
        return done
