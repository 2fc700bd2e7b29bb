"""A model's program as a process group of its own: cancel, time limit, its last words when it fails."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from surgitwin.core.errors import PluginError
from surgitwin.core.progress import Progress

_POLL_S, _GRACE_S = 0.1, 5.0
_SAY_EVERY_S = 2.0
_PERCENT = re.compile(r"(\d{1,3})%")


def run_program(
    command: Sequence[str],
    workdir: Path,
    seconds: float,
    progress: Progress,
    environment: Mapping[str, str] | None = None,
    share: Callable[[str], float | None] | None = None,
) -> str:
    """Run a program in `workdir` and return what it said (also kept in model.log there).

    environment: added to ours. share: from what it said so far to how far it is, 0..1 (its last percentage).
    Each call of `progress` is a cancel point: on cancel or after `seconds` the whole process group is ended.
    Raises Cancelled, PluginError "automatic.time", "automatic.failed".
    """
    log = workdir / "model.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            list(command), cwd=workdir, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})}, start_new_session=os.name == "posix",
        )  # fmt: skip
        try:
            with _ending_with_us(process):
                _wait(process, log, seconds, progress, share or last_percent)
        finally:
            _end(process)
    said = log.read_text(errors="replace")
    if process.returncode:
        last = " | ".join(said.strip().splitlines()[-4:])
        raise PluginError(
            "automatic.failed",
            f"{Path(command[0]).name} ended with code {process.returncode}. Last lines: {last or 'none'}",
            hint="Run it by itself on the image to see more; the case is unchanged.",
            where=str(log),
        )
    return said


def last_percent(said: str) -> float | None:
    """The last percentage that a program wrote, 0..1."""
    found = _PERCENT.findall(said[-400:])
    return min(int(found[-1]), 100) / 100 if found else None


def _wait(
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: float,
    progress: Progress,
    share: Callable[[str], float | None],
) -> None:
    name = Path(str(process.args[0] if isinstance(process.args, list) else process.args)).name
    start, said, most = time.monotonic(), 0.0, 0.0
    while process.poll() is None:
        used = time.monotonic() - start
        if used > seconds:
            raise PluginError(
                "automatic.time",
                f"{name} was ended after {seconds:g} s, the time that it was given.",
                hint="Give it more with --time-limit, or choose fewer segments.",
                where=name,
            )
        if used - said > _SAY_EVERY_S or not said:
            said = used or _POLL_S
            found = share(log.read_text(errors="replace"))
            most = max(most, found or 0.0)  # a program with several bars begins again at 0
            progress(f"{name} is running", most or None)
        elif progress.asked_to_stop():
            progress(f"{name} is being ended")
        time.sleep(_POLL_S)


@contextmanager
def _ending_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """SIGTERM, by which a worker is ended when it is cancelled or the window is gone, ends the program too.

    It is in a session of its own, and would go on with all its memory.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything that it started."""
    for wanted in (signal.SIGTERM, signal.SIGKILL if os.name == "posix" else signal.SIGTERM):
        try:
            if os.name == "posix":
                os.killpg(process.pid, wanted)
            elif process.poll() is None:
                process.terminate()
            process.wait(_GRACE_S)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def hash_of_files(folder: Path, patterns: Sequence[str]) -> str:
    """SHA-256 over names, in order, and contents of the files below `folder`; "" when there is none."""
    files = sorted({p for pattern in patterns for p in folder.rglob(pattern) if p.is_file()})
    if not files:
        return ""
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()
