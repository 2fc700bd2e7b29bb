"""Fetching images from a DICOM service: C-GET over the same connection, C-MOVE to our receiver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.presentation import build_context, build_role

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.network.association import associated, failed_status, refused_class, status_of
from surgitwin.exchange.network.contexts import CLASSES, GET_STUDY_ROOT, MOVE_STUDY_ROOT, wanted_contexts
from surgitwin.exchange.network.landing import UID, Landing
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.query import PENDING, identifier

PARTIAL = 0xB000
"""Sub-operations complete, one or more failures (PS3.4 C.4.2.1.5, C.4.3.1.4)."""


@dataclass
class Transfer:
    """done: objects that arrived or were taken. failed: how many were not. reasons: why, as far as known.

    told: how many the peer of a C-GET or C-MOVE says that it has sent.
    """

    done: int = 0
    failed: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    told: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {"done": self.done, "failed": self.failed, "reasons": self.reasons}

    def fail(self, reason: str, count: int = 1) -> None:
        """Count failures."""
        self.failed += count
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    @property
    def words(self) -> str:
        """In one sentence."""
        if not self.failed:
            return f"{self.done} objects transferred."
        why = "; ".join(f"{n} {reason}" for reason, n in self.reasons.items())
        return f"{self.done} objects transferred, {self.failed} NOT: {why}."


def get(
    peer: Peer,
    study_uid: str,
    series_uid: str,
    into: Landing,
    *,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Transfer:
    """Fetch a study, or one of its series, by C-GET. A cancel point per object.

    Raises as `associated`, UsageError "network.uid", InputError ("network.refused_class", "network.failed"
    when nothing came); what came partly is told in the transfer.
    """
    model = GET_STUDY_ROOT
    contexts = [build_context(model), *wanted_contexts()]
    roles = [build_role(c, scp_role=True) for c in CLASSES]
    handlers = [(evt.EVT_C_STORE, into.store)]
    query = _identifier(study_uid, series_uid)
    with associated(
        peer, contexts, allow_plain=allow_plain, handlers=handlers, roles=roles, progress=progress
    ) as link:
        if not any(c.abstract_syntax == model for c in link.accepted_contexts):
            raise refused_class(peer.place, "C-GET; try C-MOVE, which most archives offer")
        return _followed(peer, "C-GET", link, link.send_c_get(query, model), into, progress)


def move(
    peer: Peer,
    study_uid: str,
    series_uid: str,
    to_ae_title: str,
    into: Landing,
    *,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Transfer:
    """Let the peer send a study, or one of its series, to the receiver `to_ae_title`, which fills `into`.

    The peer must know that title with our address and port. Raises as `get`.
    """
    model = MOVE_STUDY_ROOT
    query = _identifier(study_uid, series_uid)
    with associated(peer, [build_context(model)], allow_plain=allow_plain, progress=progress) as link:
        if not link.accepted_contexts:
            raise refused_class(peer.place, "C-MOVE")
        answers = link.send_c_move(query, to_ae_title, model)
        return _followed(peer, "C-MOVE", link, answers, into, progress)


def _identifier(study_uid: str, series_uid: str) -> Dataset:
    for uid in (study_uid, *([series_uid] if series_uid else [])):
        if not UID.fullmatch(uid):
            raise UsageError(
                "network.uid", f"{uid!r} is no UID.", hint="Copy it from the result of a query.", where=uid
            )
    values = {"StudyInstanceUID": study_uid}
    if series_uid:
        values["SeriesInstanceUID"] = series_uid
    return identifier("series" if series_uid else "study", values)


def _followed(
    peer: Peer, what: str, link: Association, answers: Iterable[Any], into: Landing, progress: Progress
) -> Transfer:
    """The answers to the end, as a transfer."""
    out = Transfer()
    for answer, _identifiers in answers:
        status = status_of(peer.place, what, answer, link)
        done = int(answer.get("NumberOfCompletedSuboperations") or 0)
        left = int(answer.get("NumberOfRemainingSuboperations") or 0)
        failed = int(answer.get("NumberOfFailedSuboperations") or 0)
        warned = int(answer.get("NumberOfWarningSuboperations") or 0)
        if status in PENDING:
            total = done + left + failed + warned
            progress(f"{into.count} objects received", done / total if total else None)
            continue
        out.done, out.told = into.count, done + warned
        lost = max(failed, done + warned - into.count if what == "C-GET" else failed)
        if status not in (0, PARTIAL) and not into.count:
            comment = str(answer.get("ErrorComment", ""))
            raise failed_status(peer.place, f"{what} ({lost} objects failed)", status, comment)
        if lost or status not in (0, PARTIAL):
            _explain(out, into, max(lost, 1), peer)
    return out


def _explain(out: Transfer, into: Landing, lost: int, peer: Peer) -> None:
    """Which of the failures were ours."""
    for reason, count in into.refused.items():
        out.fail(f"not taken: {reason}", count)
    rest = lost - out.failed
    if rest > 0:
        out.fail(f"not sent by {peer.name} (its log says why)", rest)
