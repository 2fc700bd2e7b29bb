"""Zip archives: what is unpacked, and what is refused before it does harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import dicom_factory as factory
import pytest

from surgitwin.core.errors import Cancelled, InputError, StorageError
from surgitwin.core.progress import Progress
from surgitwin.imaging import scan
from surgitwin.imaging.dicom.archive import Limits, is_archive, unpack


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refused(path: Path, into: Path, **limits: float) -> InputError:
    with pytest.raises(InputError) as caught:
        unpack(path, into, limits=Limits(**limits))
    assert not into.exists()
    assert caught.value.hint
    return caught.value


def test_a_study_comes_out_as_it_went_in(tmp_path: Path) -> None:
    grid = factory.grid_like()
    files = factory.write_series(tmp_path / "study" / "S1", factory.ramp(grid), grid)
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in files:
            archive.write(file, f"study/S1/{file.name}")
        archive.writestr("__MACOSX/study/._x", b"junk")
        archive.writestr("study/.DS_Store", b"junk")
    assert is_archive(packed)
    assert unpack(packed, tmp_path / "out") == len(files)
    (found,) = scan(tmp_path / "out")
    assert found.status == "ok"
    assert found.grid is not None
    assert found.grid.shape == grid.shape


def test_archives_inside_are_unpacked_and_doubles_kept(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"a.dcm": b"1"}).read_bytes()
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
        archive.writestr("inner.zip", inner)
        archive.writestr("same.dcm", b"2")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("same.dcm", b"3")
    out = tmp_path / "out"
    assert unpack(tmp_path / "o.zip", out) == 3
    names = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert names == {"inner_unpacked/a.dcm": b"1", "same.dcm": b"2", "same~2.dcm": b"3"}


@pytest.mark.parametrize("name", ["../out.dcm", "a/../../b.dcm", "/etc/x.dcm", "C:/x.dcm", "..\\x.dcm"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    packed = make_zip(tmp_path / "z.zip", {"good.dcm": b"1", name: b"2"})
    before = set(tmp_path.rglob("*"))
    assert refused(packed, tmp_path / "in" / "out").code == "archive.unsafe"
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == {p for p in before if p.is_file()}


def test_a_link_is_refused(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("link")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr(member, "../../secret")
    assert refused(tmp_path / "z.zip", tmp_path / "out").code == "archive.unsafe"


@pytest.mark.parametrize(
    "limits",
    [{"members": 2}, {"file_bytes": 999}, {"total_bytes": 2500}, {"free_bytes": 2**60},
     {"ratio": 2.0, "ratio_from_bytes": 1000}],
    ids=lambda v: next(iter(v)),
)  # fmt: skip
def test_bombs_are_refused(tmp_path: Path, limits: dict[str, float]) -> None:
    packed = make_zip(tmp_path / "z.zip", {f"{n}.dcm": bytes(1000) for n in range(3)})
    assert refused(packed, tmp_path / "out", **limits).code == "archive.too_large"


def test_nesting_is_bounded(tmp_path: Path) -> None:
    data = b"x"
    for n in range(4):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(f"{n}.zip" if n else "a.dcm", data)
        data = stream.getvalue()
    (tmp_path / "z.zip").write_bytes(data)
    error = refused(tmp_path / "z.zip", tmp_path / "out")
    assert error.code == "archive.too_large"
    assert "nested" in error.message


def test_members_that_lie_about_their_size_are_stopped(tmp_path: Path) -> None:
    packed = make_zip(tmp_path / "z.zip", {"a.dcm": bytes(3 * 2**20)})
    data = packed.read_bytes()
    packed.write_bytes(data.replace((3 * 2**20).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    assert refused(packed, tmp_path / "out").code in ("archive.damaged", "archive.too_large")


def test_damage_and_passwords_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 nothing more")
    assert refused(tmp_path / "bad.zip", tmp_path / "out").code == "archive.damaged"
    whole = make_zip(tmp_path / "z.zip", {"a.dcm": bytes(range(256)) * 40})
    data = bytearray(whole.read_bytes())
    data[60] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(data)
    assert refused(tmp_path / "flipped.zip", tmp_path / "out").code == "archive.damaged"
    locked = bytearray(whole.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    assert refused(tmp_path / "locked.zip", tmp_path / "out").code == "archive.encrypted"
    assert refused(make_zip(tmp_path / "empty.zip", {}), tmp_path / "out").code == "archive.empty"


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    packed = make_zip(tmp_path / "z.zip", {f"{n}.dcm": bytes(1000) for n in range(3)})
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        unpack(packed, tmp_path / "out", Progress(cancelled=lambda: next(asked)))
    assert not (tmp_path / "out").exists()


def test_a_target_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    packed = make_zip(tmp_path / "z.zip", {"a.dcm": b"1"})
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        unpack(packed, tmp_path / "file" / "out")
