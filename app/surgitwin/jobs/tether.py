"""No process is left behind: a worker dies with the process that started it, however that one ended.

``python -m surgitwin.jobs.tether PID COMMAND ...`` ties a program of others (the MPI launcher) likewise.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

import psutil

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when the thread that started it ends."""
LOOK_S = 1.0


def die_with(pid: int) -> None:
    """End this process when process `pid`, which started it, ends.

    On Linux the kernel sends SIGTERM at once, also amid native code; elsewhere a thread looks every second.
    """
    tied = sys.platform.startswith("linux") and _ask_kernel()
    if os.name == "posix" and os.getppid() != pid:  # it has ended in the meantime
        _end()
    if not tied:
        threading.Thread(target=_watch, args=(pid,), daemon=True, name="tether").start()


def _ask_kernel() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) == 0)


def _watch(pid: int) -> None:
    while psutil.pid_exists(pid):
        time.sleep(LOOK_S)
    _end()


def _end() -> None:
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
