"""What a de-identification would do: one image of each series, cleaned in memory; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.quiet import quiet
from surgitwin.exchange.deidentify.reading import look_at
from surgitwin.exchange.deidentify.report import FileReport, Report
from surgitwin.exchange.deidentify.run import report_of, require_something
from surgitwin.exchange.deidentify.writing import Job, cleaned


def preview(paths: Sequence[Path], options: Options, progress: Progress = SILENT) -> Report:
    """The report of a run on the first image of each series; refused files and warnings are those of all.

    Raises InputError as `deidentify` does.
    """
    with quiet():
        found = look_at(paths, options, progress.part(0.0, 0.8))
        require_something(found)
        names = Pseudonyms(Key.open(None).secret)
        job = Job(options, names, found.who)
        first = {item.series_uid: item for item in reversed(found.items)}
        files = []
        for n, item in enumerate(first.values()):
            progress("Trying one image of each series", 0.8 + 0.2 * n / len(first))
            _, changes, dropped = cleaned(job, item, names.patient(item.patient))
            files.append(FileReport(f"series {n + 1}", f"series {n + 1}", tuple(changes), tuple(dropped)))
    return report_of(found, options, files, set())
