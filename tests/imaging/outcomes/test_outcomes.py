"""Every example file of the installed pydicom and every real study has the outcome that was judged right."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from outcomes.outcome_table import PYDICOM, TABLES, outcome, pydicom_entries, shared_entries

ENTRIES = pydicom_entries()


@cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads(TABLES[name].read_text())


def test_the_table_has_every_file_that_pydicom_ships() -> None:
    assert set(ENTRIES) == set(table("pydicom"))


@pytest.mark.parametrize("folder", sorted({e.split("/")[0] for e in ENTRIES} | {"discs"}))
def test_files_of_pydicom(folder: str) -> None:
    names = [e for e in ENTRIES if ("discs" if "dicomdirtests" in e else e.split("/")[0]) == folder]
    assert names
    wrong = {n: found for n in names if (found := outcome(PYDICOM / n)) != table("pydicom")[n]}
    assert not wrong


@pytest.mark.real_data
def test_the_table_has_every_real_study(shared_data: Path) -> None:
    assert shared_entries(shared_data) == sorted(table("shared"))


@pytest.mark.real_data
@pytest.mark.parametrize("name", sorted(tomllib.loads(TABLES["shared"].read_text())))
def test_real_studies(shared_data: Path, name: str) -> None:
    assert outcome(shared_data / name) == table("shared")[name]
