"""The table of Compare and what is said about it, made in a worker. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surgitwin.planning.comparing.comparison import Comparison
from surgitwin.planning.comparing.flip import Flips, find_flips
from surgitwin.planning.comparing.rows import TableRow, table_rows
from surgitwin.report.summary import verdict


@dataclass(frozen=True, eq=False)
class Numbers:
    """The table and what is said about it. compare: of the chosen plans. rows: at the chosen stage."""

    compare: Mapping[str, Any]
    rows: tuple[TableRow, ...]
    verdict: tuple[str, ...]
    flips: Flips


def make_numbers(comparison: Comparison, plans: tuple[str, ...], stage: str) -> Numbers | None:
    """Numbers of the chosen plans; None when nothing is solved. For a worker."""
    compare = comparison.chosen(plans)
    if compare is None:
        return None
    said = verdict(compare, comparison.names, comparison.titles)
    return Numbers(compare, table_rows(compare, stage), said, find_flips(compare))
