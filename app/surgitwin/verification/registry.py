"""Finds the cases: every module ``cases/row_NN_name.py`` with its ``CASE``."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass

from surgitwin.verification import cases
from surgitwin.verification.case import Case

_NAME = re.compile(r"row_(\d+)_\w+")

ROWS = (*range(1, 10), 11, 13, *range(15, 24), *range(25, 29), *range(30, 61))
"""Numbers of the table's rows; the gaps (10, 12, 14, 24, 29) are the table's own."""


@dataclass(frozen=True)
class CaseFile:
    """Where a case stands: row number as text and the module's full name."""

    row: str
    module: str


def case_files() -> list[CaseFile]:
    """All case files in the order of their rows; nothing is imported."""
    found = []
    for info in pkgutil.iter_modules(cases.__path__):
        match = _NAME.fullmatch(info.name)
        if match:
            found.append(CaseFile(str(int(match[1])), f"{cases.__name__}.{info.name}"))
    return sorted(found, key=lambda f: (int(f.row), f.module))


def load_case(module: str) -> tuple[Case, str]:
    """The CASE of `module` and the module's docstring (what is solved); import errors pass through."""
    loaded = importlib.import_module(module)
    case: Case = loaded.CASE
    return case, (loaded.__doc__ or "").strip()
