"""Results of samples: one file a plan in the case, one line a sample, added at once and never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from surgitwin.planning.case import Case
from surgitwin.planning.uncertainty.study import FOLDER
from surgitwin.storage.atomic import storage_errors

PASSING = (
    "sweep.timeout", "sweep.memory", "sweep.died", "sweep.worker_lost", "solver.memory", "solver.internal",
)  # fmt: skip
"""Failures that another try, more time, more memory or a mended program may mend; others would fail again."""

Row = Mapping[str, Any]


class Pool:
    """The samples of one plan: key (`Study.keys`) -> row with "metrics" or "error", and "wall_s"."""

    def __init__(self, case: Case, plan_hash: str) -> None:
        self.path: Path = case.folder.path / FOLDER / f"samples-{plan_hash[:24]}.jsonl"

    def rows(self) -> dict[str, Row]:
        """All samples; of lines with one key the last counts. A line that was cut short is left out."""
        if not self.path.is_file():
            return {}
        with storage_errors(self.path):
            text = self.path.read_text(encoding="utf-8", errors="replace")
        out: dict[str, Row] = {}
        for line in text.splitlines():
            try:
                row = json.loads(line)
                out[str(row["key"])] = row
            except (ValueError, KeyError, TypeError):  # the program was ended while it wrote this line
                continue
        return out

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows, each with its "key", and bring them to the disk."""
        text = "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as stream:
                if stream.tell() and _last_byte(stream) != b"\n":
                    text = "\n" + text
                stream.write(text.encode())
                stream.flush()
                os.fsync(stream.fileno())


def settled(row: Row | None) -> bool:
    """Whether a sample need not be tried again: it is done, or it would fail again."""
    return row is not None and ("metrics" in row or row["error"]["code"] not in PASSING)


def _last_byte(stream: Any) -> bytes:
    stream.seek(-1, os.SEEK_END)
    out: bytes = stream.read(1)
    return out
