"""Every page of packaging/docs against the program: commands, options, links, files and modules it names."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from surgitwin.cli.main import cli
from test_readme import blocks, parse

DOCS = Path(__file__).parents[1] / "packaging" / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BENCHMARKS = sorted((Path(__file__).parent / "benchmarks").glob("bench_*.py"))
OTHERS_OPTIONS = {"--slow", "--roi"} | {
    o for p in BENCHMARKS for o in re.findall(r'"(--[a-z-]+)"', p.read_text(encoding="utf-8"))
}
"""Of test.sh, TotalSegmentator and the benchmarks."""
PATTERN = re.compile(r"NAME|NN|TOPIC")
"""A name with one of these stands for many files."""


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path, groups too."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands(cli))
OPTIONS = {o for c in (cli, *COMMANDS.values()) for p in c.params for o in (*p.opts, *p.secondary_opts)}


def prose(text: str) -> str:
    """The page without fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def anchor(heading: str) -> str:
    """The anchor that a reader of Markdown gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.fixture(params=PAGES, ids=lambda p: p.relative_to(DOCS).as_posix())
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_commands_of_blocks_can_be_parsed(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            said = re.split(r"\s{3,}", line)[0]  # what it does stands in a second column
            if said.startswith(("surgitwin ", ".venv/bin/surgitwin ")):
                parse(re.sub(r"[\[\]]", "", said), values=False)


def test_commands_and_options_in_sentences_exist(page: Path) -> None:
    text = prose(page.read_text(encoding="utf-8"))
    for said in re.findall(r"`(?:\.venv/bin/)?surgitwin ([^`]+)`", text):
        words = said.split()
        names = [w for w in words[:2] if re.fullmatch(r"[a-z][a-z-]*", w)]
        assert words[0].startswith("-") or (words[0],) in COMMANDS, said
        command = COMMANDS.get(tuple(names), COMMANDS.get(tuple(names[:1]), cli))
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help", "--version"}
        assert {w.partition("=")[0] for w in words if w.startswith("--")} <= known, said
    for option in re.findall(r"`(--[a-z][a-z-]*)", text):
        assert option in OPTIONS | OTHERS_OPTIONS | {"--help"}, option


def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        file, _, part = target.partition("#")
        other = (page.parent / file) if file else page
        assert other.exists(), target
        if part:
            heads = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.M)
            assert part in {anchor(h) for h in heads}, target


def test_files_and_modules_exist(page: Path, repo_root: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\b((?:app|resources|tests|packaging|sample_dicom)/[\w./-]*\w\.\w+)", text):
        assert PATTERN.search(name) or (repo_root / name).exists(), name
    for name in set(re.findall(r"(?:from|import|-m) (surgitwin(?:\.\w+)+)", text)):
        assert importlib.util.find_spec(name) is not None, name


def test_every_page_is_reached_from_the_readme(repo_root: Path) -> None:
    seen, todo = set[Path](), [repo_root / "README.md"]
    while todo:
        one = todo.pop()
        for target in re.findall(r"\]\(([^)#\s]+\.md)", one.read_text(encoding="utf-8")):
            found = (one.parent / target).resolve()
            if found.exists() and found not in seen:
                seen.add(found)
                todo.append(found)
    assert not [p.relative_to(DOCS).as_posix() for p in PAGES if p.resolve() not in seen]


def test_python_of_pages_is_python(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        compile(block, page.name, "exec")


def test_the_design_names_every_room(repo_root: Path) -> None:
    rooms = next(b for b in blocks((DOCS / "design.md").read_text(encoding="utf-8"), "") if "viewer " in b)
    said = set(re.findall(r"\w+", rooms))
    for package in ("planning", "viewer", "meshing"):
        for room in (repo_root / "app" / "surgitwin" / package).glob("*/__init__.py"):
            assert room.parent.name in said, room.parent
