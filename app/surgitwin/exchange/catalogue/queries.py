"""Finding series in the catalogue."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from surgitwin.core.errors import InputError, UsageError
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.records import fold


class Listed(NamedTuple):
    """One series of the list. missing: linked files that were gone when the folder was last looked at.

    size: voxels [k x j x i] in words. copied: whether its files are in the store. dates: YYYYMMDD.
    name, patient_id, birth_date: who the patient is; for the screen of who asks, nowhere else.
    """

    id: int
    uid: str
    modality: str
    description: str
    body_part: str
    date: str
    number: int | None
    slices: int
    size: str
    status: str
    code: str
    reason: str
    copied: bool
    missing: int
    added: str
    study_uid: str
    study_date: str
    study_description: str
    patient_code: str
    name: str
    patient_id: str
    birth_date: str
    sex: str
    study: int
    patient: int

    def as_dict(self, identity: bool = False) -> dict[str, Any]:
        """Plain form; the patient's name, ID and birth date only when asked for."""
        hidden = {"id", "study", "patient"} | (set() if identity else {"name", "patient_id", "birth_date"})
        out = {k: v for k, v in self._asdict().items() if k not in hidden}
        return {**out, "copied": bool(self.copied)}


COLUMNS = """
    s.id, s.uid, s.modality, s.description, s.body_part, s.date, s.number, s.slices, s.size, s.status, s.code,
    s.reason, s.copied, s.missing, s.added, t.uid, t.date, t.description, p.code, p.name, p.patient_id,
    p.birth_date, p.sex, t.id, p.id
"""
FROM = "FROM series s JOIN studies t ON t.id = s.study JOIN patients p ON p.id = t.patient"
ORDER = "ORDER BY p.name COLLATE NOCASE, p.id, t.date DESC, t.id, s.number IS NULL, s.number, s.uid"


@dataclass(frozen=True)
class Filter:
    """words: all must occur (in any order, as parts of words) in name, ID, code, modality, descriptions,
    body part, dates or UIDs. modality: one of these. body_part: part of it. since, until: YYYYMMDD, of the
    study or else the series. usable: leave refused series out. UsageError "catalogue.date" for no date."""

    words: str = ""
    modality: tuple[str, ...] = ()
    body_part: str = ""
    since: str = ""
    until: str = ""
    usable: bool = False

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            value = getattr(self, name).replace("-", "")
            if value and not (value.isdecimal() and len(value) == 8):
                raise UsageError(
                    "catalogue.date",
                    f"{value!r} is no date.",
                    hint="Write YYYY-MM-DD.",
                    where=name,
                )
            object.__setattr__(self, name, value)

    def condition(self) -> tuple[str, list[Any]]:
        """SQL after WHERE, and its values."""
        parts, values = ["1"], []
        for word in fold(self.words).split():
            parts.append("instr(s.words, ?)")
            values.append(word)
        if self.modality:
            parts.append(f"s.modality IN ({', '.join('?' * len(self.modality))})")
            values += [m.upper() for m in self.modality]
        if self.body_part:
            parts.append("instr(lower(s.body_part), ?)")
            values.append(self.body_part.lower())
        when = "coalesce(nullif(t.date, ''), s.date)"
        if self.since:
            parts.append(f"{when} >= ?")
            values.append(self.since)
        if self.until:
            parts.append(f"{when} <> '' AND {when} <= ?")
            values.append(self.until)
        if self.usable:
            parts.append("s.status <> 'refused'")
        return " AND ".join(parts), values


def search(
    catalogue: Catalogue, wanted: Filter | None = None, *, limit: int = -1, offset: int = 0
) -> list[Listed]:
    """Series that fit, by patient's name, study (newest first) and number. limit: -1 for all.

    A plain scan of the rows: with 10,000 series it takes some 10 ms (bench_catalogue), so that no index of
    words is kept which would hold names after they are forgotten.
    """
    where, values = (wanted or Filter()).condition()
    with catalogue.reading() as db:
        rows = db.execute(
            f"SELECT {COLUMNS} {FROM} WHERE {where} {ORDER} LIMIT ? OFFSET ?", (*values, limit, offset)
        )
        return list(map(Listed._make, rows))


