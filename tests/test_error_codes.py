"""The source and resources/error_codes.toml say the same: every code, its family's exit code, none unused."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surgitwin.core.errors import FAMILY

EXITS = {kind.__name__: kind.exit_code for kind in FAMILY}


def literals(node: ast.expr) -> list[str] | None:
    """The codes an argument can take: literals, [] for a code that is passed on, None if unreadable."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        branches = [literals(node.body), literals(node.orelse)]
        return None if None in branches else [code for branch in branches for code in branch or []]
    if (isinstance(node, ast.Attribute) and node.attr == "code") or (
        isinstance(node, ast.Name) and node.id == "code"
    ):
        return []
    return None


def raised(tree: ast.AST) -> Iterator[tuple[str, list[str] | None, int]]:
    """(class, codes, line) of every error of the family that is made with a code."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in EXITS:
            continue
        given = node.args[:1] or [k.value for k in node.keywords if k.arg == "code"]
        if given:
            yield name, literals(given[0]), node.lineno


def strings(tree: ast.AST) -> set[str]:
    """Every string constant."""
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@pytest.fixture(scope="module")
def table(repo_root: Path) -> dict[str, dict[str, Any]]:
    text = (repo_root / "resources" / "error_codes.toml").read_text(encoding="utf-8")
    codes: dict[str, dict[str, Any]] = tomllib.loads(text)["codes"]
    return codes


@pytest.fixture(scope="module")
def trees(repo_root: Path) -> dict[str, ast.AST]:
    source = repo_root / "app" / "surgitwin"
    return {
        path.relative_to(repo_root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(source.rglob("*.py"))
    }


def faults(trees: dict[str, ast.AST], table: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the codes that are raised."""
    found = []
    for path, tree in trees.items():
        for name, codes, line in raised(tree):
            if codes is None:
                found.append(f"{path}:{line} {name}: the code is neither a literal nor passed on as `code`")
            for code in codes or []:
                if code not in table:
                    found.append(f"{path}:{line} {code}: not in the table")
                elif table[code]["exit"] != EXITS[name]:
                    found.append(
                        f"{path}:{line} {code}: exit {table[code]['exit']} but {name} is {EXITS[name]}"
                    )
    return found


def test_every_raised_code_is_in_the_table(
    trees: dict[str, ast.AST], table: dict[str, dict[str, Any]]
) -> None:
    found = faults(trees, table)
    assert not found, "\n".join(found)


def test_codes_of_refused_images_are_in_the_table(
    trees: dict[str, ast.AST], table: dict[str, dict[str, Any]]
) -> None:
    """They travel as plain strings inside the list of series before an error is raised."""
    unknown = [
        f"{path}: {text}"
        for path, tree in trees.items()
        for text in sorted(strings(tree))
        if re.fullmatch(r"dicom\.[a-z0-9_]+", text) and not any(code.startswith(text) for code in table)
    ]
    assert not unknown, "\n".join(unknown)


def test_no_code_is_unused(trees: dict[str, ast.AST], table: dict[str, dict[str, Any]]) -> None:
    used = set().union(*(strings(tree) for tree in trees.values()))
    # A code may be put together from a literal that ends with "_" and a word.
    stems = tuple(text for text in used if re.fullmatch(r"[a-z0-9]+\.[a-z0-9_]*_", text))
    unused = [code for code in sorted(table) if code not in used and not code.startswith(stems)]
    assert not unused, "\n".join(unused)


def test_rows_are_complete(table: dict[str, dict[str, Any]]) -> None:
    for code, row in table.items():
        assert set(row) == {"exit", "meaning"}, code
        assert row["exit"] in EXITS.values(), code
        assert len(row["meaning"]) > 10, code
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", code), code


def test_the_scan_sees_faults() -> None:
    table = {"a.b": {"exit": 3}, "a.c": {"exit": 4}}
    source = (
        'raise InputError("a.b", "m")\n'
        'raise InputError("a.c" if x else "a.d", "m")\n'
        'raise errors.SolverError(f"a.{x}", "m")\n'
        "raise StorageError(error.code, error.message)\n"
    )
    found = faults({"f.py": ast.parse(source)}, table)
    assert [fault.split(" ", 1)[0] for fault in found] == ["f.py:2", "f.py:2", "f.py:3"]
    assert "exit 4 but InputError is 3" in found[0]
    assert "a.d: not in the table" in found[1]
