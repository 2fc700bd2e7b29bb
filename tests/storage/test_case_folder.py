import errno
import json
import os
from pathlib import Path

import pytest

from surgitwin.core.errors import InputError, StorageError
from surgitwin.storage import SCHEMA, CaseFolder, write_atomically


@pytest.fixture
def case(tmp_path: Path) -> CaseFolder:
    return CaseFolder.create(tmp_path / "a.twin", {"n": 1})


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_state_round_trip_and_replacement(case: CaseFolder) -> None:
    case.commit({"n": 2, "nested": {"x": [1.5, None]}})
    assert CaseFolder.open(case.path).state() == {"n": 2, "nested": {"x": [1.5, None]}}
    assert "Not for clinical use" in (case.path / "case.json").read_text()


def test_an_existing_case_is_not_overwritten(case: CaseFolder) -> None:
    with pytest.raises(StorageError) as caught:
        CaseFolder.create(case.path, {})
    assert caught.value.code == "storage.exists"
    assert case.state() == {"n": 1}


def test_not_a_case(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        CaseFolder.open(tmp_path)
    assert caught.value.code == "case.missing"


def test_a_newer_schema_is_refused_and_nothing_changes(case: CaseFolder) -> None:
    file = case.path / "case.json"
    file.write_text(json.dumps({"schema": SCHEMA + 1, "state": {}}))
    before = snapshot(case.path)
    with pytest.raises(StorageError) as caught:
        case.state()
    assert caught.value.code == "storage.newer_version"
    assert snapshot(case.path) == before


@pytest.mark.parametrize("text", ["", "{", '{"state": {}}', '{"schema": "x"}'])
def test_damaged_state(case: CaseFolder, text: str) -> None:
    (case.path / "case.json").write_text(text)
    with pytest.raises(StorageError) as caught:
        case.state()
    assert caught.value.code == "storage.damaged"


def test_blobs_are_named_by_content_and_written_once(case: CaseFolder) -> None:
    first = case.put(".txt", lambda p: p.write_text("hello") and None)
    second = case.put(".txt", lambda p: p.write_text("hello") and None)
    assert first == second
    assert case.blob(first).read_text() == "hello"
    assert len(list((case.path / "blobs").iterdir())) == 1
    assert case.verify_blobs() == []
    case.blob(first).write_text("changed")
    assert case.verify_blobs() == [first]


def test_missing_blob_and_path_tricks(case: CaseFolder) -> None:
    for name in ("absent.nrrd", "../case.json"):
        with pytest.raises(StorageError) as caught:
            case.blob(name)
        assert caught.value.code == "storage.blob_missing"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "storage.full"), (errno.EDQUOT, "storage.full"), (errno.EIO, "storage.failed")],
)
def test_a_full_disk_leaves_the_case_as_it_was(case: CaseFolder, number: int, code: str) -> None:
    before = snapshot(case.path)

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(number, os.strerror(number))

    for write in (lambda: case.put(".vtu", fail), lambda: write_atomically(case.path / "case.json", fail)):
        with pytest.raises(StorageError) as caught:
            write()
        assert caught.value.code == code
        assert snapshot(case.path) == before


def test_the_lock_names_the_case_and_survives_a_dead_owner(case: CaseFolder) -> None:
    with case.locked(), pytest.raises(StorageError) as caught, case.locked():
        pass
    assert caught.value.code == "storage.locked"
    assert not (case.path / ".lock").exists()
    import socket

    (case.path / ".lock").write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname()}))
    with case.locked():
        assert (case.path / ".lock").exists()


@pytest.mark.parametrize("kind", ["ours", "a library's"])
def test_a_failed_writer_names_the_wanted_file(tmp_path, kind) -> None:
    def fail(part: Path) -> None:
        assert part.name != "wanted.vtu"
        if kind == "ours":
            raise StorageError("mesh.write", f"{part.name} cannot be written.", where=str(part))
        raise OSError(f"VTK cannot write {part.name}")

    with pytest.raises(StorageError, match=r"wanted\.vtu") as caught:
        write_atomically(tmp_path / "wanted.vtu", fail)
    assert ".part" not in str(caught.value.as_dict())
    assert caught.value.code == ("mesh.write" if kind == "ours" else "storage.failed")
    assert list(tmp_path.iterdir()) == []
