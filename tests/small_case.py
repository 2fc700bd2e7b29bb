"""One small case for all tests of the whole chain: phantom on 3 mm voxels, coarse meshes, two solved plans.

The chain runs once, through the command line's own entry, and what every command said is kept.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from femur_fracture.make import make_study
from femur_fracture.parameters import FULL, coarse
from surgitwin.cli.main import main

SIZE_MM = 9.0
CHORD_MM = 1.5  # coarser than the product's setting: 3 mm voxels hold no finer surface, and tests are quick


@dataclass(frozen=True)
class Said:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything before or after it is an error."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, str]:
        """The error object; its four fields are there, the hint is not empty and no traceback is shown."""
        assert set(self.data) == {"error"}, self.out
        error: dict[str, str] = self.data["error"]
        assert set(error) == {"code", "message", "hint", "where"}
        assert error["hint"], error
        assert error["message"], error
        assert "Traceback" not in self.err
        return error


@contextlib.contextmanager
def _captured() -> Iterator[tuple[Any, Any]]:
    """Everything that goes to stdout and stderr, also from native code."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
    ):
        saved = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                yield out, err
        finally:
            for fd, old in zip((1, 2), saved, strict=True):
                os.dup2(old, fd)
                os.close(old)


def run_cli(*words: object, json_too: bool = True) -> Said:
    """Run the command line in this process, with --json unless its words for people are wanted."""
    with _captured() as (out, err):
        code = main([*map(str, words), *(["--json"] if json_too else [])])
        for stream in (out, err):
            stream.flush()
            stream.seek(0)
        return Said(code, out.read(), err.read())


def coarse_meshes(patch: pytest.MonkeyPatch, chord_mm: float = CHORD_MM) -> None:
    """Let the bone's surface be as coarse as the 3 mm voxels."""
    patch.setattr("surgitwin.meshing.bone.HAUSDORFF_MM", chord_mm)
    patch.setattr("surgitwin.meshing.fracture.HAUSDORFF_MM", chord_mm)


@dataclass(frozen=True)
class SmallCase:
    """path: the case, ready up to its report. study: folder with dicom/, truth/ and fracture.toml."""

    path: Path
    study: Path
    said: dict[str, Said] = field(default_factory=dict)

    def copy(self, to: Path) -> Path:
        """A copy that a test may change (files are linked; the program never writes into old ones)."""
        shutil.copytree(self.path, to, copy_function=_link)
        return to


def _link(source: str, target: str) -> str:
    if source.endswith((".json", ".toml")):
        shutil.copy2(source, target)
    else:
        os.link(source, target)
    return target


@cache
def workplace() -> Path:
    """Folder of this session, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="surgitwin-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


SHARE = "SURGITWIN_TEST_SHARE"
"""Set by packaging/test.sh: a folder where the first process that needs a case leaves it for the others."""


def _made_once(name: str, make: Callable[[Path], dict[str, Said]]) -> tuple[Path, dict[str, Said]]:
    """What `make(path)` writes at `path`, and what its commands said; a copy where processes share it."""
    share = os.environ.get(SHARE)
    if not share:
        path = workplace() / name
        return path, make(path)
    shared, kept = Path(share) / name, Path(share) / f"{name}.said.json"
    with (Path(share) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            said = make(shared)
            kept.write_text(json.dumps({k: [s.code, s.out, s.err] for k, s in said.items()}))
    path = workplace() / name
    shutil.copytree(shared, path, copy_function=_link)
    told = kept.read_text().replace(str(shared), str(path))
    return path, {k: Said(*row) for k, row in json.loads(told).items()}


@cache
def small_study() -> Path:
    """DICOM study of the left phantom without its surroundings, 3 mm voxels."""

    def make(out: Path) -> dict[str, Said]:
        make_study(replace(coarse(FULL, 3.0), surroundings=False, supersample=(2, 2, 2)), out)
        return {}

    return _made_once("study", make)[0]


@cache
def meshed_case() -> SmallCase:
    """new, segment, mesh, plan propose."""
    study = small_study()

    def make(path: Path) -> dict[str, Said]:
        said = {
            "scan": run_cli("scan", study / "dicom"),
            "new": run_cli("new", path, "--dicom", study / "dicom"),
            "segment": run_cli("segment", path),
        }
        with pytest.MonkeyPatch.context() as patch:
            coarse_meshes(patch)
            said["mesh"] = run_cli("mesh", path, "--size", SIZE_MM)
        said["propose"] = run_cli(
            "plan", "propose", path, "--procedure", "fracture_fixation",
            "--fracture", study / "fracture.toml",
        )  # fmt: skip
        return said

    path, said = _made_once("small.twin", make)
    return SmallCase(path, study, said)


@cache
def solved_case() -> SmallCase:
    """`meshed_case` with the intact bone and both plans solved."""
    made = meshed_case()

    def make(path: Path) -> dict[str, Said]:
        made.copy(path)
        with pytest.MonkeyPatch.context() as patch:
            coarse_meshes(patch)
            return {"solve": run_cli("solve", path, "--cores", 2)}

    path, said = _made_once("solved.twin", make)
    return SmallCase(path, made.study, {**made.said, **said})


def tree(folder: Path) -> dict[str, str]:
    """File -> hash of every file of a case but its lock."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".lock"
    }
