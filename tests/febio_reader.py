"""A reader of the mesh section of FEBio 4.0 files, by the words of its User Manual; for tests."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import numpy as np

NODES = {"tet4": 4, "tet10": 10, "tri3": 3, "tri6": 6}


def _numbers(text, kind=int):
    return [kind(v) for v in text.split(",")]


def read_febio(path: Path) -> SimpleNamespace:
    """points (n, 3), cells (m, 4 or 10) and numbers of nodes from 0, part (m,) names, surfaces, node_sets."""
    root = ElementTree.parse(path).getroot()
    assert (root.tag, root.get("version")) == ("febio_spec", "4.0")
    assert root.find("Module").get("type") == "solid"
    mesh = root.find("Mesh")
    nodes = mesh.find("Nodes").findall("node")
    assert [int(n.get("id")) for n in nodes] == list(range(1, len(nodes) + 1))
    cells, part, ids = [], [], []
    for block in mesh.findall("Elements"):
        for element in block.findall("elem"):
            row = _numbers(element.text)
            assert len(row) == NODES[block.get("type")]
            cells.append(row)
            part.append(block.get("name"))
            ids.append(int(element.get("id")))
    assert len(set(ids)) == len(ids)
    surfaces = {}
    for surface in mesh.findall("Surface"):
        faces = [_numbers(f.text) for f in surface]
        assert all(len(row) == NODES[f.tag] for row, f in zip(faces, surface, strict=True))
        assert surface.get("name") not in surfaces
        surfaces[surface.get("name")] = np.array(faces) - 1
    sets = {s.get("name"): np.array(_numbers(s.text)) - 1 for s in mesh.findall("NodeSet")}
    points = np.array([_numbers(n.text, float) for n in nodes])
    return SimpleNamespace(
        points=points, cells=np.array(cells) - 1, part=part, surfaces=surfaces, node_sets=sets
    )
