"""What may stand in the checkout: agreed names, pinned packages, sourced numbers, nothing of one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP_LEVEL = {
    ".ci", ".github", ".gitignore", ".python-version", "LICENSE", "README.md", "app", "packaging",
    "pyproject.toml", "resources", "sample_dicom", "tests",
}  # fmt: skip
LARGEST_BYTES = 2 * 1024**2
_HOSTS = ("py" + "pi", "python" + "hosted", "ana" + "conda")
_ROOTS = ("ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk")
NOT_OURS = re.compile(
    rf"({'|'.join(_HOSTS)})\.org|(extra-)?index-url|find-links|artifactory"
    rf"|(?<![\w.])/({'|'.join(_ROOTS)})/|[A-Z]:\\\\?{_ROOTS[2]}"
)
"""Registry hosts and their options; absolute paths of a machine. In pieces, so that none stands here."""

COPYLEFT = {"gmsh", "tetgen", "pymeshfix", "vmtk", "pytetwild", "pyqt5", "pyqt6"}
"""Under GPL or AGPL (or tied to such code): never a dependency of the program."""


@pytest.fixture(scope="module")
def files(repo_root: Path) -> list[str]:
    """Tracked files, and new ones that git would track."""
    if shutil.which("git") is None or not (repo_root / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=repo_root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (repo_root / name).is_file()]


def test_top_level_holds_the_agreed_names(files: list[str]) -> None:
    assert {name.split("/")[0] for name in files} - TOP_LEVEL == set()


def test_no_lock_file_and_no_heavy_file(repo_root: Path, files: list[str]) -> None:
    assert [name for name in files if Path(name).name == "uv.lock"] == []
    assert [name for name in files if (repo_root / name).stat().st_size > LARGEST_BYTES] == []


def foreign(text: str) -> list[str]:
    """Lines that name a registry's host or a path of one machine."""
    return [line.strip() for line in text.splitlines() if NOT_OURS.search(line)]


def test_nothing_of_one_machine_is_in_the_files(repo_root: Path, files: list[str]) -> None:
    found = []
    for name in files:
        if name == f"tests/{Path(__file__).name}":
            continue
        try:
            text = (repo_root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {line}" for line in foreign(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://x",
        *(f"see /{root}/a" for root in _ROOTS),
        *(f"https://{host}.org/simple" for host in _HOSTS),
    ],
)
def test_the_search_for_foreign_names_sees_them(text: str) -> None:
    assert foreign(text) == [text]


def test_the_search_for_foreign_names_lets_others_pass() -> None:
    assert foreign("/usr/bin/python3\n../shared/data\nframework/\nN/mm, homework/x\n") == []


def test_scripts_can_be_run(repo_root: Path) -> None:
    for script in [*sorted((repo_root / "packaging").glob("*.sh")), repo_root / ".ci" / "run"]:
        assert script.stat().st_mode & 0o111, script
        assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0, script


# ---- packages -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pinned(repo_root: Path) -> dict[str, str]:
    """Canonical name -> version of packaging/requirements.txt."""
    lines = (repo_root / "packaging" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = {}
    for line in lines:
        if line and not line.startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.+]*)", line)
            assert match, f"not name==version: {line}"
            pins[canonicalize_name(match[1])] = match[2]
    return pins


def test_pins_cover_what_the_project_asks_for(repo_root: Path, pinned: dict[str, str]) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(r for rs in project["optional-dependencies"].values() for r in rs)]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{name} is not in packaging/requirements.txt"
        assert requirement.specifier.contains(pinned[name]), (
            f"{name}=={pinned[name]} does not meet {requirement}"
        )


def test_no_package_under_gpl_is_asked_for(pinned: dict[str, str]) -> None:
    assert set(pinned) & COPYLEFT == set()


# ---- tables -------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """A number, or a list that holds one."""
    if isinstance(value, list):
        return any(is_number(v) for v in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def row_faults(node: Any, path: str, *, sourced: bool = False) -> Iterator[str]:
    """Numbers that no `source` and `verified` cover, in their own table or one around it."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from row_faults(item, f"{path}[{index}]", sourced=sourced)
    if not isinstance(node, dict):
        return
    if "source" in node or "verified" in node:
        yield from own_faults(node, path)
        sourced = True
    numbers = [k for k, v in node.items() if is_number(v) and k != "schema"]
    if numbers and not sourced:
        yield f"{path}: {', '.join(numbers)} without source and verified"
    for key, value in node.items():
        yield from row_faults(value, f"{path}.{key}", sourced=sourced)


def own_faults(row: dict[str, Any], path: str) -> Iterator[str]:
    """What is wrong with the row's own `source`, `verified` and `unverified`."""
    source, verified = row.get("source"), row.get("verified")
    if not isinstance(source, str) or len(source.strip()) < 5:
        yield f"{path}: source is missing or says nothing"
    if verified is None and "of" in row:
        pass  # the value, and whether it is verified, come from another table's row
    elif not isinstance(verified, bool):
        yield f"{path}: verified must be true or false"
    elif verified and re.match(r"(general knowledge|numerical setting|planning setting)", str(source), re.I):
        yield f"{path}: verified, but its source is no document"
    for name in row.get("unverified", []):
        if name not in row:
            yield f"{path}: unverified names {name}, which the row has not"


def tables(root: Path) -> list[Path]:
    return [p for p in sorted((root / "resources").rglob("*.toml")) if p.name != "error_codes.toml"]


def test_every_row_has_source_and_verified(repo_root: Path) -> None:
    paths = tables(repo_root)
    assert paths
    found = [
        fault
        for path in paths
        for fault in row_faults(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a]\nvalue = 1.0\n", "without source"),
        ('[a]\nvalue = 1.0\nsource = "Author 2001"\n', "verified must be"),
        ('[a]\nvalue = 1.0\nsource = ""\nverified = false\n', "says nothing"),
        ('[a]\nvalue = 1.0\nsource = "general knowledge"\nverified = true\n', "no document"),
        ("[[a.rows]]\nvalues = [1, 2]\n", "a.rows[0]"),
        (
            '[a]\nv = 1\nsource = "Author 2001"\nverified = true\nunverified = ["w"]\n',
            "which the row has not",
        ),
    ],
)
def test_the_walker_sees_faults(text: str, fault: str) -> None:
    found = list(row_faults(tomllib.loads(text), "t"))
    assert len(found) == 1
    assert fault in found[0]


def test_the_walker_lets_good_rows_pass() -> None:
    text = 'schema = 1\n[a]\nsource = "Author 2001"\nverified = true\nx = 1\n[a.sub]\ny = [1.0]\n'
    assert list(row_faults(tomllib.loads(text), "t")) == []
