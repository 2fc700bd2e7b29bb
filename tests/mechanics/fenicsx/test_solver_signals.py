"""A process that has loaded the solver meets signals as any Python process: PETSc catches none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")

LOAD = (
    "import os, signal, socket, threading; import surgitwin.mechanics.fenicsx; from petsc4py import PETSc; "
)
USE = "PETSc.Vec().createSeq(3); "


def ended(code: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LOAD + USE + code], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("where", ["f()", "t = threading.Thread(target=f); t.start(); t.join()"])
def test_a_peer_that_hangs_up_is_an_error_of_the_connection(where: str) -> None:
    code = f"""
def f():
    ours, theirs = socket.socketpair()
    theirs.close()
    try:
        ours.sendall(b"x")
    except BrokenPipeError:
        print("broken pipe")
{where}
print("goes on")
"""
    assert ended(code) == (0, "broken pipe\ngoes on\n")


def test_an_ordered_end_is_that_of_the_system() -> None:
    code, said = ended("os.kill(os.getpid(), signal.SIGTERM); signal.pause()")
    assert (code, said) == (-signal.SIGTERM, "")
