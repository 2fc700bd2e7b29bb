"""Hostile inputs end in a volume or a typed error within 5 s and 1 GiB, and write only into the case."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile.campaign import MEMORY_MIB, SECONDS, bad, campaign
from hostile.trial import run

UNIT_SEEDS = range(200)
CAMPAIGN = 10_000


@pytest.mark.parametrize("first", range(0, len(UNIT_SEEDS), 25))
def test_a_share_of_them(tmp_path: Path, first: int) -> None:
    """Processor time: the machine may be busy. The memory is judged by the campaign, in its own processes."""
    for seed in UNIT_SEEDS[first : first + 25]:
        result = run(seed, tmp_path / str(seed))
        assert result.outcome.split(" ")[0] not in ("CRASH", "WROTE"), result
        assert result.seconds < SECONDS, result


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_ten_thousand() -> None:
    """Each peak includes the some 370 MiB of the program itself, against a limit of 1 GiB."""
    found = campaign(CAMPAIGN, start=len(UNIT_SEEDS))
    assert len(found) == CAMPAIGN
    assert not bad(found), f"limits {SECONDS} s, {MEMORY_MIB} MiB"
    assert sum(r["outcome"] == "volume" for r in found) > CAMPAIGN / 20
