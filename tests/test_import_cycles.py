"""Modules need each other in one direction only: whichever is imported first, the program starts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx

Graph = dict[str, set[str]]


def at_import(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is imported: none in functions or for type checkers."""
    stack: list[ast.stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            typed = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            stack += node.orelse if typed else [*node.body, *node.orelse]
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            stack += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)]


def imports(sources: dict[str, str]) -> Graph:
    """Module -> modules of the same sources that it needs to be imported."""
    out: Graph = {}
    for module, source in sources.items():
        needed: set[str] = set()
        for node in at_import(ast.parse(source)):
            if isinstance(node, ast.Import):
                needed |= {alias.name for alias in node.names}
            elif node.module and node.level == 0:
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                needed |= parts & sources.keys() or {node.module}
        out[module] = needed & sources.keys() - {module}
    return out


def cycles(graph: Graph) -> list[list[str]]:
    """Groups of modules that need each other."""
    found = networkx.strongly_connected_components(networkx.DiGraph(graph))
    return sorted(sorted(group) for group in found if len(group) > 1)


def test_no_module_needs_itself(repo_root: Path) -> None:
    app = repo_root / "app"
    sources = {
        ".".join(path.relative_to(app).with_suffix("").parts).removesuffix(".__init__"): path.read_text(
            "utf-8"
        )
        for path in (app / "surgitwin").rglob("*.py")
    }
    assert len(sources) > 1000
    assert cycles(imports(sources)) == []


def test_a_planted_cycle_is_seen() -> None:
    sources = {
        "a": "from b import x\n",
        "b": "import c\n",
        "c": "if TYPE_CHECKING:\n    import a\n",
        "d": "def f():\n    import a\n",
    }
    assert cycles(imports(sources)) == []
    assert cycles(
        imports({**sources, "c": "try:\n    from a import y\nexcept ImportError:\n    pass\n"})
    ) == [["a", "b", "c"]]