def one(catalogue: Catalogue, uid: str) -> Listed:
    """The series with this UID; a Series Instance UID with one stack will do. InputError "catalogue.unknown",
    UsageError "catalogue.several" when several stacks share it."""
    with catalogue.reading() as db:
        for column in ("s.uid", "s.group_uid"):
            rows = db.execute(f"SELECT {COLUMNS} {FROM} WHERE {column} = ?", (uid,)).fetchall()
            if len(rows) > 1:
                raise UsageError(
                    "catalogue.several",
                    f"{uid} holds several stacks: {', '.join(r[1] for r in rows)}.",
                    hint="Name one of them.",
                    where=uid,
                )
            if rows:
                return Listed._make(rows[0])
    raise InputError(
        "catalogue.unknown",
        f"The catalogue holds no series {uid}.",
        hint="List the series with `surgitwin catalogue list`.",
        where=uid,
    )


def people(catalogue: Catalogue, uids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Name, ID and birth date (YYYYMMDD) of the patients of these series or studies."""
    marks = ", ".join("?" * len(uids))
    condition = f"s.uid IN ({marks}) OR s.group_uid IN ({marks}) OR t.uid IN ({marks})"
    with catalogue.reading() as db:
        rows = db.execute(
            f"SELECT DISTINCT p.name, p.patient_id, p.birth_date {FROM} WHERE {condition}", (*uids,) * 3
        )
        return [(str(r[0] or ""), str(r[1] or ""), str(r[2] or "")) for r in rows]


def details(catalogue: Catalogue, uid: str) -> dict[str, Any]:
    """What the scan said of a series, as `Series.as_dict` without its files."""
    listed = one(catalogue, uid)
    with catalogue.reading() as db:
        row = db.execute("SELECT json FROM details WHERE series = ?", (listed.id,)).fetchone()
    out: dict[str, Any] = json.loads(row[0]) if row else {}
    return out


def thumbnails(catalogue: Catalogue, ids: Sequence[int]) -> dict[int, bytes]:
    """PNG by row of the series, for those that have one."""
    with catalogue.reading() as db:
        rows: list[tuple[int, bytes]] = []
        for n in range(0, len(ids), 500):
            part = ids[n : n + 500]
            marks = ", ".join("?" * len(part))
            rows += db.execute(f"SELECT series, png FROM thumbnails WHERE series IN ({marks})", part)
    return dict(rows)


def directions(catalogue: Catalogue, ids: Sequence[int]) -> dict[int, tuple[float, ...]]:
    """Direction of the voxel axes (9 numbers, row-major, columns i, j, k, LPS) by row of the series, for
    those that have one: which side of the patient is at the left of a thumbnail."""
    one = "SELECT json_extract(json, '$.direction') FROM details WHERE series = ?"
    with catalogue.reading() as db:
        found = {i: db.execute(one, (i,)).fetchone() for i in ids}
    return {i: tuple(json.loads(row[0])) for i, row in found.items() if row is not None and row[0]}


def counts(catalogue: Catalogue) -> dict[str, int]:
    """How many patients, studies, series and image files there are."""
    with catalogue.reading() as db:
        return {t: _count(db, t) for t in ("patients", "studies", "series")} | {
            "files": int(db.execute("SELECT count(*) FROM files WHERE kind = 'image'").fetchone()[0])
        }


def _count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def modalities(catalogue: Catalogue) -> tuple[str, ...]:
    """The modalities that occur."""
    with catalogue.reading() as db:
        return tuple(r[0] for r in db.execute("SELECT DISTINCT modality FROM series ORDER BY 1") if r[0])
