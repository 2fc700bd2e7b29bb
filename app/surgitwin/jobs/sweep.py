"""Many independent tasks over worker processes, by dask.distributed: this computer's, or a hospital's own.

By default a cluster of this computer, on the loopback address only and without a dashboard. A worker holds
no MPI: it hands each task to a process of its own (`jobs.sweep_worker`), so that a crash, a time-out or a
lack of memory costs one task. Lost workers are replaced and their task is done again. A scheduler runs what
it is sent: use one that you trust, and TLS (dask's own configuration) beyond one computer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dask
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster, wait
from distributed.scheduler import NoValidWorkerError

from surgitwin import __version__
from surgitwin.core.errors import SolverError, UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.jobs.sweep_worker import probe, run_one, stop_child

LOOPBACK = "127.0.0.1"
POLL_S = 0.3
CONNECT_S = 15.0
"""How long a scheduler's address is tried."""
MEMORY_SHARE = 0.8
"""Setting: part of the free memory of a computer that all its workers may use together."""
WORKER_BYTES = 1_000_000_000
"""Setting: what the worker itself may hold; the process that does its tasks is watched by it."""
QUIET: dict[str, Any] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 3,
    "distributed.comm.timeouts.connect": f"{CONNECT_S:g}s",
}
"""No web pages. A task whose worker is lost this often is given up as failed."""


@dataclass(frozen=True)
class SweepOptions:
    """scheduler: address of a running one, None for a cluster of this computer. workers: processes (None: one
    a core). memory_bytes: of each (None: an equal share of what is free on the worker's computer, and no
    more than the worker's own limit on another scheduler). timeout_s: of one task. needs:
    paths that every worker must see."""

    scheduler: str | None = None
    workers: int | None = None
    memory_bytes: int | None = None
    timeout_s: float = 900.0
    needs: tuple[str, ...] = ()

    @property
    def at_once(self) -> int:
        """Processes of a cluster of this computer."""
        return self.workers or os.cpu_count() or 1


@dataclass(frozen=True)
class Outcome:
    """What became of one task: data, or the error as plain fields. worker: "host:pid"."""

    data: dict[str, Any] | None
    error: dict[str, str] | None
    wall_s: float
    worker: str


OnResult = Callable[[int, Outcome], None]


def sweep(
    task: Literal["sample", "selftest"],
    arguments: Sequence[dict[str, Any]],
    on_result: OnResult,
    options: SweepOptions = SweepOptions(),
    progress: Progress = SILENT,
) -> None:
    """Run `task` (a name in `jobs.sweep_child.TASKS`) for each of `arguments`; outcomes come in any order.

    on_result is called in this thread with the number of the task, as soon as each is done: failed ones too.
    Raises Cancelled (what runs is ended), UsageError "sweep.workers", SolverError "sweep.no_scheduler",
    "sweep.no_workers", "sweep.worker_unfit"; and what `on_result` raises.
    """
    if options.workers is not None and options.workers < 1:
        raise UsageError(
            "sweep.workers", f"{options.workers} workers cannot work.", hint="Give 1 or more.",
            where="--workers",
        )  # fmt: skip
    if not arguments:
        return
    progress("Starting the workers", 0.0)
    with _client(options) as client:
        facts = _require_fit(client, options)
        owner, memory = uuid.uuid4().hex, _memory_limits(client, options, facts)
        pending = {
            client.submit(run_one, owner, task, a, options.timeout_s, memory, pure=False): n
            for n, a in enumerate(arguments)
        }
        try:
            _collect(pending, on_result, progress)
        finally:  # also after Ctrl-C: nothing may go on in workers of others, nor hold their memory
            _leave(client, owner, list(pending))


def worker_count(options: SweepOptions) -> int:
    """Processes that would work: of this computer, or all that the scheduler has now.

    Raises SolverError "sweep.no_scheduler".
    """
    if options.scheduler is None:
        return options.at_once
    with _client(options) as client:
        return len(client.scheduler_info(n_workers=-1)["workers"])


