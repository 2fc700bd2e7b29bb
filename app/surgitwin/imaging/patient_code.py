"""The code that stands for a patient in a case: keyed with a secret of this installation.

Without the secret nobody can find the ID behind a code by trying all IDs of a hospital. The secret stays in
the user's state folder, readable by its owner alone; another installation gives other codes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

from surgitwin.core.errors import StorageError, storage_error

VARIABLE = "SURGITWIN_STATE"
"""Environment variable that names another folder for what the program remembers of the user."""

SECRET_BYTES = 32
"""Length of the key of SHA-256's HMAC (RFC 2104: as long as the hash)."""

_PLAIN = re.compile(r"P-[0-9a-f]{10}")
"""Form of the codes of earlier versions: the plain SHA-256 of an ID, which can be guessed from a list."""


def secret_file() -> Path:
    """Where the secret of this installation is kept."""
    named = os.environ.get(VARIABLE)
    return (Path(named) if named else Path(platformdirs.user_state_dir("surgitwin"))) / "secret.key"


def installation_secret() -> bytes:
    """The secret (32 bytes), made on first use. StorageError when it cannot be kept, "storage.damaged"."""
    return _secret(secret_file())


@cache
def _secret(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file)
        found = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise storage_error(error, str(file)) from error
    except ValueError:
        found = b""
    if len(found) != SECRET_BYTES:
        raise StorageError(
            "storage.damaged",
            f"{file} is damaged: it is no secret of an installation.",
            hint="Restore it from a copy. Without one, remove it: new cases then get other patient codes.",
            where=str(file),
        )
    return found


def _make(file: Path) -> None:
    """Whole or not at all; when two processes make it at once, the first one's counts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".secret-", dir=file.parent)  # readable by the owner alone
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(SECRET_BYTES))
        file.hardlink_to(part)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links (FAT, some network drives)
        _make_at_once(file, Path(part).read_text(encoding="ascii"))
    finally:
        Path(part).unlink(missing_ok=True)


def _make_at_once(file: Path, text: str) -> None:
    """Write the file itself; when it is there by now, the other one's counts."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as stream:
        stream.write(text)


def patient_code(patient_id: str) -> str:
    """Code of a patient ID on this installation; empty for an empty ID."""
    if not patient_id:
        return ""
    return keyed(f"P-{hashlib.sha256(patient_id.encode('utf-8', 'replace')).hexdigest()[:10]}")


def is_plain_code(code: str) -> bool:
    """Whether an earlier version made the code, without a secret."""
    return bool(_PLAIN.fullmatch(code))


def keyed(code: str) -> str:
    """A code of an earlier version as the code that this installation gives to the same patient; others stay.

    It is made of the earlier code, so that cases of before are recognised although no ID is in them.
    """
    if not is_plain_code(code):
        return code
    return f"P-{hmac.new(installation_secret(), code.encode(), hashlib.sha256).hexdigest()[:12]}"
