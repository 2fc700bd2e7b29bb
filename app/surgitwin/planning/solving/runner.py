"""Runs the worker processes of `solve`: problems into folders, solutions back, all stopped together."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path

from surgitwin import jobs
from surgitwin.core.progress import Event
from surgitwin.mechanics import serial
from surgitwin.mechanics.problem import Problem
from surgitwin.planning.solving.progress import SolveProgress
from surgitwin.storage import CaseFolder
from surgitwin.storage.atomic import storage_errors

CACHE_LIMIT_BYTES = 400_000_000
"""Setting: room for the bone matrices of the plan that was solved last, on a real femur."""
GRACE_S = 1.0
"""Time that a solver process gets to stop by itself: it can only between iterations."""
NOMINAL_SHARE = 0.6
"""Display setting: time of the loads and their variants beside that of the stiffness band."""


class SolveRunner:
    """Runs worker processes for results; one failing or cancelled job stops the others."""

    def __init__(self, folder: CaseFolder, method: str, shown: SolveProgress) -> None:
        self._folder = folder
        self._method = method
        self._shown = shown
        self._stop = threading.Event()

    def run(
        self,
        key: str,
        input_hash: str,
        problems: dict[str, Problem],
        ranks: int = 1,
        jobs_at_once: int = 1,
    ) -> None:
        """Solve one result's problems in its folder; a failure leaves nothing but the log, in ``cache``.

        jobs_at_once 2: the first problem in one process, the others (the stiffness band) in another.
        """
        folder = self._folder.result_dir(input_hash)
        shutil.rmtree(folder, ignore_errors=True)
        cache = self._folder.path / "cache"
        cache.mkdir(exist_ok=True)
        _trim(cache)
        names = list(problems)
        groups = [names[:1], names[1:]] if jobs_at_once > 1 and len(names) > 1 else [names]
        shares = (NOMINAL_SHARE, 1 - NOMINAL_SHARE) if len(groups) > 1 else (1.0,)
        try:
            with storage_errors(folder):
                tasks = [
                    partial(self._job, key, folder / work, {n: problems[n] for n in group}, ranks, share)
                    for work, group, share in zip(("job", "job-band"), groups, shares, strict=False)
                ]
                self._all(tasks, len(tasks))
        except BaseException:
            self._clear(folder)
            raise

    def _job(self, key: str, work: Path, problems: dict[str, Problem], ranks: int, share: float) -> None:
        for n, problem in problems.items():
            settings = replace(problem.settings, method=self._method)
            serial.save_problem(replace(problem, settings=settings), work / n)
        arguments = {
            "problems": [str(work / n) for n in problems],
            "solutions": [str(work.parent / n) for n in problems],
            "cache_dir": str(self._folder.path / "cache"),
        }
        shown = self._shown.phase(key, "solve", work.name, share)

        def tell(event: Event) -> None:
            if event.kind == "progress" and not self._stop.is_set() and not shown.asked_to_stop():
                shown(event.message, event.fraction)

        jobs.run(
            "solve",
            work,
            arguments,
            ranks=ranks,
            on_event=tell,
            cancelled=lambda: self._stop.is_set() or shown.asked_to_stop(),
            grace_s=GRACE_S,
        )
        shutil.rmtree(work)

    def _clear(self, folder: Path) -> None:
        for work in folder.glob("job*"):
            with contextlib.suppress(OSError):
                name = f"{folder.name}.{work.name}.worker.log"
                (work / "worker.log").replace(self._folder.path / "cache" / name)
        shutil.rmtree(folder, ignore_errors=True)

    def side_by_side(self, tasks: Sequence[Callable[[], None]], cores: int) -> None:
        """Run tasks, as many at a time as there are cores; the first failure stops the others."""
        if tasks:
            self._all(tasks, min(cores, len(tasks)))

    def _all(self, tasks: Sequence[Callable[[], None]], at_once: int) -> None:
        with ThreadPoolExecutor(at_once) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:  # also Ctrl-C in this thread: the pool waits for its threads
                self._stop.set()
                raise


def _trim(cache: Path) -> None:
    """Delete the oldest stored matrices above the limit."""
    files = sorted(cache.glob("*.npy"), key=lambda p: p.stat().st_mtime, reverse=True)
    total = 0
    for path in files:
        total += path.stat().st_size
        if total > CACHE_LIMIT_BYTES:
            path.unlink(missing_ok=True)