def _collect(pending: dict[Future[Any], int], on_result: OnResult, progress: Progress) -> None:
    """Hand on every outcome as it comes; a done future leaves `pending`."""
    total = len(pending)
    while pending:
        progress(f"{total - len(pending)} of {total} done", (total - len(pending)) / total)
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            wait(list(pending), timeout=POLL_S, return_when="FIRST_COMPLETED")
        for future in [f for f in pending if f.done()]:
            on_result(pending.pop(future), _outcome(future))
            future.release()
    progress(f"{total} of {total} done", 1.0)


def _outcome(future: Future[Any]) -> Outcome:
    try:
        answer = future.result()
    except (KilledWorker, NoValidWorkerError, CancelledError) as lost:
        error = SolverError(
            "sweep.worker_lost",
            f"Every worker that tried this task was lost ({type(lost).__name__}).",
            hint="Check memory and the workers' own logs, then run the study again: what is done is kept.",
        )
        return Outcome(None, error.as_dict(), 0.0, "")
    return Outcome(answer.get("data"), answer.get("error"), answer["wall_s"], answer["worker"])


@contextlib.contextmanager
def _client(options: SweepOptions) -> Iterator[Client]:
    """A client of the given scheduler, or of a cluster that lives as long as this context."""
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with dask.config.set(QUIET), contextlib.ExitStack() as stack:
        if options.scheduler is not None:
            yield stack.enter_context(_connected(options.scheduler))
            return
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="surgitwin-sweep-"))
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=options.at_once,
                threads_per_worker=1,
                processes=True,
                host=LOOPBACK,
                dashboard_address=f"{LOOPBACK}:0",
                worker_dashboard_address=f"{LOOPBACK}:0",
                memory_limit=WORKER_BYTES,
                local_directory=folder,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"dashboard": False},
            )
        )
        yield stack.enter_context(Client(cluster, timeout=CONNECT_S))


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise SolverError(
            "sweep.no_scheduler",
            f"No dask scheduler answers at {address}: {error}.",
            hint="Start one with `dask scheduler`, or leave --scheduler out to use this computer.",
            where="--scheduler",
        ) from error


def _memory_limits(
    client: Client, options: SweepOptions, facts: Mapping[str, Mapping[str, Any]]
) -> dict[str, int]:
    """Bytes that one task may take, by host of the worker: of the hosts themselves, not of this computer."""
    own = client.scheduler_info(n_workers=-1)["workers"]
    out: dict[str, int] = {}
    for worker, fact in facts.items():
        host = fact["host"]
        beside = sum(f["host"] == host for f in facts.values())
        limit = options.memory_bytes or int(MEMORY_SHARE * fact["free_bytes"] / beside)
        given = own.get(worker, {}).get("memory_limit")
        if options.scheduler is not None and given and not options.memory_bytes:
            limit = min(limit, int(given))
        out[host] = min(limit, out.get(host, limit))
    return out


def _require_fit(client: Client, options: SweepOptions) -> dict[str, dict[str, Any]]:
    """What every worker says of itself; it must run this version of the program and see the case."""
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise SolverError(
            "sweep.no_workers",
            "The scheduler has no workers.",
            hint="Start some with `dask worker ADDRESS --nthreads 1` in an environment with SurgiTwin.",
            where=options.scheduler or "this computer",
        )
    try:
        found = client.run(probe, list(options.needs))
    except Exception as error:
        raise _unfit(f"a worker cannot run SurgiTwin: {type(error).__name__}: {error}") from error
    for worker, facts in found.items():
        if facts["version"] != __version__:
            raise _unfit(f"{worker} runs version {facts['version']}, this program is {__version__}")
        if facts["missing"]:
            raise _unfit(f"{worker} does not see {', '.join(facts['missing'])}")
    out: dict[str, dict[str, Any]] = found
    return out


def _unfit(fact: str) -> SolverError:
    return SolverError(
        "sweep.worker_unfit",
        f"The workers do not suit: {fact}.",
        hint="Install the same SurgiTwin on all of them, and put the case where all see it by the same path.",
        where="--scheduler",
    )


def _leave(client: Client, owner: str, futures: Sequence[Future[Any]]) -> None:
    """Take back what waits and end our processes; workers that are gone already are left so."""
    with contextlib.suppress(Exception):
        client.cancel(list(futures), force=True)
        client.run(stop_child, owner, on_error="ignore")
