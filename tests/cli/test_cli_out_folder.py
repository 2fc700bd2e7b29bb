"""Every command that writes a file where the user says refuses a folder that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import dicom_factory as factory
import numpy as np
import pytest
import pyvista as pv

from small_case import run_cli

GRID = factory.grid_like((5, 8, 6))

COMMANDS = {
    "image": "export {case} --what image --out {no}/a.nrrd",
    "objects": "export {case} --what objects --out {no}/objects",
    "report": "report {case} --out {no}/a.pdf",
    "tree": "tree {case} --segment artery --out {no}/a.csv",
    "case": "deidentify {case} --out {no}/b.twin",
    "folder": "deidentify {dicom} --out {no}/b",
    "key": "deidentify {dicom} --out {ok}/b --key {no}/key",
    "changes": "deidentify {dicom} --out {ok}/b --report {no}/r.txt",
    "new key": "new {ok}/c.twin --dicom {dicom} --deidentify --key {no}/key",
    "surface": "surface {stl} --unit mm --frame lps --out {no}/a.ply",
    "repair": "repair {stl} --unit mm --frame lps --out {no}/a.ply",
    "mesh-surface": "mesh-surface {stl} --unit mm --frame lps --size 5 --out {no}/a.vtu",
    "mesh-vessel": "mesh-vessel {stl} --unit mm --frame lps --size 5 --out {no}/a.vtu",
    "verify": "verify --quick --html {no}/a.html",
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("out")
    factory.write_series(root / "cd", factory.ramp(GRID), GRID)
    assert run_cli("new", root / "a.twin", "--dicom", root / "cd").code == 0
    pv.Sphere(radius=20, center=np.zeros(3)).save(root / "a.stl")
    places = {"case": "a.twin", "dicom": "cd", "stl": "a.stl", "no": "mistyped/deep", "ok": "."}
    return {word: root / name for word, name in places.items()}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_missing_folder_is_not_made(words: str, there: dict[str, Path]) -> None:
    before = sorted(there["ok"].iterdir())
    done = run_cli(*(word.format(**there) for word in words.split()))
    error = json.loads(done.out)["error"]
    assert (done.code, error["code"]) == (6, "storage.no_folder"), error
    assert f"The nearest folder that exists is {there['ok']}." in error["message"]
    assert sorted(there["ok"].iterdir()) == before
