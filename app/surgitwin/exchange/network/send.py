"""Sending image files to a DICOM service (C-STORE)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.network.association import associated, failed_status, refused_class, status_of
from surgitwin.exchange.network.contexts import MOST_CONTEXTS, sent_contexts
from surgitwin.exchange.network.peers import Peer
from surgitwin.exchange.network.retrieve import Transfer
from surgitwin.imaging.dicom.header import MALFORMED

WARNINGS = range(0xB000, 0xC000)
"""Stored, with a remark (PS3.4 table B.2-1)."""


@dataclass(frozen=True)
class Sendable:
    """A file with what must be negotiated for it."""

    path: Path
    sop_class: str
    syntax: str


def send(
    peer: Peer,
    paths: Sequence[Path],
    *,
    allow_plain: bool = False,
    progress: Progress = SILENT,
) -> Transfer:
    """Send files as they are, names of the patient included. A cancel point per file.

    Raises as `associated`, InputError ("network.nothing_to_send"; "network.refused_class" and
    "network.failed" when nothing at all was taken); what was taken partly is told in the transfer.
    """
    out = Transfer()
    files = list(_sendable(paths, out))
    if not files:
        raise InputError(
            "network.nothing_to_send",
            f"None of the {len(paths)} files is a DICOM file that can be sent.",
            hint="Name DICOM files or folders, or a series of the catalogue.",
            where=str(paths[0]) if paths else "",
        )
    statuses: Counter[int] = Counter()
    sent = 0
    for part in _parts(files):
        contexts = sent_contexts((f.sop_class, f.syntax) for f in part)
        with associated(peer, contexts, allow_plain=allow_plain, progress=progress) as link:
            accepted = {(str(c.abstract_syntax), str(c.transfer_syntax[0])) for c in link.accepted_contexts}
            for file in part:
                progress(f"Sending ({out.done} of {len(files)})", sent / len(files))
                sent += 1
                if not _fits(file, accepted):
                    out.fail(f"refused: {pydicom.uid.UID(file.sop_class).name}")
                    continue
                answer = link.send_c_store(file.path)
                status = status_of(peer.place, "C-STORE", answer, link)
                if status == 0 or status in WARNINGS:
                    out.done += 1
                else:
                    statuses[status] += 1
                    out.fail(f"not stored by {peer.name} (status {status:04X})")
    if not out.done and statuses:
        raise failed_status(peer.place, f"C-STORE of {out.failed} objects", statuses.most_common(1)[0][0])
    if not out.done:
        raise refused_class(peer.place, ", ".join(sorted({pydicom.uid.UID(f.sop_class).name for f in files})))
    return out


def _fits(file: Sendable, accepted: set[tuple[str, str]]) -> bool:
    """Whether the peer took the class in the file's encoding, or in the other uncompressed one."""
    plain = pydicom.uid.ExplicitVRLittleEndian, pydicom.uid.ImplicitVRLittleEndian
    wanted = plain if file.syntax in plain else (file.syntax,)
    return any((file.sop_class, str(s)) in accepted for s in wanted)


def _sendable(paths: Sequence[Path], out: Transfer) -> Iterator[Sendable]:
    """Files that say what they are; the others are counted."""
    for path in paths:
        try:
            meta = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
            kind, syntax = str(meta.SOPClassUID), str(meta.file_meta.TransferSyntaxUID)
        except (*MALFORMED, InvalidDicomError):
            out.fail("no DICOM file with a header")
            continue
        yield Sendable(path, kind, syntax)


def _parts(files: Sequence[Sendable]) -> Iterator[list[Sendable]]:
    """As many files together as one association has room for."""
    part: list[Sendable] = []
    pairs: set[tuple[str, str]] = set()
    for file in files:
        pair = (file.sop_class, file.syntax)
        if pair not in pairs and len(pairs) == MOST_CONTEXTS:
            yield part
            part, pairs = [], set()
        part.append(file)
        pairs.add(pair)
    if part:
        yield part
