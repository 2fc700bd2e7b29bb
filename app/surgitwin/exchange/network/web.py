"""DICOMweb: search (QIDO-RS), fetch (WADO-RS) and send (STOW-RS)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydicom
import requests
from pydicom.dataset import Dataset

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.network.landing import UID, Landing
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.query import KEYS, MOST_ROWS, Found, Question
from surgitwin.exchange.network.retrieve import Transfer
from surgitwin.exchange.network.web_session import web_client
from surgitwin.imaging.dicom.header import MALFORMED

AS_STORED = (("application/dicom", "*"),)
"""Ask for objects in the encoding that the archive holds."""

SEND_AT_ONCE = 20
"""Objects in one request, so that progress and cancel come in between (numerical setting)."""


def web_find(
    peer: Peer, question: Question, *, password: str | None = None, allow_plain: bool = False
) -> Found:
    """QIDO-RS; rows as those of `query.find`. Raises InputError ("network.unreachable", "network.timeout",
    "network.certificate", "network.login", "network.failed"), UsageError."""
    wanted = question.values()
    if question.level == "patient":
        raise UsageError(
            "network.question",
            "DICOMweb has no search for patients.",
            hint="Search for studies: --level study.",
            where="--level",
        )
    filters = {k: v for k, v in wanted.items() if v and k != "StudyInstanceUID"}
    with web_client(peer, password, allow_plain) as client:
        options: dict[str, Any] = {
            "search_filters": filters, "fields": list(KEYS[question.level]), "limit": MOST_ROWS + 1,
        }  # fmt: skip
        if question.level == "series":
            rows = client.search_for_series(question.study_uid, **options)
        else:
            if question.study_uid:
                filters["StudyInstanceUID"] = question.study_uid
            rows = client.search_for_studies(**options)
    plain = tuple(_plain(row, wanted) for row in rows[:MOST_ROWS])
    return Found(plain, complete=len(rows) <= MOST_ROWS)


def _plain(row: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, str]:
    """Text of an answer in the JSON model (PS3.18 F.2)."""
    out = {}
    for key in wanted:
        tag = f"{pydicom.datadict.tag_for_keyword(key) or 0:08X}"
        values = (row.get(tag) or {}).get("Value") or []
        out[key] = ", ".join(
            str(v.get("Alphabetic", "")) if isinstance(v, dict) else str(v) for v in values if v is not None
        )
    return out


def web_get(
    peer: Peer,
    study_uid: str,
    series_uid: str,
    into: Landing,
    *,
    password: str | None = None,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Transfer:
    """WADO-RS: fetch a study, or one of its series. A cancel point per object. Raises as `web_find`."""
    for uid in filter(None, (study_uid, series_uid)):
        if not UID.fullmatch(uid):
            raise UsageError("network.uid", f"{uid!r} is no UID.", hint="Copy it from a query.", where=uid)
    out = Transfer()
    with web_client(peer, password, allow_plain) as client:
        objects = (
            client.iter_series(study_uid, series_uid, media_types=AS_STORED)
            if series_uid
            else client.iter_study(study_uid, media_types=AS_STORED)
        )
        for content in _readable(objects, out):
            progress(f"{into.count} objects received", None)
            into.put(*content)
    out.done = into.count
    for reason, count in into.refused.items():
        out.fail(f"not taken: {reason}", count)
    return out


def _readable(objects: Iterator[Dataset], out: Transfer) -> Iterator[tuple[str, bytes]]:
    """(instance UID, bytes of the file) of each object; one that cannot be read ends the transfer."""
    while True:
        try:
            one = next(objects)
            stream = io.BytesIO()
            one.save_as(stream, enforce_file_format=True)
            yield str(one.SOPInstanceUID), stream.getvalue()
        except StopIteration:
            return
        except requests.RequestException:
            raise
        except MALFORMED:
            out.fail("damaged on the way")
            return


def web_send(
    peer: Peer,
    paths: Sequence[Path],
    *,
    password: str | None = None,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Transfer:
    """STOW-RS: send files as they are, names of the patient included. A cancel point every few objects.

    Raises as `web_find`, InputError "network.nothing_to_send".
    """
    out = Transfer()
    with web_client(peer, password, allow_plain) as client:
        for n in range(0, len(paths), SEND_AT_ONCE):
            progress(f"Sending ({out.done} of {len(paths)})", n / len(paths))
            _store(client.store_instances, [_read(p, out) for p in paths[n : n + SEND_AT_ONCE]], out)
    if not out.done:
        raise InputError(
            "network.nothing_to_send",
            f"{peer.url} took none of {len(paths)} files: {'; '.join(out.reasons) or 'no DICOM file'}.",
            hint="Name DICOM files or folders, or a series of the catalogue.",
            where=peer.url,
        )
    return out


def _read(path: Path, out: Transfer) -> Dataset | None:
    try:
        found = pydicom.dcmread(path)
        found.SOPInstanceUID  # noqa: B018 - damaged files fail here
    except MALFORMED:
        out.fail("no DICOM file with a header")
        return None
    return found


def _store(store: Callable[..., Dataset], objects: Sequence[Dataset | None], out: Transfer) -> None:
    """One request, and what its answer says of each object (PS3.18 10.5.3, I.2)."""
    some = [o for o in objects if o is not None]
    if not some:
        return
    try:
        answer = store(some)
    except requests.HTTPError as error:
        if error.response is None or error.response.status_code != 409:
            raise
        out.fail("not stored (conflict)", len(some))
        return
    failed = answer.get("FailedSOPSequence") or []
    for item in failed:
        out.fail(f"not stored (reason {int(item.get('FailureReason') or 0):04X})")
    out.done += len(some) - len(failed)
