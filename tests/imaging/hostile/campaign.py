"""Many hostile inputs in worker processes: `python campaign.py 10000` prints the counts.

A worker that dies, hangs for more than `SECONDS` of processor time or passes `ADDRESS_GIB` is counted against
the seed it was at, and a new one goes on behind it.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
SECONDS = 5.0
MEMORY_MIB = 1024.0
ADDRESS_GIB = 12
"""Address space of a worker, far above the memory it may use: a guard of the machine, not the measure."""
CLOCK_SECONDS = 120
"""A worker that waits so long for something (a pipe, a device) hangs; the machine may be busy."""


def work(first: int, last: int, room: Path) -> None:
    """Trials of the seeds from first to last - 1; one JSON line before and one after each."""
    from hostile.trial import run

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_GIB * 2**30, ADDRESS_GIB * 2**30))
    for seed in range(first, last):
        place = room / str(seed)
        sys.stdout.write(json.dumps({"at": seed}) + "\n")
        sys.stdout.flush()
        signal.setitimer(signal.ITIMER_PROF, 2 * SECONDS + 5)  # kills the worker; the input is made meanwhile
        signal.alarm(CLOCK_SECONDS)
        result = run(seed, place)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        shutil.rmtree(place, ignore_errors=True)
        sys.stdout.write(json.dumps(result.as_dict()) + "\n")
        sys.stdout.flush()


def results(first: int, last: int, room: Path) -> Iterator[dict[str, Any]]:
    """Results of all seeds, with a new worker behind each seed at which one died."""
    tests = str(HERE.parents[2]), str(HERE.parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(tests), "OMP_NUM_THREADS": "1",
                   "TMPDIR": str(room / "tmp"), "HOME": str(room),
                   "SURGITWIN_STATE": str(room / "state")}  # fmt: skip
    (room / "tmp").mkdir(exist_ok=True, parents=True)
    while first < last:
        command = [sys.executable, "-W", "ignore", str(HERE), "--work", str(first), str(last), str(room)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=room, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        yield from (line for line in lines if "seed" in line)
        at = max((line["at"] for line in lines if "at" in line), default=first)
        finished = any(line.get("seed") == at for line in lines)
        if done.returncode or not finished:
            said = done.stderr.strip().splitlines()[-1:] or [""]
            outcome = f"DIED {done.returncode} {said[0]}"[:200]
            if not finished:
                yield {
                    "seed": at,
                    "family": "?",
                    "base": "?",
                    "outcome": outcome,
                    "seconds": 0,
                    "peak_mib": 0,
                }
        first = at + 1


def campaign(count: int, start: int = 0, workers: int = 2) -> list[dict[str, Any]]:
    """Results of `count` seeds."""
    share = -(-count // workers)
    with tempfile.TemporaryDirectory() as held, ThreadPoolExecutor(workers) as pool:
        rooms = [Path(held) / str(n) for n in range(workers)]
        ends = [(start + n * share, min(start + (n + 1) * share, start + count)) for n in range(workers)]
        parts = pool.map(lambda a: list(results(*a[0], a[1])), zip(ends, rooms, strict=True))
        return [line for part in parts for line in part]


def bad(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Crashes, hangs, writes outside, and what took too long or too much."""
    return [
        r for r in found
        if r["outcome"].split(" ")[0] in ("CRASH", "WROTE", "DIED")
        or r["seconds"] > SECONDS or r["peak_mib"] > MEMORY_MIB
    ]  # fmt: skip


def main() -> None:
    if sys.argv[1] == "--work":
        work(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        return
    found = campaign(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    counts = Counter(r["outcome"].split(":")[0] for r in found)
    lines = [f"{n:6d}  {what}" for what, n in counts.most_common()]
    slowest = max(found, key=lambda r: r["seconds"])
    largest = max(found, key=lambda r: r["peak_mib"])
    wrong = [json.dumps(r) for r in bad(found)]
    sys.stdout.write("\n".join([*lines, f"slowest {slowest}", f"largest {largest}", *wrong]) + "\n")


if __name__ == "__main__":
    main()
