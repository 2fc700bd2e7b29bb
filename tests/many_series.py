"""A catalogue with many series that are written straight into its tables: files are not needed to list."""

from __future__ import annotations

from surgitwin.exchange.catalogue import Catalogue
from surgitwin.exchange.catalogue.records import fold

PER_PATIENT, PER_STUDY = 4, 2
PARTS = ("KNEE", "HIP", "SPINE", "CHEST", "HEAD")


def many_series(catalogue: Catalogue, count: int) -> None:
    """`count` series: 2 a study, 4 a patient."""
    patients, studies, series = [], [], []
    for n in range(count // PER_PATIENT):
        patients.append(
            (n + 1, f"P-{n:010}", f"P-{n:010}", f"Patient {n:04}, Test", f"ID{n}", "19700101", "F")
        )
    for n in range(count // PER_STUDY):
        date = f"20{10 + n % 15:02}{1 + n % 12:02}{1 + n % 28:02}"
        studies.append((n + 1, 1 + n * PER_STUDY // PER_PATIENT, f"1.2.{n}", date, f"Study {n}"))
    for n in range(count):
        study = n // PER_STUDY
        part, kind = PARTS[n % len(PARTS)], ("CT", "MR")[n % 2]
        who = patients[n // PER_PATIENT]
        words = fold(f"{who[3]} {who[4]} {kind} Series {n} {part} {studies[study][3]} 1.2.{study}.{n}")
        series.append((study + 1, f"1.2.{study}.{n}", f"1.2.{study}.{n}", kind, f"Series {n}", part,
                       studies[study][3], n % PER_STUDY, 200, "200 x 512 x 512", "ok", "", "", 0,
                       "2026-01-01", words))  # fmt: skip
    with catalogue.writing() as db:
        db.executemany("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?)", patients)
        db.executemany("INSERT INTO studies VALUES (?, ?, ?, ?, ?)", studies)
        db.executemany(
            "INSERT INTO series (study, uid, group_uid, modality, description, body_part, date, number, "
            "slices, size, status, code, reason, copied, added, words) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            series,
        )
