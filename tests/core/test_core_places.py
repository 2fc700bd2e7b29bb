"""Exports go into folders that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from surgitwin.core.errors import StorageError
from surgitwin.core.places import require_folder


def test_a_folder_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_folder(tmp_path / "a.stl")
    monkeypatch.chdir(tmp_path)
    require_folder(Path("a.stl"))


def test_a_missing_one_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(StorageError, match=r"The nearest folder that exists is .*there") as caught:
        require_folder(tmp_path / "there" / "mistyped" / "deep" / "a.stl")
    assert caught.value.code == "storage.no_folder"
    assert str(tmp_path / "there" / "mistyped" / "deep") in caught.value.message
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["there"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        require_folder(tmp_path / "a" / "b.stl")
