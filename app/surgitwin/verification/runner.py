"""Runs cases, each in a process of its own, some at a time, and judges what they measured."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from surgitwin import jobs
from surgitwin.core.errors import Cancelled, SurgiTwinError, UsageError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.verification.case import Case, Measured
from surgitwin.verification.outcome import Outcome, judge, without_value
from surgitwin.verification.references import Reference, load_references
from surgitwin.verification.registry import CaseFile, case_files, load_case

TIME_OUT_S = 900.0
"""Numerical setting: the longest case of the full set takes some 8 minutes on one core."""


@dataclass(frozen=True)
class RowRun:
    """What came of one row. text: what the case solves (its docstring). wrong: its wrong input, in words."""

    row: str
    title: str
    text: str
    wrong: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class _Loaded:
    """A case that is to run, or the reason why its file cannot be used."""

    file: CaseFile
    case: Case | None
    text: str
    fault: str = ""


def run_cases(
    ids: Sequence[str] = (),
    *,
    quick: bool = False,
    mutated: bool = False,
    processes: int = 2,
    progress: Progress = SILENT,
    time_out_s: float = TIME_OUT_S,
) -> list[RowRun]:
    """Run the cases and return the rows in the order of the table.

    ids: rows ("7") or values ("7a", which run their row), all when empty. quick: only the quick set. mutated:
    with the wrong inputs. A case that crashes, cannot be imported or takes longer than `time_out_s` is a
    failure with its reason. Raises UsageError ("verify.unknown_case"), Cancelled, InputError (references).
    """
    references = load_references()
    loaded = [_load(f) for f in _chosen(ids, references)]
    if quick:
        loaded = [c for c in loaded if c.case is None or c.case.quick]
    with ThreadPoolExecutor(max_workers=max(1, processes)) as pool:
        futures = {
            pool.submit(_run_row, c, references[c.file.row], mutated, progress, time_out_s): c.file.row
            for c in loaded
        }
        done: dict[str, RowRun] = {}
        try:
            for count, future in enumerate(as_completed(futures), 1):
                done[futures[future]] = future.result()
                progress(_line(done[futures[future]]), count / len(futures))
        except BaseException:
            _drop(list(futures))
            raise
    return [done[c.file.row] for c in loaded]


def _chosen(ids: Sequence[str], references: dict[str, tuple[Reference, ...]]) -> list[CaseFile]:
    files = [f for f in case_files() if f.row in references]
    if not ids:
        return files
    row_of = {r.id: row for row, refs in references.items() for r in refs} | {f.row: f.row for f in files}
    unknown = [i for i in ids if row_of.get(i) not in {f.row for f in files}]
    if unknown:
        raise UsageError(
            "verify.unknown_case",
            f"There is no verification case {', '.join(unknown)}.",
            hint=f"Rows: {', '.join(f.row for f in files)}; or a value such as 7a.",
            where="--case",
        )
    wanted = {row_of[i] for i in ids}
    return [f for f in files if f.row in wanted]


def _load(file: CaseFile) -> _Loaded:
    try:
        case, text = load_case(file.module)
    except Exception as fault:  # noqa: BLE001 - one broken file must be a failed row, not the end of the run
        return _Loaded(file, None, "", f"the case cannot be imported: {type(fault).__name__}: {fault}")
    return _Loaded(file, case, text)


def _run_row(
    loaded: _Loaded, references: Sequence[Reference], mutated: bool, progress: Progress, time_out_s: float
) -> RowRun:
    case = loaded.case
    if case is None:
        return RowRun(loaded.file.row, references[0].title, "", "", _failed(references, loaded.fault))
    if case.blocked:
        outcomes = tuple(without_value(references, "blocked", case.blocked))
    else:
        outcomes = _measured(loaded.file, references, mutated, progress, time_out_s)
    return RowRun(case.row, case.title, loaded.text, case.wrong, outcomes)


def _measured(
    file: CaseFile, references: Sequence[Reference], mutated: bool, progress: Progress, time_out_s: float
) -> tuple[Outcome, ...]:
    start = time.monotonic()

    def late() -> bool:
        return time.monotonic() - start > time_out_s

    with tempfile.TemporaryDirectory(prefix="surgitwin-verify-") as folder:
        try:
            found = jobs.run(
                "verify",
                Path(folder),
                {"module": file.module, "wrong": mutated},
                cancelled=lambda: late() or progress.asked_to_stop(),
                hurry=lambda: True,
            )
        except Cancelled:
            if progress.asked_to_stop():
                raise
            return _failed(references, f"not done after {time_out_s:g} s", time.monotonic() - start)
        except SurgiTwinError as fault:
            reason = f"{fault.code}: {fault.message}"
            return _failed(references, reason, time.monotonic() - start)
    values = {
        name: Measured(
            float("nan") if v["value"] is None else v["value"], tuple((a, b) for a, b in v["study"])
        )
        for name, v in found["values"].items()
    }
    unknown = sorted(set(values) - {r.id for r in references})
    if unknown:
        return _failed(references, f"the case gave values without a reference: {', '.join(unknown)}")
    return tuple(judge(references, values, found["wall_s"], found["peak_rss_MB"]))


def _failed(references: Sequence[Reference], reason: str, wall_s: float = 0.0) -> tuple[Outcome, ...]:
    return tuple(without_value(references, "fail", reason, wall_s))


def _drop(futures: Sequence[Future[RowRun]]) -> None:
    for future in futures:
        future.cancel()


def _line(run: RowRun) -> str:
    verdicts = " ".join(f"{o.reference.id} {o.verdict}" for o in run.outcomes)
    return f"{run.row} {run.title}: {verdicts} ({max(o.wall_s for o in run.outcomes):.1f} s)"
