"""The README's commands exist with the options it gives them, and its Python names can be imported."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from surgitwin.cli.main import cli


def blocks(text: str, language: str) -> list[str]:
    """Bodies of the fenced blocks of a language ("" for none)."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.fixture(scope="module")
def readme(repo_root: Path) -> str:
    return (repo_root / "README.md").read_text(encoding="utf-8")


def parse(line: str, *, values: bool = True) -> None:
    """Parse a command line without running it; click's UsageError when it would not be understood.

    values: False leaves the values of arguments and options alone (files that exist, one of a list).
    """
    words = shlex.split(line, comments=True)
    command: click.Command = cli
    context = click.Context(cli, info_name="surgitwin")
    rest = words[1:]
    while isinstance(command, click.Group):
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=command.name)
    command.make_parser(context).parse_args(list(rest))
    if values:
        command.make_context(command.name, list(rest), parent=context.parent)


def test_commands_can_be_parsed(readme: str) -> None:
    lines = [x for b in blocks(readme, "") for x in b.splitlines() if x.startswith("surgitwin ")]
    assert len(lines) > 10
    for line in lines:
        parse(line)


@pytest.mark.parametrize(
    "line", ["surgitwin nonsense", "surgitwin scan", "surgitwin mesh a.twin --colour red"]
)
def test_a_wrong_command_is_seen(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line)


def test_every_command_is_named(readme: str) -> None:
    for name in cli.commands:
        assert f"surgitwin {name}" in readme, name


def test_python_names_exist(readme: str) -> None:
    for block in blocks(readme, "python"):
        tree = ast.parse(block)
        imports = [n for n in tree.body if isinstance(n, ast.ImportFrom)]
        assert imports
        exec(compile(ast.Module(imports, []), "README.md", "exec"), {})


def test_linked_and_run_files_exist(repo_root: Path, readme: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme) + re.findall(r"bash ([\w./-]+\.sh)", readme):
        assert (repo_root / target).exists(), target


def test_the_notice_stands_near_the_top(readme: str) -> None:
    assert "Not for clinical use" in "\n".join(readme.splitlines()[:8])
    assert (
        readme.index("bash packaging/run.sh") < readme.index("bash packaging/test.sh") < readme.index("## ")
    )
