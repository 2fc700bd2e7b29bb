"""Patient codes: keyed, the same for the same patient, kept secret, and older ones recognised."""

from __future__ import annotations

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from surgitwin.core.errors import StorageError
from surgitwin.imaging import patient_code as codes


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(codes.VARIABLE, str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(state: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _n: codes._secret.__wrapped__(codes.secret_file()), range(16)))
    assert len(found) == 1
    assert len(found.pop()) == codes.SECRET_BYTES
    assert stat.S_IMODE(codes.secret_file().stat().st_mode) == 0o600
    assert [p.name for p in state.iterdir()] == ["secret.key"]


def test_a_code_cannot_be_found_by_hashing_ids_and_older_codes_lead_to_it(state: Path) -> None:
    old = "P-" + hashlib.sha256(b"12345").hexdigest()[:10]
    code = codes.patient_code("12345")
    assert code == codes.keyed(old) != old
    assert codes.keyed(code) == code
    assert codes.patient_code("") == ""
    assert hashlib.sha256(b"12345").hexdigest()[:6] not in code


def test_another_installation_gives_another_code(state: Path, tmp_path: Path, monkeypatch) -> None:
    here = codes.patient_code("12345")
    monkeypatch.setenv(codes.VARIABLE, str(tmp_path / "elsewhere"))
    assert codes.patient_code("12345") != here


def test_a_damaged_secret_is_said(state: Path) -> None:
    state.mkdir()
    codes.secret_file().write_text("short")
    with pytest.raises(StorageError, match="damaged") as caught:
        codes.patient_code("12345")
    assert caught.value.code == "storage.damaged"


def test_a_file_system_without_hard_links(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    code = codes.patient_code("12345")
    assert len(bytes.fromhex(codes.secret_file().read_text())) == codes.SECRET_BYTES
    assert stat.S_IMODE(codes.secret_file().stat().st_mode) == 0o600
    assert [p.name for p in state.iterdir()] == ["secret.key"]
    codes._secret.cache_clear()
    assert codes.patient_code("12345") == code
