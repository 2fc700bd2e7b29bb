"""Asking a DICOM service: is it there (C-ECHO), and which patients, studies and series has it (C-FIND)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pynetdicom.presentation import build_context

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.network.association import associated, failed_status, refused_class, status_of
from surgitwin.exchange.network.contexts import FIND_PATIENT_ROOT, FIND_STUDY_ROOT, VERIFICATION
from surgitwin.exchange.network.peers import Peer

Level = Literal["patient", "study", "series"]

KEYS: Mapping[Level, tuple[str, ...]] = {
    "patient": ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    "study": (
        "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
        "StudyDescription", "ModalitiesInStudy", "AccessionNumber", "NumberOfStudyRelatedSeries",
    ),
    "series": (
        "StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription", "SeriesNumber",
        "SeriesDate", "BodyPartExamined", "NumberOfSeriesRelatedInstances",
    ),
}  # fmt: skip
"""What is asked for (PS3.4 C.6.1, C.6.2)."""

PENDING = (0xFF00, 0xFF01)
MOST_ROWS = 500
"""More rows than this help nobody: the search is to be narrowed (numerical setting)."""


@dataclass(frozen=True)
class Question:
    """level: what to list. Values match exactly, or with * and ? as in DICOM; a date may be A-B.

    name, patient_id, date (YYYYMMDD), modality, description; study_uid for the series of a study.
    """

    level: Level = "study"
    name: str = ""
    patient_id: str = ""
    date: str = ""
    modality: str = ""
    description: str = ""
    study_uid: str = ""

    def values(self) -> dict[str, str]:
        """Keyword -> value, also the empty ones that are asked for. UsageError "network.question"."""
        if self.level == "series" and not self.study_uid:
            raise UsageError(
                "network.question",
                "The series of which study?",
                hint="Give --study UID (find it with --level study).",
                where="--study",
            )
        out = dict.fromkeys(KEYS[self.level], "")
        given = {"PatientName": self.name, "PatientID": self.patient_id} if self.level != "series" else {}
        if self.level == "study":
            given |= {
                "StudyDate": self.date,
                "ModalitiesInStudy": self.modality.upper(),
                "StudyDescription": self.description,
            }
        elif self.level == "series":
            given |= {"Modality": self.modality.upper(), "SeriesDescription": self.description}
        if self.study_uid:
            given["StudyInstanceUID"] = self.study_uid
        return out | {k: v for k, v in given.items() if v}


@dataclass(frozen=True)
class Found:
    """rows: keyword -> text. complete: False when there were more than `MOST_ROWS`."""

    rows: tuple[dict[str, str], ...]
    complete: bool = True


def echo(peer: Peer) -> float:
    """Whether the service answers, and after how many seconds (association and C-ECHO); no patient data.

    Raises as `associated`, InputError ("network.refused_class", "network.failed").
    """
    start = time.monotonic()
    with associated(peer, [build_context(VERIFICATION)], patient_data=False) as link:
        status = status_of(peer.place, "C-ECHO", link.send_c_echo(), link)
    if status:
        raise failed_status(peer.place, "C-ECHO", status)
    return time.monotonic() - start


def find(
    peer: Peer,
    question: Question,
    *,
    allow_plain: bool = False,
    most: int = MOST_ROWS,
    progress: Progress = SILENT,
) -> Found:
    """Rows that fit. A cancel point per row. Raises as `associated`, and as `echo`."""
    wanted = question.values()
    model = FIND_PATIENT_ROOT if question.level == "patient" else FIND_STUDY_ROOT
    rows: list[dict[str, str]] = []
    with associated(peer, [build_context(model)], allow_plain=allow_plain, progress=progress) as link:
        if not link.accepted_contexts:
            raise refused_class(peer.place, "queries (C-FIND)")
        for answer, row in link.send_c_find(identifier(question.level, wanted), model):
            progress(f"{len(rows)} found", None)
            status = status_of(peer.place, "C-FIND", answer, link)
            if status not in PENDING:
                if status:
                    raise failed_status(peer.place, "C-FIND", status, str(answer.get("ErrorComment", "")))
                break
            if len(rows) == most:
                link.abort()
                return Found(tuple(rows), complete=False)
            rows.append(_plain(row, wanted))
    return Found(tuple(rows))


def identifier(level: str, values: Mapping[str, str]) -> Dataset:
    """The data set of a query."""
    out = Dataset()
    out.QueryRetrieveLevel = level.upper()
    if not all(v.isascii() for v in values.values()):
        out.SpecificCharacterSet = "ISO_IR 192"
    for key, value in values.items():
        setattr(out, key, value)
    return out


def _plain(row: Dataset | None, wanted: Mapping[str, str]) -> dict[str, str]:
    """Text of an answer; a value that cannot be read is empty."""
    out = {}
    for key in wanted:
        try:
            value: Any = None if row is None else row.get(key)
        except (InvalidDicomError, ValueError, TypeError, LookupError, AttributeError):
            value = None
        items = value if isinstance(value, list | tuple) or hasattr(value, "_list") else [value]
        out[key] = ", ".join(str(v) for v in items if v is not None)
    return out
